//! The steps of `docs/nginx.md`, pasted into a shell.

use std::{
    env, fs,
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    process::Command,
};

use certbound_nginx_tests::nginx::{module, nginx_path};

#[test]
fn what_the_guide_says_to_try_works_as_it_is_pasted() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let guide = fs::read_to_string(root.join("docs/nginx.md")).unwrap();
    let (_, step) = guide.split_once("### 2. Try it").unwrap();
    let (_, script) = step.split_once("```sh\n").unwrap();
    let (script, _) = script.split_once("\n```").unwrap();

    // Free ports instead of the guide's, and a folder with what the script takes from the repository.
    let free_port = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let (one, other) = (free_port(), free_port());
    let [tls, upstream] = [&one, &other].map(|listener| listener.local_addr().unwrap().port().to_string());
    drop((one, other));
    let with_ports = |text: &str| {
        assert!(text.contains("8443"));
        text.replace("8443", &tls).replace("8081", &upstream)
    };
    let folder = tempfile::tempdir().unwrap();
    // nginx's workers are somebody else than root.
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let repository = folder.path().join("certbound");
    for directory in ["target/nginx", "ffi/nginx/examples", "bin"] {
        fs::create_dir_all(repository.join(directory)).unwrap();
    }
    symlink(module(), repository.join("target/nginx/ngx_http_certbound_module.so")).unwrap();
    symlink(nginx_path(), repository.join("bin/nginx")).unwrap();
    let example = fs::read_to_string(root.join("ffi/nginx/examples/nginx.conf")).unwrap();
    fs::write(repository.join("ffi/nginx/examples/nginx.conf"), with_ports(&example)).unwrap();

    let path = format!("{}:{}", repository.join("bin").display(), env::var("PATH").unwrap());
    let output = Command::new("bash")
        .args(["-eu", "-c", &with_ports(script)])
        .env("PATH", path)
        .current_dir(&repository)
        .output()
        .expect("bash");
    let said = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{complaint}");

    let answers: Vec<_> = said.lines().filter(|line| line.starts_with("HTTP/1.1 ")).map(str::trim_end).collect();
    assert_eq!(answers, ["HTTP/1.1 200 OK", "HTTP/1.1 401 Unauthorized", "HTTP/1.1 403 Forbidden"], "{said}");
    for shown in [
        "sub=server-a client=server-a scope=accounts:read",
        r#"WWW-Authenticate: Bearer realm="api", error="invalid_token""#,
        r#"error="insufficient_scope", scope="accounts:read accounts:admin""#,
        "certbound: rejected: certificate_mismatch: ",
        "certbound: rejected: insufficient_scope: ",
    ] {
        assert!(said.contains(shown), "{shown} is missing in:\n{said}\n{complaint}");
    }
}
