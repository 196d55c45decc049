//! What the tests of the guide share: its blocks, and an Envoy with its configuration.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::LazyLock,
};

use certbound_envoy_tests::stage::until;
use certbound_host_tests::{keeper::Keeper, ports::free_ports};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const GUIDE: &str = include_str!("../../../../docs/envoy.md");

/// All code blocks in this language between these two lines.
pub(crate) fn blocks<'text>(text: &'text str, begin: &str, end: &str, language: &str) -> Vec<&'text str> {
    let (_, part) = text.split_once(&format!("\n{begin}\n")).unwrap_or_else(|| panic!("{begin} is missing"));
    let (part, _) = part.split_once(&format!("\n{end}\n")).unwrap_or_else(|| panic!("{end} is missing"));
    let fence = format!("```{language}\n");
    part.split(&fence).skip(1).map(|rest| rest.split_once("\n```").unwrap().0).collect()
}

/// The only YAML of a section of the guide.
pub(crate) fn recipe(begin: &str, end: &str) -> Value {
    let found = blocks(GUIDE, begin, end, "yaml");
    assert_eq!(found.len(), 1, "{begin}");
    yaml(found[0])
}

pub(crate) fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

pub(crate) fn envoy_path() -> PathBuf {
    env::var_os("CERTBOUND_ENVOY").expect("CERTBOUND_ENVOY is not set: make test-envoy").into()
}

pub(crate) fn module_path() -> PathBuf {
    env::var_os("CERTBOUND_ENVOY_MODULE").expect("CERTBOUND_ENVOY_MODULE is not set: make test-envoy").into()
}

/// The minor version of this Envoy: 38 of 1.38.3.
pub(crate) fn minor_version() -> u32 {
    static VERSION: LazyLock<u32> = LazyLock::new(|| {
        let output = Command::new(envoy_path()).arg("--version").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let minor = text.split("/1.").nth(1).and_then(|rest| rest.split('.').next());
        minor.and_then(|minor| minor.parse().ok()).unwrap_or_else(|| panic!("no version: {text}"))
    });
    *VERSION
}

/// The text with free ports instead of those of the guide, and the port of each.
pub(crate) fn elsewhere(text: &str) -> (String, BTreeMap<&'static str, String>) {
    const PORTS: [&str; 3] = ["8443", "8081", "9901"];
    assert!(PORTS.iter().all(|port| text.contains(port)), "the guide uses other ports than {PORTS:?}");
    // A port such as 18443 would be replaced once more.
    let free = free_ports().map(|free| free.to_string()).filter(|free| !PORTS.iter().any(|port| free.contains(port)));
    let ports: BTreeMap<_, _> = PORTS.into_iter().zip(free).collect();
    (ports.iter().fold(text.to_owned(), |text, (port, free)| text.replace(port, free)), ports)
}

/// What the first block of the guide makes, once for all tests.
static MATERIAL: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let (_, commands) = steps()[0].split_once("libcertbound_envoy.so\" .\n").unwrap();
    let more = "certificate as -CA ca.pem -CAkey ca.key -addext subjectAltName=DNS:as.example -addext basicConstraints=CA:false
        certificate partner -addext basicConstraints=CA:false
        echo -n $token > token";
    bash(&folder, &format!("{commands}\n{more}"));
    folder
});

fn steps() -> Vec<&'static str> {
    blocks(GUIDE, "### 2. Try it", "### 3. Enforce it", "sh")
}

fn bash(folder: &TempDir, script: &str) {
    let output = Command::new("bash").args(["-euc", script]).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A folder with the material of the guide, and its configuration, which a test may change before it starts Envoy.
pub(crate) struct Lab {
    folder: TempDir,
    ports: BTreeMap<&'static str, String>,
    pub(crate) configuration: Value,
}

impl Lab {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for entry in fs::read_dir(MATERIAL.path()).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
        }
        let (_, text) = steps()[1].split_once("<<'END'\n").unwrap();
        let (text, ports) = elsewhere(text.strip_suffix("\nEND").unwrap());
        Self { folder, ports, configuration: yaml(&text) }
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let new = self.folder.path().join("new");
        fs::write(&new, text).unwrap();
        fs::rename(new, self.folder.path().join(name)).unwrap();
    }

    /// The HTTP connection manager of the API.
    pub(crate) fn manager(&mut self) -> &mut Value {
        &mut self.configuration["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
    }

    /// The configuration of the filter.
    pub(crate) fn settings(&mut self) -> &mut Value {
        &mut self.manager()["http_filters"][0]["typed_config"]["filter_config"]["value"]
    }

    pub(crate) fn tls(&mut self) -> &mut Value {
        &mut self.configuration["static_resources"]["listeners"][0]["filter_chains"][0]["transport_socket"]["typed_config"]
    }

    /// Inserts filters before the router.
    pub(crate) fn insert_filters(&mut self, filters: &Value) {
        insert(&mut self.manager()["http_filters"], 1, filters);
    }

    /// Inserts a route before all others.
    pub(crate) fn insert_route(&mut self, route: Value) {
        insert(&mut self.manager()["route_config"]["virtual_hosts"][0]["routes"], 0, &json!([route]));
    }

    /// The same for the backend.
    pub(crate) fn insert_backend_route(&mut self, route: Value) {
        let manager = &mut self.configuration["static_resources"]["listeners"][1]["filter_chains"][0]["filters"][0]["typed_config"];
        insert(&mut manager["route_config"]["virtual_hosts"][0]["routes"], 0, &json!([route]));
    }

    /// The client's token with this text in place of another one in its claims.
    pub(crate) fn token_with(&self, from: &str, to: &str) -> String {
        let (_, commands) = steps()[0].split_once("\nthumbprint=").unwrap();
        assert!(commands.contains(from), "{from}");
        let base64url = steps()[0].lines().find(|line| line.starts_with("base64url()")).unwrap();
        let commands = commands.replace(from, to);
        bash(&self.folder, &format!("{base64url}\nthumbprint={commands}\necho -n $token > other"));
        self.read("other")
    }

    fn envoy(&self) -> Command {
        self.write("envoy.json", &self.configuration.to_string());
        let mut command = Command::new(envoy_path());
        command
            .args(["--config-path", "envoy.json", "--disable-hot-restart", "--concurrency", "1"])
            .args(["--file-flush-interval-msec", "50", "--log-path", "envoy.log"])
            .current_dir(&self.folder)
            .env("ENVOY_DYNAMIC_MODULES_SEARCH_PATH", module_path().parent().unwrap())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    /// Expects that Envoy does not start, and returns its log.
    pub(crate) fn fails(self) -> String {
        assert!(!self.envoy().status().unwrap().success());
        self.read("envoy.log")
    }

    pub(crate) fn start(self) -> Running {
        let keeper = Keeper::start(self.folder.path(), &["TERM"], &self.envoy());
        let process = format!("/proc/{}", keeper.process());
        let running = Running { _keeper: keeper, lab: self };
        until("Envoy is ready", || {
            assert!(Path::new(&process).exists(), "{}", running.lab.read("envoy.log"));
            running.admin("ready").contains("LIVE")
        });
        let log = running.lab.read("envoy.log");
        assert!(!log.to_lowercase().contains("deprecated"), "{log}");
        running
    }
}

fn insert(list: &mut Value, place: usize, more: &Value) {
    let list = list.as_array_mut().unwrap();
    list.splice(place..place, more.as_array().unwrap().iter().cloned());
}

/// An answer: its status, and all of its text.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u32,
    pub(crate) text: String,
}

pub(crate) struct Running {
    // Stopped before its folder is removed.
    _keeper: Keeper,
    pub(crate) lab: Lab,
}

impl Running {
    /// Sends a request with curl. The status is 0 if there is no answer, as after a failed handshake.
    pub(crate) fn ask(&self, options: &[&str], path: &str) -> Answer {
        let port = &self.lab.ports["8443"];
        let output = Command::new("curl")
            .args(["--silent", "--include", "--cacert", "ca.pem", "--max-time", "30"])
            .args(["--resolve", &format!("api.example:{port}:127.0.0.1")])
            .args(options)
            .arg(format!("https://api.example:{port}{path}"))
            .current_dir(&self.lab.folder)
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let status = text.split(' ').nth(1).and_then(|status| status.trim().parse().ok()).unwrap_or(0);
        Answer { status, text }
    }

    /// Sends a request with a token over mutual TLS.
    pub(crate) fn ask_with(&self, certificate: &str, token: &str, options: &[&str], path: &str) -> Answer {
        let (bearer, key) = (format!("Authorization: Bearer {token}"), format!("{certificate}.key"));
        let certificate = format!("{certificate}.pem");
        self.ask(&[&["--cert", &certificate, "--key", &key, "-H", &bearer], options].concat(), path)
    }

    /// Sends the client's token over mutual TLS.
    pub(crate) fn ask_as(&self, certificate: &str, options: &[&str], path: &str) -> Answer {
        self.ask_with(certificate, &self.lab.read("token"), options, path)
    }

    /// Waits until the access log has this.
    pub(crate) fn logged(&self, text: &str) {
        until(text, || self.lab.read("access.log").contains(text));
    }

    pub(crate) fn admin(&self, path: &str) -> String {
        let url = format!("http://127.0.0.1:{}/{path}", self.lab.ports["9901"]);
        let output = Command::new("curl").args(["--silent", "--max-time", "10", &url]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }
}
