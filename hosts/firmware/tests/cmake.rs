//! The CMake files for Zephyr and ESP-IDF, with stand-ins for these systems.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use object::{Object as _, ObjectSymbol as _};

#[test]
fn the_zephyr_module_links_the_features_it_names() {
    links_the_features_it_names("zephyr");
}

#[test]
fn the_esp_idf_component_links_the_features_it_names() {
    links_the_features_it_names("esp-idf/certbound");
}

/// Builds a program with the files of this folder, which is configured for ES256.
fn links_the_features_it_names(folder: &str) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("cmake");
    let build = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(folder.replace('/', "_"));
    run(Command::new("cmake")
        .arg("-S")
        .arg(source)
        .arg("-B")
        .arg(&build)
        .arg(format!("-DBOARD_SYSTEM={folder}"))
        .args(["-DCMAKE_SYSTEM_NAME=Generic", "-DCMAKE_C_COMPILER=arm-none-eabi-gcc"])
        .arg("-DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY"));
    run(Command::new("cmake").arg("--build").arg(&build));

    let program = fs::read(build.join("program")).unwrap();
    let program = object::File::parse(&*program).unwrap();
    let has = |part: &str| program.symbols().filter_map(|symbol| symbol.name().ok()).any(|name| name.contains(part));
    assert!(has("certbound_verify"));
    assert!(has("es256"), "the algorithm that the configuration names is missing");
    for left_out in ["p384", "p521", "ed25519", "rsa"] {
        assert!(!has(left_out), "{left_out} is linked");
    }
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}: run make setup-firmware"));
    let printed = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {printed}");
}
