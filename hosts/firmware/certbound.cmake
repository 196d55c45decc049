# Builds the bare-metal C library with cargo, for build systems of boards that use CMake.
#
#   certbound_library(TARGET <Rust target> FEATURES <feature>... OUTPUT <variable>)
#
# adds the target certbound_cargo, which builds the library, and sets the variable to its path. Whatever links the library must
# depend on certbound_cargo. Cargo knows what has changed, so it is called by every build.

cmake_minimum_required(VERSION 3.16)

get_filename_component(CERTBOUND_ROOT "${CMAKE_CURRENT_LIST_DIR}/../.." REALPATH)
set(CERTBOUND_INCLUDE "${CERTBOUND_ROOT}/include")

function(certbound_library)
    cmake_parse_arguments(PARSE_ARGV 0 ARGUMENT "" "TARGET;OUTPUT" "FEATURES")
    find_program(CARGO cargo HINTS "$ENV{HOME}/.cargo/bin")
    if(NOT CARGO)
        message(FATAL_ERROR "certbound: cargo is missing: install Rust from https://rustup.rs, "
                            "and then: rustup target add ${ARGUMENT_TARGET}")
    endif()
    if(NOT ARGUMENT_TARGET OR NOT ARGUMENT_FEATURES)
        message(FATAL_ERROR "certbound: name a Rust target and at least one feature, such as es256")
    endif()
    string(REPLACE ";" "," features "${ARGUMENT_FEATURES}")
    set(folder "${CMAKE_CURRENT_BINARY_DIR}/certbound")
    set(library "${folder}/${ARGUMENT_TARGET}/release/libcertbound_ffi.a")
    add_custom_target(certbound_cargo
        COMMAND "${CMAKE_COMMAND}" -E env
                "RUSTFLAGS=--cfg sha2_backend=\"soft\" --cfg sha2_backend_soft=\"compact\""
                CARGO_PROFILE_RELEASE_OPT_LEVEL=s
                "${CARGO}" rustc --locked --release --package certbound-ffi --no-default-features --features "${features}"
                --crate-type staticlib --target "${ARGUMENT_TARGET}" --target-dir "${folder}"
        WORKING_DIRECTORY "${CERTBOUND_ROOT}"
        BYPRODUCTS "${library}"
        USES_TERMINAL
        VERBATIM)
    set("${ARGUMENT_OUTPUT}" "${library}" PARENT_SCOPE)
endfunction()
