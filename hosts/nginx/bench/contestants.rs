//! The list of contestants, and the probes that each must answer correctly to qualify.

use std::process::Command;

use certbound_nginx_tests::tokens::Algorithm;

use crate::{
    servers::{Server, Servers},
    world::{Probe, Tokens, World},
};

/// A server, a path on it, and the tokens sent there.
pub(crate) struct Contestant {
    pub(crate) name: &'static str,
    pub(crate) server: Server,
    /// The path, which selects the check, or none.
    pub(crate) path: &'static str,
    /// The algorithm of its tokens.
    pub(crate) algorithm: Algorithm,
    pub(crate) tokens: Tokens,
    /// The contestant without a check that it is compared with, or itself if it has none.
    pub(crate) base: &'static str,
}

/// All contestants. HAProxy 2.6 and lua-luaossl do not support EdDSA. The paths are those in `servers.rs`.
pub(crate) const CONTESTANTS: &[Contestant] = &[
    unchecked(NGINX, Server::Nginx),
    checked("certbound, ES256, same token, no cache", Server::Certbound, "/uncached", ES256, Tokens::One, NGINX),
    checked("certbound, ES256, same token", Server::Certbound, "/", ES256, Tokens::One, NGINX),
    checked("certbound, ES256, first seen", Server::Certbound, "/", ES256, Tokens::Many, NGINX),
    checked("certbound, EdDSA, first seen", Server::Certbound, "/", EDDSA, Tokens::Many, NGINX),
    checked("certbound, RS256, first seen", Server::Certbound, "/", RS256, Tokens::Many, NGINX),
    checked("nginx Lua, ES256, first seen", Server::Lua, "/es256", ES256, Tokens::Many, NGINX),
    checked("nginx Lua, RS256, first seen", Server::Lua, "/rs256", RS256, Tokens::Many, NGINX),
    unchecked(HAPROXY, Server::Haproxy),
    checked("haproxy, ES256, first seen", Server::Haproxy, "/es256", ES256, Tokens::Many, HAPROXY),
    checked("haproxy, RS256, first seen", Server::Haproxy, "/rs256", RS256, Tokens::Many, HAPROXY),
];

const NGINX: &str = "nginx, no check";
const HAPROXY: &str = "haproxy, no check";
const ES256: Algorithm = Algorithm::ES256;
const EDDSA: Algorithm = Algorithm::EdDSA;
const RS256: Algorithm = Algorithm::RS256;

const fn unchecked(name: &'static str, server: Server) -> Contestant {
    Contestant { name, server, path: "/open", algorithm: ES256, tokens: Tokens::Many, base: name }
}

const fn checked(
    name: &'static str,
    server: Server,
    path: &'static str,
    algorithm: Algorithm,
    tokens: Tokens,
    base: &'static str,
) -> Contestant {
    Contestant { name, server, path, algorithm, tokens, base }
}

impl Contestant {
    pub(crate) fn checks(&self) -> bool {
        self.base != self.name
    }

    /// Whether it is a rival of `ours`: another server with the same work.
    pub(crate) fn rivals(&self, ours: &Self) -> bool {
        let same =
            self.algorithm == ours.algorithm && matches!((self.tokens, ours.tokens), (Tokens::Many, Tokens::Many));
        same && self.checks() && !self.is_ours() && ours.is_ours()
    }

    pub(crate) fn is_ours(&self) -> bool {
        matches!(self.server, Server::Certbound)
    }

    /// Checks its answers: 200 to good tokens, or to all tokens if it has no check.
    pub(crate) fn probe(&self, world: &World, servers: &Servers) -> Result<(), String> {
        for probe in world.probes(self.algorithm) {
            let status = self.ask(world, servers, &probe);
            let right = match (probe.good, self.checks()) {
                (true, _) | (false, false) => status == "200",
                (false, true) => matches!(status.as_str(), "400" | "401" | "403"),
            };
            if !right {
                return Err(format!("{} got the response {status}", probe.shows));
            }
        }
        Ok(())
    }

    /// The status code of a request by curl.
    fn ask(&self, world: &World, servers: &Servers, probe: &Probe) -> String {
        let mut curl = Command::new("curl");
        curl.args([
            "--silent",
            "--show-error",
            "--max-time",
            "10",
            "--output",
            "/dev/null",
            "--write-out",
            "%{http_code}",
        ])
        .arg("--cacert")
        .arg(world.directory.path("ca.pem"))
        .arg("--cert")
        .arg(world.directory.path(probe.certificate));
        if let Some(token) = &probe.token {
            curl.args(["--header", &format!("Authorization: Bearer {token}")]);
        }
        let output =
            curl.arg(servers.url(self.server, self.path)).output().expect("curl is needed: run make setup-nginx");
        let status = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{}: {}", self.name, String::from_utf8_lossy(&output.stderr));
        status
    }
}
