# `make demo` shows it, `make test` checks it. Both install what they need on Debian and Ubuntu, where rustup is there.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
# One recipe after the other: cargo uses all cores by itself, and the output stays readable.
.NOTPARALLEL:
# Where rustup and cargo put what they install, also in a shell that was open before.
export PATH := $(HOME)/.cargo/bin:$(PATH)

# What the core must build for, besides hosts.
BARE_METAL := thumbv7em-none-eabihf riscv32imac-unknown-none-elf aarch64-unknown-none
# The proofs hold for what one compiler makes of the code, so they name it; the fuzzer needs a nightly one.
PROOF_TOOLCHAIN := $(shell sed -n 's/^channel = "\(.*\)"/\1/p' tests/panic_freedom/rust-toolchain.toml)
FUZZ_TOOLCHAIN := nightly
CARGO_FUZZ := 0.13.2
FUZZ_TARGETS := certificate token jwks json distinguished_name introspection c_abi prepared
CRYPTOGRAPHY_VECTORS := target/suites/$(shell sed -n 's/^\(cryptography-vectors\)==\([^ ]*\).*/\1-\2/p' tests/external/data/requirements.txt)
NGINX_CURRENT := $(CURDIR)/target/nginx-current
# How long `make fuzz` runs each target.
SECONDS ?= 60
# What `make external` runs from a checkout, as docs/tried.md describes.
EXTERNAL_SUITES := cctv json-test-suite wycheproof x509-limbo
CARGO_C := 0.10.24+cargo-0.98.0
# Where `make install` installs to, and below which root if that is not the machine's.
PREFIX ?= /usr/local
LIBDIR ?= lib
DESTDIR ?=

# No rule makes a file of its own name.
.PHONY: $(shell sed -n 's/^\([a-z][a-z-]*\):.*/\1/p' $(firstword $(MAKEFILE_LIST)))

help: ## This list.
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: setup-host setup-rustup ## The main job, on loopback: tokens accepted and rejected, with the reasons.
	cargo run --locked -p certbound-demo

test: setup lint units miri no-std test-nginx test-nginx-current fuzz-smoke ## Installs what the tests need, and runs all of them.
	@echo
	@echo "make test: passed. Format, lints and documentation are clean; unit, vector, layer and proof tests pass;"
	@echo "           the C ABI holds under sanitizers, valgrind and Miri;"
	@echo "           NGINX, Debian's and a current one, lets in whom it should and nobody else;"
	@echo "           $(words $(BARE_METAL)) targets without std build; $(words $(FUZZ_TARGETS)) fuzz targets ran."

lint: setup-rustup ## Format, lints and documentation, warnings denied.
	cargo fmt --all --check
	cargo fmt --all --check --manifest-path tests/panic_freedom/Cargo.toml
	cargo fmt --all --check --manifest-path fuzz/Cargo.toml
	cargo fmt --all --check --manifest-path benches/Cargo.toml
	cargo clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS=-Dwarnings cargo doc --locked --package certbound --no-deps

units: setup-host setup-targets setup-proofs setup-ffi setup-capi setup-suites ## The tests that cargo runs, and with them the proofs: layers, panics, recursion, allocation.
	cargo test --locked --workspace --exclude certbound-nginx-tests

external: setup-rustup ## Another project's test suite, from a checkout: make external SUITE=wycheproof FROM=../wycheproof
	@[ "$(filter $(SUITE),$(EXTERNAL_SUITES))" ] || { echo "SUITE is none of: $(EXTERNAL_SUITES)" >&2; exit 1; }
	@[ -d "$(FROM)" ] || { echo "FROM is not the folder of a checkout: $(FROM)" >&2; exit 1; }
	env CERTBOUND_EXTERNAL_$$(tr a-z- A-Z_ <<< "$(SUITE)")="$(abspath $(FROM))" \
		cargo test --locked --package certbound --test external -- --nocapture $(subst -,_,$(SUITE))

lib: setup-host setup-rustup ## The C library: target/release/libcertbound.a and .so, for include/certbound.h.
	cargo build --locked --release --package certbound-ffi
	built=$${CARGO_TARGET_DIR:-target}/release; mkdir -p target/release; \
	for kind in a so; do \
		cmp --quiet "$$built/libcertbound_ffi.$$kind" target/release/libcertbound.$$kind || \
			install "$$built/libcertbound_ffi.$$kind" target/release/libcertbound.$$kind; \
	done; \
	soname=$$(readelf --dynamic target/release/libcertbound.so | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p'); \
	ln --force --symbolic libcertbound.so "target/release/$$soname"

install: setup-host setup-rustup setup-capi ## The C library, its header and certbound.pc: make install PREFIX=$HOME/.local
	@# In a directory of its own: cargo-c's cargo is another version, and each would throw away what the other has built.
	cargo cinstall --locked --release --manifest-path ffi/Cargo.toml --target-dir "$${CARGO_TARGET_DIR:-target}/cargo-c" \
		--prefix "$(abspath $(PREFIX))" --libdir "$(LIBDIR)" $(if $(DESTDIR),--destdir "$(abspath $(DESTDIR))")

test-ffi: setup-host setup-targets setup-ffi setup-capi ## Of these, the tests of the C ABI alone.
	cargo test --locked --package certbound-ffi --package certbound-c-tests

miri: setup-miri ## The entries of the C ABI by an interpreter that knows which memory each pointer may touch.
	MIRIFLAGS=-Zmiri-strict-provenance cargo +$(FUZZ_TOOLCHAIN) miri test --locked --package certbound-ffi --lib --test abi

nginx: lib setup-nginx ## The NGINX module, for the nginx of this system: target/nginx/ngx_http_certbound_module.so.
	hosts/nginx/build

# There are no shared libraries there, and cargo says that it leaves ours out.
no-std: setup-targets ## The core and its C ABI, for machines without an operating system. Proofs and tests build and link them.
	for target in $(BARE_METAL); do \
		cargo check --locked --package certbound --package certbound-ffi --no-default-features --target "$$target"; \
	done

size: setup-host setup-targets ## How much flash the C ABI takes on a Cortex-M4F.
	cargo test --locked --package certbound-c-tests --test bare_metal -- --nocapture

test-nginx: nginx ## The NGINX module in Debian's nginx, on loopback, driven by a real client.
	CERTBOUND_NGINX=/usr/sbin/nginx CERTBOUND_NGINX_MODULE=$(CURDIR)/target/nginx/ngx_http_certbound_module.so \
		cargo test --locked --package certbound-nginx-tests

# Debian's nginx has no HTTP/3: those tests are ignored there, and run here.
test-nginx-current: lib nginx-current ## The same in a current nginx, built from source, and HTTP/3.
	NGINX_SOURCE=$(NGINX_CURRENT)/source OUT=$(NGINX_CURRENT)/ngx_http_certbound_module.so hosts/nginx/build
	CERTBOUND_NGINX=$(NGINX_CURRENT)/nginx CERTBOUND_NGINX_MODULE=$(NGINX_CURRENT)/ngx_http_certbound_module.so \
		cargo test --locked --package certbound-nginx-tests -- --include-ignored

nginx-current: setup-rustup setup-nginx
	hosts/nginx/tests/current/build $(NGINX_CURRENT)

bench-nginx: setup-rustup setup-bench-nginx nginx ## CPU per request in nginx, with and without the check, beside Lua and HAProxy.
	CERTBOUND_NGINX=/usr/sbin/nginx CERTBOUND_NGINX_MODULE=$(CURDIR)/target/nginx/ngx_http_certbound_module.so \
		ROUNDS="$(ROUNDS)" ROUND_SECONDS="$(ROUND_SECONDS)" CONTESTANTS="$(CONTESTANTS)" \
		cargo bench --locked --profile dev --package certbound-nginx-tests --bench cost

fuzz: setup-fuzz ## Each fuzz target for SECONDS (60) seconds: make fuzz SECONDS=600
	FUZZ_TOOLCHAIN=$(FUZZ_TOOLCHAIN) fuzz/run "$(SECONDS)" $(FUZZ_TARGETS)

fuzz-smoke: setup-fuzz ## Each fuzz target for 5 seconds.
	FUZZ_TOOLCHAIN=$(FUZZ_TOOLCHAIN) fuzz/run 5 $(FUZZ_TARGETS)

bench: setup-bench setup-rustup ## Beside its rivals, as Markdown; GROUPS="ed25519 rsa" for some of it.
	cargo run --release --locked --manifest-path benches/Cargo.toml -- $(GROUPS)

record-bench: setup-bench setup-rustup ## The same, and its figures into README.md and docs/speed.md.
	mkdir -p target
	cargo run --release --locked --manifest-path benches/Cargo.toml > target/bench.md
	sed '/^## Summary/,$$d' target/bench.md | benches/record bench docs/speed.md
	{ head -n 1 target/bench.md; sed '1,/^## Summary/d' target/bench.md; } | benches/record bench README.md

record-bench-nginx: ## What make bench-nginx finds, and its figures into docs/nginx.md.
	mkdir -p target
	$(MAKE) --no-print-directory bench-nginx > target/bench-nginx.md
	sed -n '/^| contestant/,$$p' target/bench-nginx.md | benches/record bench-nginx docs/nginx.md

# Set-up. Each part looks whether its work is done, so a second run downloads nothing.

setup: setup-host setup-rustup setup-targets setup-proofs setup-suites setup-ffi setup-capi setup-miri setup-nginx setup-fuzz

setup-host: # A linker and a C++ compiler: for Rust itself, the C in a test oracle, and libFuzzer.
	@if ! { command -v c++ && command -v cc; } >/dev/null; then \
		tools/apt-install g++ libc6-dev; \
	fi

setup-bench: setup-host # OpenSSL and libjwt are rivals.
	@if ! pkg-config --exists openssl libjwt 2>/dev/null; then \
		tools/apt-install libjwt-dev libssl-dev pkg-config; \
	fi

setup-rustup:
	@{ command -v rustup && command -v cargo; } >/dev/null || { echo "Rust is missing: install it from https://rustup.rs" >&2; exit 1; }
	@for component in rustfmt clippy; do \
		rustup component list --installed | grep "^$$component" >/dev/null || rustup component add "$$component"; \
	done

setup-targets: setup-rustup
	@for target in $(BARE_METAL); do \
		rustup target list --installed | grep -x "$$target" >/dev/null || rustup target add "$$target"; \
	done

setup-proofs: setup-rustup
	@rustup run $(PROOF_TOOLCHAIN) rustc --version >/dev/null 2>&1 || \
		rustup toolchain install $(PROOF_TOOLCHAIN) --profile minimal
	@for target in $(BARE_METAL); do \
		rustup target list --installed --toolchain $(PROOF_TOOLCHAIN) | grep -x "$$target" >/dev/null || \
			rustup target add --toolchain $(PROOF_TOOLCHAIN) "$$target"; \
	done

setup-suites: setup-rustup # Test suites that registries have: JSONTestSuite in a crate, pyca/cryptography's certificates on PyPI.
	@cargo fetch --locked --quiet --manifest-path tests/external/data/Cargo.toml
	@if ! [ -e $(CRYPTOGRAPHY_VECTORS)/complete ]; then \
		command -v pip3 >/dev/null || tools/apt-install python3-pip; \
		rm -rf $(CRYPTOGRAPHY_VECTORS); \
		pip3 download --quiet --disable-pip-version-check --no-deps --require-hashes --dest $(CRYPTOGRAPHY_VECTORS) \
			--requirement tests/external/data/requirements.txt; \
		python3 -m zipfile --extract $(CRYPTOGRAPHY_VECTORS)/*.whl $(CRYPTOGRAPHY_VECTORS); \
		rm $(CRYPTOGRAPHY_VECTORS)/*.whl; \
		touch $(CRYPTOGRAPHY_VECTORS)/complete; \
	fi

setup-nginx: setup-host # Debian's nginx, what its modules are built with, curl and openssl; no server is left running.
	@if ! { [ -x /usr/sbin/nginx ] && [ -e /usr/share/nginx/src/conf_flags ] && [ -e /usr/include/openssl/ssl.h ] && command -v curl && command -v openssl; } >/dev/null; then \
		tools/apt-install --no-service nginx.service nginx nginx-dev libssl-dev curl openssl; \
	fi

setup-bench-nginx: setup-nginx # The rivals, and the load. HAProxy is not started as a service.
	@if ! { command -v haproxy && command -v wrk && [ -e /usr/lib/nginx/modules/ngx_http_lua_module.so ] && \
		[ -e /usr/share/lua/5.1/openssl.lua ] && [ -e /usr/share/lua/5.1/cjson ]; } >/dev/null; then \
		tools/apt-install --no-service haproxy.service haproxy wrk libnginx-mod-http-lua lua-luaossl lua-cjson; \
	fi

setup-fuzz: setup-host setup-rustup
	@rustup run $(FUZZ_TOOLCHAIN) rustc --version >/dev/null 2>&1 || \
		rustup toolchain install $(FUZZ_TOOLCHAIN) --profile minimal
	@cargo fuzz --version 2>/dev/null | grep -x "cargo-fuzz $(CARGO_FUZZ)" >/dev/null || \
		cargo install --locked cargo-fuzz --version $(CARGO_FUZZ)

setup-ffi: # The libraries and tools of the C tests.
	@if ! { command -v valgrind && command -v pkg-config && command -v curl && command -v doxygen && pkg-config --exists openssl; } >/dev/null; then \
		tools/apt-install valgrind pkg-config curl doxygen libssl-dev; \
	fi

setup-capi: setup-host setup-rustup setup-ffi # Not optimized: that takes four times as long, and would gain a second.
	@cargo cinstall --version 2>/dev/null | grep -F "$(CARGO_C)" >/dev/null || \
		CARGO_PROFILE_DEV_DEBUG=0 cargo install --debug --locked cargo-c --version $(CARGO_C)

setup-miri: setup-rustup
	@rustup run $(FUZZ_TOOLCHAIN) rustc --version >/dev/null 2>&1 || \
		rustup toolchain install $(FUZZ_TOOLCHAIN) --profile minimal
	@for component in miri rust-src; do \
		rustup component list --installed --toolchain $(FUZZ_TOOLCHAIN) | grep "^$$component" >/dev/null || \
			rustup component add --toolchain $(FUZZ_TOOLCHAIN) "$$component"; \
	done
