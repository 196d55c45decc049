//! The servers: an Envoy for each chain of filters.

use std::{
    env, fs,
    io::{Error, Read, Write},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use certbound_host_bench::{MOMENT, PATIENCE, SERVER_CPU, contestant::Servers, process::cpu_time, world::World};
use certbound_host_tests::{
    keeper::Keeper,
    ports::free_ports,
    tokens::{AUDIENCE, ISSUER},
};
use serde_json::{Value, json};

/// An Envoy, by its filters before the router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Server {
    /// None.
    Open,
    /// A module that does nothing.
    Idle,
    /// `jwt_authn`.
    Jwt,
    /// `jwt_authn` with its cache.
    JwtCached,
    /// `jwt_authn` and `rival.lua`.
    JwtLua,
    /// The same with the cache.
    JwtLuaCached,
    /// certbound.
    Certbound,
    /// certbound, which passes on claims.
    CertboundClaims,
    /// certbound, which measures its time.
    Timed,
    /// certbound, which passes on claims and measures its time.
    TimedClaims,
    /// Like `Timed`, for first-seen tokens: each figure in its log is of requests of one kind.
    TimedFirstSeen,
}

/// The running Envoys.
pub(crate) struct Running(Vec<Process>);

struct Process {
    server: Server,
    keeper: Keeper,
    port: u16,
    folder: PathBuf,
}

impl Running {
    pub(crate) fn start(world: &World, needed: impl Iterator<Item = Server>) -> Self {
        world.write("jwks.json", world.jwks());
        let mut processes: Vec<Process> = Vec::new();
        for server in needed {
            if !processes.iter().any(|process| process.server == server) {
                processes.push(Process::start(server, world));
            }
        }
        Self(processes)
    }

    /// The log of an Envoy.
    pub(crate) fn log(&self, server: Server) -> String {
        self.process(server).log()
    }

    fn process(&self, server: Server) -> &Process {
        self.0.iter().find(|process| process.server == server).unwrap()
    }
}

impl Servers for Running {
    type Server = Server;

    fn url(&self, server: Server, path: &str) -> String {
        format!("https://localhost:{}{path}", self.process(server).port)
    }

    fn cpu(&self, server: Server) -> Duration {
        cpu_time(self.process(server).keeper.process())
    }

    fn requests(&self, server: Server) -> u64 {
        self.process(server).requests().unwrap()
    }
}

impl Process {
    fn start(server: Server, world: &World) -> Self {
        // Envoy could choose the port itself, but says only through its administration which one it is.
        let port = free_ports().next().unwrap();
        let folder = world.path(&server.name());
        fs::create_dir(&folder).unwrap();
        let configuration = server.configuration(world, port, &folder);
        fs::write(folder.join("envoy.json"), configuration.to_string()).unwrap();

        let mut command = Command::new("taskset");
        command
            .args(["--cpu-list", SERVER_CPU])
            .arg(envoy_path())
            .args(["--config-path", "envoy.json", "--disable-hot-restart", "--concurrency", "1", "--log-level", "info"])
            .env("ENVOY_DYNAMIC_MODULES_SEARCH_PATH", module_folder(server));
        let keeper = Keeper::start(&folder, &["TERM"], &command);
        let process = Self { server, keeper, port, folder };
        let deadline = Instant::now() + PATIENCE;
        while let Err(error) = process.requests() {
            let is_dead = !Path::new(&format!("/proc/{}", process.keeper.process())).exists();
            assert!(
                !is_dead && Instant::now() < deadline,
                "Envoy for {server:?} does not start: {error}\n{}\nRun make bench-envoy, which builds and sets all",
                process.log()
            );
            thread::sleep(MOMENT);
        }
        process
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("output.log")).unwrap_or_default()
    }

    /// The number of requests that have been answered.
    fn requests(&self) -> Result<u64, Error> {
        let mut administration = UnixStream::connect(self.folder.join("admin"))?;
        let question = "GET /stats?filter=downstream_rq_completed HTTP/1.1\r\nhost: admin\r\nconnection: close\r\n\r\n";
        administration.write_all(question.as_bytes())?;
        let mut answer = String::new();
        administration.read_to_string(&mut answer)?;
        let number = answer.lines().find_map(|line| line.strip_prefix("http.bench.downstream_rq_completed: "));
        number.and_then(|number| number.trim().parse().ok()).ok_or_else(|| Error::other(answer))
    }
}

impl Server {
    fn name(self) -> String {
        format!("{self:?}")
    }

    fn configuration(self, world: &World, port: u16, folder: &Path) -> Value {
        let mut filters = self.filters(world);
        filters.push(filter("router", "router.v3.Router", json!({})));
        let manager = json!({
            "@type": typed("filters.network.http_connection_manager.v3.HttpConnectionManager"),
            "stat_prefix": "bench",
            "generate_request_id": false,
            "http_filters": filters,
            "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [
                {"match": {"prefix": "/"}, "direct_response": {"status": 200, "body": {"inline_string": "ok"}}},
            ]}]},
        });
        let file = |name: &str| json!({"filename": world.path(name)});
        let tls = json!({
            "@type": typed("transport_sockets.tls.v3.DownstreamTlsContext"),
            "require_client_certificate": true,
            "common_tls_context": {
                "tls_params": {"tls_minimum_protocol_version": "TLSv1_3"},
                "validation_context": {"trusted_ca": file("ca.pem")},
                "tls_certificates": [{"certificate_chain": file("both.pem"), "private_key": file("both.pem")}],
            },
        });
        let listener = json!({
            "name": "https",
            "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
            "filter_chains": [{
                "filters": [{"name": "http", "typed_config": manager}],
                "transport_socket": {"name": "tls", "typed_config": tls},
            }],
        });
        json!({
            "admin": {"address": {"pipe": {"path": folder.join("admin")}}},
            "static_resources": {"listeners": [listener]},
        })
    }

    fn filters(self, world: &World) -> Vec<Value> {
        match self {
            Self::Open => Vec::new(),
            Self::Idle => vec![dynamic_module("certbound_envoy_idle", &json!({}))],
            Self::Jwt => vec![jwt_authn(world, json!({}))],
            Self::JwtCached => vec![jwt_authn(world, json!({"jwt_cache_config": CACHE.json()}))],
            Self::JwtLua => vec![jwt_authn(world, json!({"payload_in_metadata": "claims"})), lua()],
            Self::JwtLuaCached => {
                let members = json!({"jwt_cache_config": CACHE.json(), "payload_in_metadata": "claims"});
                vec![jwt_authn(world, members), lua()]
            }
            Self::Certbound => vec![certbound(world, json!({}))],
            Self::CertboundClaims => vec![certbound(world, json!({"metadata_claims": CLAIMS}))],
            Self::Timed | Self::TimedFirstSeen => vec![certbound(world, json!({"measure_time": true}))],
            Self::TimedClaims => vec![certbound(world, json!({"metadata_claims": CLAIMS, "measure_time": true}))],
        }
    }
}

fn certbound(world: &World, members: Value) -> Value {
    let issuers = json!([{"issuer": ISSUER, "jwks_file": world.path("jwks.json")}]);
    let settings = with(json!({"issuers": issuers, "audiences": [AUDIENCE]}), members);
    dynamic_module("certbound_envoy", &settings)
}

fn dynamic_module(name: &str, settings: &Value) -> Value {
    let members = json!({
        "dynamic_module_config": {"name": name},
        "filter_name": "certbound",
        "filter_config": {"@type": "type.googleapis.com/google.protobuf.StringValue", "value": settings.to_string()},
    });
    filter("certbound", "dynamic_modules.v3.DynamicModuleFilter", members)
}

fn jwt_authn(world: &World, members: Value) -> Value {
    let keys = json!({"filename": world.path("jwks.json")});
    let provider = json!({"issuer": ISSUER, "audiences": [AUDIENCE], "forward": true, "local_jwks": keys});
    let members = json!({
        "providers": {"issuer": with(provider, members)},
        "rules": [{"match": {"prefix": "/"}, "requires": {"provider_name": "issuer"}}],
    });
    filter("jwt_authn", "jwt_authn.v3.JwtAuthentication", members)
}

fn lua() -> Value {
    let members = json!({"default_source_code": {"inline_string": include_str!("rival.lua")}});
    filter("lua", "lua.v3.Lua", members)
}

fn filter(name: &str, kind: &str, members: Value) -> Value {
    let config = with(json!({"@type": typed(&format!("filters.http.{kind}"))}), members);
    json!({"name": name, "typed_config": config})
}

fn with(mut object: Value, members: Value) -> Value {
    let (Value::Object(all), Value::Object(members)) = (&mut object, members) else { panic!("these are objects") };
    all.extend(members);
    object
}

fn typed(name: &str) -> String {
    format!("type.googleapis.com/envoy.extensions.{name}")
}

/// The claims that are passed on.
const CLAIMS: [&str; 4] = ["sub", "client_id", "scope", "jti"];

/// The cache of `jwt_authn`, as large as certbound's.
const CACHE: Cache = Cache { tokens: 1024, token_len: 4096 };

struct Cache {
    tokens: u32,
    token_len: u32,
}

impl Cache {
    fn json(&self) -> Value {
        json!({"jwt_cache_size": self.tokens, "jwt_max_token_size": self.token_len})
    }
}

/// The folder of the module that a server loads.
fn module_folder(server: Server) -> PathBuf {
    let module =
        variable(if server == Server::Idle { "CERTBOUND_ENVOY_IDLE_MODULE" } else { "CERTBOUND_ENVOY_MODULE" });
    module.parent().expect("an absolute path").to_owned()
}

pub(crate) fn envoy_path() -> PathBuf {
    variable("CERTBOUND_ENVOY")
}

fn variable(name: &str) -> PathBuf {
    env::var_os(name).unwrap_or_else(|| panic!("{name} is not set: run make bench-envoy")).into()
}
