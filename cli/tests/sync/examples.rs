//! The systemd unit and the Kubernetes pod in `examples/sync`: their commands work, and nothing loosens their restrictions.

use std::{collections::BTreeMap, fs, path::Path, thread, time::Duration};

use crate::{
    https::ok,
    support::command,
    world::{World, signal},
};

fn example(name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    fs::read_to_string(root.join("examples/sync").join(name)).unwrap()
}

/// The settings of a systemd unit by section and name. A name may come more than once.
fn unit_settings(unit: &str) -> BTreeMap<(String, String), Vec<String>> {
    let mut settings: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let mut section = "";
    for line in unit.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = name;
        } else {
            let (name, value) = line.split_once('=').unwrap_or_else(|| panic!("{line}"));
            assert!(name.bytes().all(|byte| byte.is_ascii_alphabetic()) && !value.ends_with('\\'), "{line}");
            settings.entry((section.to_owned(), name.to_owned())).or_default().push(value.to_owned());
        }
    }
    settings
}

#[test]
fn the_units_commands_keep_a_file_current() {
    let world = World::new();
    let server = world.serving(world.issuer.jwks());
    let unit = example("certbound-sync@.service");
    let settings = unit_settings(&unit);
    let setting = |name: &str| settings[&("Service".to_owned(), name.to_owned())].concat();
    // The comment at the top shows the file with these two variables.
    let line = |name: &str| {
        let shown = unit.lines().find_map(|line| line.strip_prefix(&format!("#   {name}=\""))).unwrap();
        shown.split_once('"').unwrap().0.to_owned()
    };
    let source = format!("--jwks-uri {} --ca {}", server.url("/"), world.ca);
    assert_eq!(line("SOURCE"), "--issuer https://as.example");
    let service = line("SERVICE").replace("127.0.0.1:9091", "127.0.0.4:0");
    let state = world.files.path("state");
    fs::create_dir_all(format!("{state}/{}", setting("StateDirectory"))).unwrap();
    let words = |command: &str| {
        let command =
            command.replace("%S", &state).replace("%i", "as").replace("$SOURCE", &source).replace("$SERVICE", &service);
        assert!(!command.contains(['%', '$']), "{command}");
        let (program, arguments) = command.split_once(' ').unwrap();
        assert_eq!(program.trim_start_matches('-'), "/usr/local/bin/certbound");
        arguments.split(' ').map(str::to_owned).collect::<Vec<_>>()
    };
    let file = format!("{state}/certbound-sync/as.json");
    let run = |arguments: &[String]| command(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(run(&words(&setting("ExecStartPre"))).output().unwrap().status.success());
    assert!(fs::read_to_string(&file).unwrap().contains("P-256"));

    fs::remove_file(&file).unwrap();
    let mut child = run(&words(&setting("ExecStart"))).spawn().unwrap();
    while !Path::new(&file).exists() {
        assert!(child.try_wait().unwrap().is_none(), "the service has ended");
        thread::sleep(Duration::from_millis(20));
    }
    signal(&child, "TERM");
    assert!(child.wait().unwrap().success());
}

#[test]
fn the_unit_is_hardened() {
    let settings = unit_settings(&example("certbound-sync@.service"));
    for (name, value) in [
        ("User", "certbound-sync"),
        ("StateDirectory", "certbound-sync"),
        // nginx's workers enter it.
        ("StateDirectoryMode", "0755"),
        ("ProtectSystem", "strict"),
        ("ProtectHome", "yes"),
        ("PrivateTmp", "yes"),
        ("PrivateDevices", "yes"),
        ("NoNewPrivileges", "yes"),
        ("CapabilityBoundingSet", ""),
        ("AmbientCapabilities", ""),
        ("RestrictSUIDSGID", "yes"),
        ("RestrictNamespaces", "yes"),
        ("MemoryDenyWriteExecute", "yes"),
        ("RestrictAddressFamilies", "AF_INET AF_INET6 AF_NETLINK AF_UNIX"),
        ("SystemCallArchitectures", "native"),
        ("SystemCallFilter", "@system-service ~@privileged @resources"),
    ] {
        let found = settings.get(&("Service".to_owned(), name.to_owned())).map(|values| values.join(" "));
        assert_eq!(found.as_deref(), Some(value), "{name}");
    }
    for name in ["ReadWritePaths", "DynamicUser", "PermissionsStartOnly"] {
        assert!(!settings.contains_key(&("Service".to_owned(), name.to_owned())), "{name}");
    }
}

#[test]
fn the_pods_commands_keep_a_file_current() {
    let world = World::new();
    let jwks = world.issuer.jwks();
    let server = world.server(move |request| {
        let here = format!("https://{}", request.headers["host"]);
        ok(if request.target == "/jwks" {
            jwks.clone()
        } else {
            format!(r#"{{"issuer":"{here}","jwks_uri":"{here}/jwks"}}"#)
        })
    });
    let pod = example("kubernetes-sidecar.yaml");
    let lists = |name: &str| {
        let lines: Vec<_> = pod.lines().filter_map(|line| line.trim().strip_prefix(name)).collect();
        lines.into_iter().map(|list| serde_json::from_str::<Vec<String>>(list).unwrap()).collect::<Vec<_>>()
    };
    let [start, probe] = &lists("command: ")[..] else { panic!("{pod}") };
    let [arguments] = &lists("args: ")[..] else { panic!("{pod}") };
    let here = |words: &[String]| {
        assert_eq!(words.first().unwrap(), "certbound");
        let change = |word: &String| {
            let word = word.replace("https://as.example", &server.url("")).replace("/keys/jwks.json", &world.out);
            word.replace("0.0.0.0:9091", "127.0.0.5:0")
        };
        words.iter().skip(1).map(change).collect::<Vec<_>>()
    };
    let probe = || {
        let words = here(probe);
        command(&words.iter().map(String::as_str).collect::<Vec<_>>()).output().unwrap().status.success()
    };
    assert!(!probe(), "there are no keys yet");
    let mut words = here(&[&start[..], arguments].concat());
    words.extend(["--ca".to_owned(), world.ca.clone()]);
    let mut child = command(&words.iter().map(String::as_str).collect::<Vec<_>>()).spawn().unwrap();
    while !probe() {
        assert!(child.try_wait().unwrap().is_none(), "the sidecar has ended");
        thread::sleep(Duration::from_millis(20));
    }
    signal(&child, "TERM");
    assert!(child.wait().unwrap().success());
    for setting in
        ["runAsNonRoot: true", "readOnlyRootFilesystem: true", "allowPrivilegeEscalation: false", "drop: [\"ALL\"]"]
    {
        assert!(pod.contains(setting), "{setting}");
    }
    assert!(pod.contains("has not been run in a cluster"));
}
