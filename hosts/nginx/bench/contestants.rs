//! The list of contestants.

use certbound_host_bench::{
    contestant::Contestant,
    world::{Rule, Tokens},
};
use certbound_host_tests::tokens::Algorithm;

use crate::servers::Server;

/// All contestants. HAProxy 2.6 and lua-luaossl do not support EdDSA. The paths are those in `servers.rs`.
pub(crate) const CONTESTANTS: &[Contestant<Server>] = &[
    unchecked(NGINX, Server::Nginx),
    checked("certbound, ES256, same token, no cache", Server::Certbound, "/uncached", ES256, Tokens::One, NGINX),
    checked("certbound, ES256, same token", Server::Certbound, "/", ES256, Tokens::One, NGINX),
    Contestant {
        rivals: &["nginx Lua, ES256, first seen", "haproxy, ES256, first seen"],
        ..checked("certbound, ES256, first seen", Server::Certbound, "/", ES256, Tokens::Many, NGINX)
    },
    checked("certbound, EdDSA, first seen", Server::Certbound, "/", EDDSA, Tokens::Many, NGINX),
    Contestant {
        rivals: &["nginx Lua, RS256, first seen", "haproxy, RS256, first seen"],
        ..checked("certbound, RS256, first seen", Server::Certbound, "/", RS256, Tokens::Many, NGINX)
    },
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

const fn unchecked(name: &'static str, server: Server) -> Contestant<Server> {
    Contestant { checks: &[], ..checked(name, server, "/open", ES256, Tokens::Many, name) }
}

const fn checked(
    name: &'static str,
    server: Server,
    path: &'static str,
    algorithm: Algorithm,
    tokens: Tokens,
    base: &'static str,
) -> Contestant<Server> {
    Contestant { name, server, path, algorithm, tokens, checks: Rule::ALL, base, rivals: &[] }
}
