//! The list of contestants.

use certbound_host_bench::{
    contestant::Contestant,
    world::{Rule, Tokens},
};
use certbound_host_tests::tokens::Algorithm;

use crate::servers::Server;

/// All contestants.
pub(crate) const CONTESTANTS: &[Contestant<Server>] = &[
    contestant(OPEN, Server::Open, Tokens::Many, &[]),
    contestant(IDLE, Server::Idle, Tokens::Many, &[]),
    contestant(JWT, Server::JwtCached, Tokens::One, JWT_RULES),
    contestant(JWT_LUA, Server::JwtLuaCached, Tokens::One, LUA_RULES),
    ours(CACHED, Server::Certbound, Tokens::One, &[IDLE, JWT, JWT_LUA]),
    ours(CACHED_CLAIMS, Server::CertboundClaims, Tokens::One, &[IDLE, JWT, JWT_LUA]),
    contestant(JWT_NEW, Server::Jwt, Tokens::Many, JWT_RULES),
    contestant(JWT_LUA_NEW, Server::JwtLua, Tokens::Many, LUA_RULES),
    ours(NEW, Server::Certbound, Tokens::Many, &[JWT_NEW, JWT_LUA_NEW]),
];

/// Those whose time in the hook is measured.
pub(crate) const IN_HOOK: &[Contestant<Server>] = &[
    timed(CACHED, Server::Timed, Tokens::One),
    timed(CACHED_CLAIMS, Server::TimedClaims, Tokens::One),
    timed(NEW, Server::TimedFirstSeen, Tokens::Many),
];

const OPEN: &str = "Envoy, no filter";
const IDLE: &str = "a module that does nothing";
const JWT: &str = "jwt_authn, same token";
const JWT_LUA: &str = "jwt_authn and Lua, same token";
const JWT_NEW: &str = "jwt_authn, first seen";
const JWT_LUA_NEW: &str = "jwt_authn and Lua, first seen";
const CACHED: &str = "certbound, same token";
const CACHED_CLAIMS: &str = "certbound, same token, 4 claims";
const NEW: &str = "certbound, first seen";

const JWT_RULES: &[Rule] = &[Rule::Token];
const LUA_RULES: &[Rule] = &[Rule::Token, Rule::Binding];

const fn ours(
    name: &'static str,
    server: Server,
    tokens: Tokens,
    rivals: &'static [&'static str],
) -> Contestant<Server> {
    Contestant { rivals, ..contestant(name, server, tokens, Rule::ALL) }
}

const fn timed(name: &'static str, server: Server, tokens: Tokens) -> Contestant<Server> {
    Contestant { base: name, ..contestant(name, server, tokens, Rule::ALL) }
}

const fn contestant(name: &'static str, server: Server, tokens: Tokens, checks: &'static [Rule]) -> Contestant<Server> {
    Contestant { name, server, path: "/", algorithm: Algorithm::ES256, tokens, checks, base: OPEN, rivals: &[] }
}
