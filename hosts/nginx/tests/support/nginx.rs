//! A directory, and an nginx that runs from it until it is dropped.

use std::{
    env,
    ffi::OsStr,
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::Command,
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use certbound_host_tests::{
    keeper::Keeper,
    pki::{Authority, Identity},
    ports,
    tokens::{AUDIENCE, ISSUER, Issuer},
};
use rustix::process::{Pid, Signal, geteuid, kill_process, test_kill_process};

/// The directory of one nginx. Relative paths in its configuration start here.
pub struct Directory(PathBuf);

impl Directory {
    /// Creates a directory with the authority's certificate as `ca.pem` and the server's as `server.pem` and `server.key`.
    pub fn new(authority: &Authority, server: &Identity) -> Self {
        let directory = tempfile::Builder::new().prefix("certbound-nginx-").tempdir().unwrap();
        let directory = Self(directory.keep());
        directory.write("ca.pem", authority.identity().certificate_pem());
        directory.write("server.pem", server.certificate_pem());
        directory.write("server.key", server.key_pem());
        directory
    }

    /// Creates a directory for servers of these names, with the issuer's keys as `jwks.json`.
    pub fn for_servers(authority: &Authority, names: &[&str], issuer: &Issuer) -> Self {
        let directory = Self::new(authority, &authority.issue_server(names));
        directory.write("jwks.json", issuer.jwks());
        directory
    }

    /// Creates a directory with the issuer's keys, for tests in which no client connects over TLS: none trusts the server's
    /// certificate.
    pub fn with_keys_of(issuer: &Issuer) -> Self {
        Self::for_servers(&Authority::new(), &["api.example"], issuer)
    }

    /// The path of the file with this name.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file in place, and creates its parent directories.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Writes files below `files`, for locations that must not disclose them.
    pub fn write_secrets(&self, names: &[&str]) {
        for name in names {
            self.write(&format!("files/{name}"), "the secret");
        }
    }

    /// Replaces a file atomically, by renaming a new one.
    pub fn replace(&self, name: &str, content: impl AsRef<[u8]>) {
        let new = format!("{name}.new");
        self.write(&new, content);
        fs::rename(self.path(&new), self.path(name)).unwrap();
    }

    /// The output of `nginx -t` for a configuration with this `http` block, as an error if nginx rejects it. The block
    /// starts in line 1 of `site.conf`.
    pub fn check(&self, http: &str) -> Result<String, String> {
        self.configure(http, [1, 2]);
        let output =
            Command::new(nginx_path()).args(arguments(&self.0)).arg("-t").current_dir(&self.0).output().unwrap();
        let words = String::from_utf8(output.stderr).unwrap();
        if output.status.success() { Ok(words) } else { Err(words) }
    }

    fn configure(&self, http: &str, [tls, plain]: [u16; 2]) {
        let module = module();
        // If root starts nginx, its workers run as the user nobody, who may not enter the directory.
        let user = if geteuid().is_root() { "user root;" } else { "" };
        self.write(
            "nginx.conf",
            format!(
                r#"load_module {module};
{user}
daemon off;
master_process on;
worker_processes {WORKERS};
pid nginx.pid;
error_log error.log info;
events {{ worker_connections 512; }}
http {{
    log_format verdict escape=json {LOG_FORMAT};
    access_log access.log verdict;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    default_type text/plain;
    server_names_hash_bucket_size 128;
    ssl_certificate server.pem;
    ssl_certificate_key server.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    include site.conf;
}}
"#
            ),
        );
        let site = http
            .replace("USUAL_POLICY;", &usual_policy())
            .replace("TLS_PORT", &tls.to_string())
            .replace("PLAIN_PORT", &plain.to_string());
        self.write("site.conf", site);
    }

    /// The file's text, or an empty string if it does not exist.
    pub fn read(&self, name: &str) -> String {
        let bytes = fs::read(self.path(name)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// A running nginx with two workers.
pub struct Nginx {
    // Stops nginx when it is dropped.
    _keeper: Keeper,
    master: Pid,
    directory: Directory,
    ports: [u16; 2],
}

impl Nginx {
    /// Starts nginx with this `http` block. It may listen on `127.0.0.1:TLS_PORT` and `127.0.0.1:PLAIN_PORT`, and
    /// on Unix sockets in its directory. `USUAL_POLICY;` stands for [`usual_policy`].
    pub fn start(directory: Directory, http: &str) -> Self {
        // One at a time, so that no two servers of this process get the same port.
        static STARTING: Mutex<()> = Mutex::new(());
        let _starting = STARTING.lock();
        for attempt in 1.. {
            let ports = free_ports();
            directory.configure(http, ports);
            match Self::try_start(&directory) {
                Ok((keeper, master)) => return Self { _keeper: keeper, master, directory, ports },
                // Another process took the port.
                Err(words) if attempt < 5 && words.contains("Address already in use") => {}
                Err(words) => panic!("nginx does not start: {words}"),
            }
        }
        unreachable!()
    }

    fn try_start(directory: &Directory) -> Result<(Keeper, Pid), String> {
        for log in ["error.log", "output.log"] {
            directory.write(log, "");
        }
        let mut nginx = Command::new(nginx_path());
        let keeper = Keeper::start(&directory.0, &["QUIT", "TERM"], nginx.args(arguments(&directory.0)));
        let master = Pid::from_raw(keeper.process().try_into().unwrap()).unwrap();

        let deadline = Instant::now() + PATIENCE;
        while directory.read("error.log").matches("start worker process ").count() < WORKERS {
            let words = || format!("{}{}", directory.read("output.log"), directory.read("error.log"));
            if test_kill_process(master).is_err() {
                // The directory is still needed, and the keeper would remove it.
                keeper.abandon();
                return Err(words());
            }
            assert!(Instant::now() < deadline, "nginx does not become ready: {}", words());
            thread::sleep(MOMENT);
        }
        Ok((keeper, master))
    }

    /// Its directory.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Its address for TLS.
    pub fn tls(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.ports[0]).into()
    }

    /// Its address for HTTP without TLS.
    pub fn plain(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.ports[1]).into()
    }

    /// Reloads its configuration (`nginx -s reload`).
    pub fn reload(&self) {
        kill_process(self.master, Signal::HUP).unwrap();
    }

    /// Its worker processes, including those that are exiting after a reload.
    pub fn workers(&self) -> Vec<Pid> {
        let master = self.master.as_raw_nonzero();
        let children = fs::read_to_string(format!("/proc/{master}/task/{master}/children")).unwrap();
        children.split_whitespace().filter_map(|pid| Pid::from_raw(pid.parse().unwrap())).collect()
    }

    /// Reloads its configuration, and waits until new workers have replaced all old ones.
    pub async fn reload_workers(&self) {
        let old = self.workers();
        self.reload();
        self.until_replaced(&old).await;
    }

    /// Kills a worker without warning, and waits for its replacement.
    pub async fn kill_and_replace(&self, worker: Pid) {
        kill_process(worker, Signal::KILL).unwrap();
        self.until_replaced(&[worker]).await;
    }

    async fn until_replaced(&self, old: &[Pid]) {
        let replaced = || {
            let workers = self.workers();
            workers.len() == WORKERS && !workers.iter().any(|worker| old.contains(worker))
        };
        self.until("new workers have replaced the old ones", replaced).await;
    }

    /// Repeats an action until each worker has succeeded. The action returns the worker that answered, and whether it has
    /// succeeded.
    pub async fn until_each_worker(&self, what: &str, mut action: impl AsyncFnMut() -> (String, bool)) {
        let mut waiting: Vec<_> = self.workers().iter().map(ToString::to_string).collect();
        let deadline = Instant::now() + PATIENCE;
        while !waiting.is_empty() {
            let (worker, succeeded) = action().await;
            if succeeded {
                waiting.retain(|other| *other != worker);
            }
            assert!(Instant::now() < deadline, "timed out waiting until each worker {what}: {}", self.last_errors());
        }
    }

    /// Waits until the condition is true.
    pub async fn until(&self, what: &str, mut condition: impl FnMut() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !condition() {
            assert!(Instant::now() < deadline, "timed out waiting until {what}: {}", self.last_errors());
            tokio::time::sleep(MOMENT).await;
        }
    }

    /// Its error log.
    pub fn error_log(&self) -> String {
        self.directory.read("error.log")
    }

    /// The last lines of its error log, for messages of failed tests.
    pub fn last_errors(&self) -> String {
        let log = self.error_log();
        let lines: Vec<_> = log.lines().filter(|line| !line.contains("closed keepalive connection")).collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    /// Its access log, one line per request.
    pub fn access_log(&self) -> String {
        self.directory.read("access.log")
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The directives that accept the usual token, with the issuer's keys in `jwks.json`.
pub fn usual_policy() -> String {
    format!("certbound_jwks jwks.json; certbound_issuer {ISSUER}; certbound_audience {AUDIENCE};")
}

/// The path of nginx.
pub fn nginx_path() -> PathBuf {
    let path = PathBuf::from(env::var_os("CERTBOUND_NGINX").unwrap_or_else(|| "/usr/sbin/nginx".into()));
    assert!(path.is_file(), "there is no nginx at {}: run make setup-nginx, or set CERTBOUND_NGINX", path.display());
    path
}

/// Whether that nginx was configured with this flag, such as `--with-http_v3_module`.
pub fn is_configured(flag: &str) -> bool {
    let output = Command::new(nginx_path()).arg("-V").output().unwrap();
    String::from_utf8_lossy(&output.stderr).split_whitespace().any(|word| word == flag)
}

/// The path of the module.
pub fn module() -> String {
    let path = env::var_os("CERTBOUND_NGINX_MODULE").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/nginx/ngx_http_certbound_module.so"),
        PathBuf::from,
    );
    let path = path.canonicalize().unwrap_or_else(|error| {
        panic!("there is no module at {}: {error}: run make nginx, or set CERTBOUND_NGINX_MODULE", path.display())
    });
    path.into_os_string().into_string().unwrap()
}

fn arguments(directory: &Path) -> Vec<&OsStr> {
    let [prefix, configuration, log] = ["-p", "-c", "-e"].map(OsStr::new);
    vec![prefix, directory.as_os_str(), configuration, OsStr::new("nginx.conf"), log, OsStr::new("error.log")]
}

/// Free ports on loopback: servers such as nginx cannot choose ports themselves.
pub fn free_ports<const COUNT: usize>() -> [u16; COUNT] {
    let mut ports = ports::free_ports();
    [(); COUNT].map(|()| ports.next().unwrap())
}

const WORKERS: usize = 2;

/// See [`log::Access`](crate::log::Access).
const LOG_FORMAT: &str = concat!(
    r#"'{"worker":"$pid","request":"$request","status":"$status","tls":"$ssl_protocol","resumed":"$ssl_session_reused","#,
    r#""verdict":"$certbound_status","thumbprint":"$certbound_thumbprint","sub":"$certbound_sub","#,
    r#""issuer":"$certbound_issuer","client_id":"$certbound_client_id","scope":"$certbound_scope","jti":"$certbound_jti","#,
    r#""exp":"$certbound_exp","claims":"$certbound_claims"}'"#
);

/// The time limit of every wait. No test asserts a shorter time.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The interval of polling.
pub const MOMENT: Duration = Duration::from_millis(5);
