//! The file: who may read it, where it is, and what happens if it cannot be written.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, symlink},
        process::CommandExt,
    },
    path::Path,
    process::{Command, Output, Stdio},
    thread,
};

use tempfile::TempDir;

use crate::{
    https::ok,
    support::{Issuer, run},
    world::{Shared, World, changed, replace_by_pipe, unchanged},
};

fn mode(path: &str) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &str, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_new_file_is_readable_whatever_the_umask() {
    let world = World::new();
    let server = world.serving(world.issuer.jwks());
    let shell = r#"umask 077; exec "$@""#;
    let command = env!("CARGO_BIN_EXE_certbound");
    let output = Command::new("sh")
        .args([
            "-c",
            shell,
            "sh",
            command,
            "sync",
            "--jwks-uri",
            &server.url("/"),
            "--out",
            &world.out,
            "--ca",
            &world.ca,
        ])
        .arg("--once")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(mode(&world.out), 0o644);
}

#[test]
fn an_existing_file_keeps_its_permissions() {
    let world = World::new();
    let server = world.serving(world.issuer.jwks());
    for permissions in [0o640, 0o600, 0o444, 0o664] {
        fs::write(&world.out, "old").unwrap();
        set_mode(&world.out, permissions);
        changed(&world.once(&server.url("/")));
        assert_eq!(mode(&world.out), permissions, "{permissions:o}");
        set_mode(&world.out, 0o600);
    }
}

/// Only root can give files to others, so only root can test it.
#[test]
fn an_existing_file_keeps_its_owner() {
    let world = World::new();
    let server = world.serving(world.issuer.jwks());
    fs::write(&world.out, "old").unwrap();
    let is_root = fs::metadata(&world.out).unwrap().uid() == 0;
    if is_root {
        std::os::unix::fs::chown(&world.out, Some(12_345), Some(23_456)).unwrap();
    }
    let before = fs::metadata(&world.out).unwrap();
    changed(&world.once(&server.url("/")));
    let after = fs::metadata(&world.out).unwrap();
    assert_eq!((before.uid(), before.gid()), (after.uid(), after.gid()));
    assert_ne!(before.ino(), after.ino(), "it is another file");
}

#[test]
fn a_file_with_the_same_keys_is_untouched() {
    let world = World::new();
    let server = world.serving(world.issuer.jwks());
    changed(&world.once(&server.url("/")));
    let before = fs::metadata(&world.out).unwrap();
    let log = world.once(&server.url("/"));
    assert!(unchanged(&log).starts_with(&format!("unchanged: {}: 1 key: ", world.out)), "{}", log.stderr);
    let after = fs::metadata(&world.out).unwrap();
    assert_eq!((before.ino(), before.mtime_nsec()), (after.ino(), after.mtime_nsec()));
    // White space and members that are not written make no difference.
    let server = world.serving(world.issuer.jwks().replace("{\"kty\"", "{ \"exp\": 1,\n\"kty\""));
    unchanged(&world.once(&server.url("/")));
}

#[test]
fn a_symbolic_link_is_followed() {
    let world = World::new();
    let server = world.serving(world.issuer.jwks());
    let (folder, link) = (world.files.path("folder"), world.files.path("jwks.json"));
    let target = format!("{folder}/target.json");
    fs::create_dir(&folder).unwrap();
    fs::write(&target, "old").unwrap();
    set_mode(&target, 0o640);
    for to in [target.as_str(), "folder/target.json", "folder/../other-link"] {
        let _ = fs::remove_file(&link);
        let _ = fs::remove_file(world.files.path("other-link"));
        symlink("folder/target.json", world.files.path("other-link")).unwrap();
        symlink(to, &link).unwrap();
        fs::write(&target, "old").unwrap();
        changed(&world.once(&server.url("/")));
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&target).unwrap(), world.content());
        assert_eq!(mode(&target), 0o640);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "no leftovers");
    }
    // Its target may not exist yet, but the target's folder must.
    fs::remove_file(&target).unwrap();
    changed(&world.once(&server.url("/")));
    assert_eq!(mode(&target), 0o644);
    fs::remove_dir_all(&folder).unwrap();
    assert!(world.once(&server.url("/")).unusable().contains("its folder does not exist"));
    fs::remove_file(&link).unwrap();
    symlink("jwks.json", &link).unwrap();
    world.once(&server.url("/")).unusable();
}

#[test]
fn a_relative_path_without_a_folder_is_written() {
    let world = World::new();
    let server = world.serving(world.issuer.jwks());
    let output = Command::new(env!("CARGO_BIN_EXE_certbound"))
        .args(["sync", "--jwks-uri", &server.url("/"), "--out", "jwks.json", "--ca", "ca.pem", "--once"])
        .current_dir(world.files.path("."))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(world.names(), ["ca.pem", "jwks.json"]);
}

#[test]
fn a_file_that_cannot_be_written_has_exit_code_2() {
    let world = World::new();
    let server = world.serving(world.issuer.jwks());
    let url = server.url("/");
    let once = |out: &str| run(&["sync", "--jwks-uri", &url, "--out", out, "--ca", &world.ca, "--once"]).unusable();
    for (out, words) in [
        (world.files.path("missing/jwks.json"), "its folder does not exist"),
        (world.files.path("ca.pem/jwks.json"), "Not a directory"),
        (world.files.path("."), "a folder, a pipe or a device"),
        ("/dev/null".to_owned(), "a folder, a pipe or a device"),
        ("-".to_owned(), "not a stream"),
        ("/dev/stdin".to_owned(), "not a stream"),
    ] {
        let message = once(&out);
        assert!(message.contains(words), "{words} is not in {message}");
    }
    replace_by_pipe(&world.out);
    assert!(once(&world.out).contains("a folder, a pipe or a device"));
    fs::remove_file(&world.out).unwrap();
    assert_eq!(server.targets(), [""; 0], "nothing is fetched in vain");
    assert_eq!(world.names(), ["ca.pem"]);
    // Here not even root can make a file.
    let message = once("/proc/jwks.json");
    assert!(message.contains("it cannot be written"), "{message}");
    changed(&world.once(&url));
}

/// A folder that every user may enter, and in it the folder `keys` with these permissions.
fn folder_for_users(permissions: u32) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    set_mode(folder.path().to_str().unwrap(), 0o755);
    let keys = folder.path().join("keys").to_str().unwrap().to_owned();
    fs::create_dir(&keys).unwrap();
    set_mode(&keys, permissions);
    (folder, keys)
}

/// Runs one attempt as an ordinary user, which root becomes for it, with the file `keys/jwks.json` of `folder`.
fn once_as_user(folder: &Path, world: &World, url: &str) -> Output {
    let program = folder.join("certbound");
    if !program.exists() {
        // The build may be in a folder that is private to root. Copied by another process: other tests that start programs at
        // the same moment would inherit the open file, and the system executes no file that is open for writing.
        let copy = Command::new("cp").arg(env!("CARGO_BIN_EXE_certbound")).arg(&program).status().unwrap();
        assert!(copy.success());
        fs::copy(&world.ca, folder.join("ca.pem")).unwrap();
    }
    let mut command = Command::new(program);
    command
        .args(["sync", "--jwks-uri", url, "--out", "keys/jwks.json", "--ca", "ca.pem", "--once"])
        .current_dir(folder);
    if is_root() {
        command.uid(USER).gid(USER);
    }
    command.stdin(Stdio::null()).output().unwrap()
}

fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}

const USER: u32 = 12_345;

#[test]
fn a_folder_without_permission_has_exit_code_2() {
    let world = World::new();
    let server = world.serving(world.issuer.jwks());
    let (folder, keys) = folder_for_users(0o555);
    let output = once_as_user(folder.path(), &world, &server.url("/"));
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.starts_with("error: keys/jwks.json: it cannot be written: Permission denied"), "{message}");
    assert_eq!(fs::read_dir(&keys).unwrap().count(), 0);
    set_mode(&keys, 0o777);
    let output = once_as_user(folder.path(), &world, &server.url("/"));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

/// An ordinary user cannot give the new file to the owner of the old one. Only root can make a file of another user, so for
/// others this test is about files of their own.
#[test]
fn a_file_of_another_owner_is_replaced_only_if_its_readers_keep_access() {
    let world = World::new();
    let server = world.serving(world.issuer.jwks());
    let (folder, keys) = folder_for_users(0o777);
    let file = format!("{keys}/jwks.json");
    fs::write(&file, "old").unwrap();
    set_mode(&file, 0o640);
    let output = once_as_user(folder.path(), &world, &server.url("/"));
    if is_root() {
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains("its owner and group cannot be kept") && message.contains("mode 640"), "{message}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "old");
        assert_eq!(fs::read_dir(&keys).unwrap().count(), 1, "no leftovers");
        set_mode(&file, 0o644);
        let output = once_as_user(folder.path(), &world, &server.url("/"));
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert_eq!((mode(&file), fs::metadata(&file).unwrap().uid()), (0o644, USER));
    } else {
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert_eq!(mode(&file), 0o640);
    }
}

/// What is in the file before is never in the way: not JSON, too long, or no text at all.
#[test]
fn any_content_is_replaced() {
    let world = World::new();
    let server = world.serving(world.issuer.jwks());
    for content in [vec![], vec![0xff; 10], vec![b' '; 1_000_000], world.issuer.jwks().into_bytes()] {
        fs::write(&world.out, content).unwrap();
        changed(&world.once(&server.url("/")));
        assert!(run(&["keys", &world.out]).accepted().starts_with("1 usable key"));
    }
}

/// Several writers, and an issuer that rotates its keys meanwhile: each reader sees a complete key set.
#[test]
fn concurrent_writers_do_not_mix_their_texts() {
    let world = World::new();
    let sets: Vec<_> = (0..4).map(|_| Issuer::new().jwks()).collect();
    let (next, served) = (Shared::new(0), sets.clone());
    let server = world.server(move |_| {
        let number = next.get();
        next.set(number + 1);
        ok(&served[number % served.len()])
    });
    let compact: Vec<_> = sets.iter().map(|set| set.replace(": ", ":").replace(", ", ",") + "\n").collect();
    changed(&world.once(&server.url("/")));
    let url = server.url("/");
    thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    for _ in 0..5 {
                        let outcome = world.once(&url);
                        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
                    }
                })
            })
            .collect();
        while !writers.iter().all(thread::ScopedJoinHandle::is_finished) {
            assert!(compact.contains(&world.content()));
        }
    });
    assert_eq!(world.names(), ["ca.pem", "jwks.json"]);
    assert_eq!(server.targets().len(), 21);
}
