//! The servers: configurations, processes, and the counters of the kernel and of the servers.

use std::{
    cell::Cell,
    fs,
    io::{Read, Write},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use certbound_host_bench::{
    MOMENT, PATIENCE, SERVER_CPU,
    contestant::Servers,
    process::cpu_time,
    world::{World, key_file},
};
use certbound_host_tests::{
    keeper::Keeper,
    tokens::{AUDIENCE, Algorithm, ISSUER},
};
use certbound_nginx_tests::nginx::{free_ports, module, nginx_path, usual_policy};
use rustix::process::geteuid;

/// A kind of server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Server {
    /// nginx without any module that could check.
    Nginx,
    /// nginx with certbound's module.
    Certbound,
    /// nginx with `rival.lua`.
    Lua,
    /// HAProxy with its own converters.
    Haproxy,
}

/// The running servers, one of each kind that the contestants need.
pub(crate) struct Running(Vec<Process>);

struct Process {
    server: Server,
    keeper: Keeper,
    ports: Vec<u16>,
    status: PathBuf,
    /// The number of status queries, which nginx counts as requests.
    asked: Cell<u64>,
}

impl Running {
    pub(crate) fn start(world: &World, needed: &[Server]) -> Self {
        let all = [Server::Nginx, Server::Certbound, Server::Lua, Server::Haproxy];
        let needed = all.into_iter().filter(|server| needed.contains(server));
        Self(needed.map(|server| Process::start(server, world)).collect())
    }

    fn process(&self, server: Server) -> &Process {
        self.0.iter().find(|process| process.server == server).unwrap()
    }
}

impl Servers for Running {
    type Server = Server;

    fn url(&self, server: Server, path: &str) -> String {
        let process = self.process(server);
        // HAProxy has one port for each path, so that no rule has to compare paths; nginx always does.
        let place = PLACES.iter().position(|place| *place == path);
        let port = place.and_then(|place| process.ports.get(place)).unwrap_or(&process.ports[0]);
        format!("https://localhost:{port}{path}")
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
        let mut ports = free_ports::<{ PLACES.len() }>().to_vec();
        ports.truncate(if server == Server::Haproxy { PLACES.len() } else { 1 });
        let name = server.name();
        let file = format!("{name}.conf");
        let status = world.path(&format!("{name}.status"));
        world.write(&file, server.configuration(&ports, &status));
        world.write("jwks.json", world.jwks());
        world.write("answer.gif", ANSWER);
        world.write("rival.lua", include_str!("rival.lua"));

        let directory = world.folder();
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", SERVER_CPU]);
        match server {
            Server::Haproxy => command.args([HAPROXY, "-db", "-f", &file]),
            _ => command.arg(nginx_path()).args(["-e", "error.log", "-c", &file, "-p"]).arg(directory),
        };
        let keeper = Keeper::start(directory, &["QUIT", "TERM"], &command);
        let process = Self { server, keeper, ports, status, asked: Cell::default() };

        let deadline = Instant::now() + PATIENCE;
        while let Err(error) = process.requests() {
            let dead = !Path::new(&format!("/proc/{}", process.keeper.process())).exists();
            let log = |name| fs::read_to_string(world.path(name)).unwrap_or_default();
            assert!(
                !dead && Instant::now() < deadline,
                "{name} does not start: {error}\n{}{}\nRun make setup-bench-nginx and make nginx?",
                log("output.log"),
                log("error.log")
            );
            thread::sleep(MOMENT);
        }
        process
    }

    /// The number of requests without status queries.
    fn requests(&self) -> std::io::Result<u64> {
        let mut status = UnixStream::connect(&self.status)?;
        let question = if self.server == Server::Haproxy { "show info\n" } else { "GET / HTTP/1.0\r\n\r\n" };
        status.write_all(question.as_bytes())?;
        let mut answer = String::new();
        status.read_to_string(&mut answer)?;
        let (number, asked) = match self.server {
            Server::Haproxy => (answer.lines().find_map(|line| line.strip_prefix("CumReq: ")), 0),
            _ => {
                self.asked.set(self.asked.get() + 1);
                // The line below "server accepts handled requests" has a number for each word except the first.
                let mut lines = answer.lines().skip_while(|line| !line.starts_with("server "));
                (lines.nth(1).and_then(|line| line.split_whitespace().nth(2)), self.asked.get())
            }
        };
        let number: Option<u64> = number.and_then(|number| number.trim().parse().ok());
        Ok(number.unwrap_or_else(|| panic!("no count of requests: {answer}")) - asked)
    }
}

impl Server {
    fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Certbound => "certbound",
            Self::Lua => "lua",
            Self::Haproxy => "haproxy",
        }
    }

    fn configuration(self, ports: &[u16], status: &Path) -> String {
        let (modules, http, locations) = match self {
            Self::Nginx => Default::default(),
            Self::Certbound => certbound(),
            Self::Lua => lua(),
            Self::Haproxy => return haproxy(ports, status),
        };
        // If root starts nginx, its workers run as the user nobody, who may not enter the directory.
        let user = if geteuid().is_root() { "user root;" } else { "" };
        include_str!("nginx.conf")
            .replace("@MODULES@", &modules)
            .replace("@USER@", user)
            .replace("@NAME@", self.name())
            .replace("@HTTP@", &http)
            .replace("@PORT@", &ports[0].to_string())
            .replace("@LOCATIONS@", locations)
            .replace("@STATUS@", status.to_str().unwrap())
    }
}

/// The modules to load, the directives in `http`, and the locations.
type Parts = (String, String, &'static str);

fn certbound() -> Parts {
    (
        format!("load_module {};", module()),
        usual_policy(),
        "location = / { certbound on; empty_gif; }
        location = /uncached { certbound on; certbound_cache off; empty_gif; }",
    )
}

fn lua() -> Parts {
    let policy = |algorithm: Algorithm| {
        let (name, key) = (algorithm.name(), key_file(algorithm));
        format!(r#"{name} = rival.policy("{name}", "{key}", "{ISSUER}", "{AUDIENCE}")"#)
    };
    (
        "load_module /usr/lib/nginx/modules/ndk_http_module.so;
load_module /usr/lib/nginx/modules/ngx_http_lua_module.so;"
            .to_owned(),
        format!(
            r#"lua_package_path "$prefix/?.lua;;";
    init_by_lua_block {{ rival = require "rival"; {} {} }}"#,
            policy(Algorithm::ES256),
            policy(Algorithm::RS256)
        ),
        "location = /es256 { access_by_lua_block { rival.check(ES256) } empty_gif; }
        location = /rs256 { access_by_lua_block { rival.check(RS256) } empty_gif; }",
    )
}

fn haproxy(ports: &[u16], status: &Path) -> String {
    let mut configuration = include_str!("haproxy.cfg").replace("@STATUS@", status.to_str().unwrap());
    for (place, algorithm) in [("es256", Algorithm::ES256), ("rs256", Algorithm::RS256)] {
        let frontend = include_str!("haproxy_checked.cfg")
            .replace("@PLACE@", place)
            .replace("@ALGORITHM@", algorithm.name())
            .replace("@KEY@", &key_file(algorithm))
            .replace("@ISSUER@", ISSUER)
            .replace("@AUDIENCE@", AUDIENCE);
        configuration.push_str(&frontend);
    }
    ports.iter().fold(configuration, |text, port| text.replacen("@PORT@", &port.to_string(), 1))
}

/// HAProxy's frontends, in order.
const PLACES: [&str; 3] = ["/open", "/es256", "/rs256"];

pub(crate) const HAPROXY: &str = "/usr/sbin/haproxy";

/// The response of nginx's `empty_gif`, for HAProxy.
const ANSWER: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x01\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x01\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02L\x01\x00;";
