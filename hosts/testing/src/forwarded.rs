//! Requests as a proxy sends them, with its client's certificate in the header `Client-Cert`.

use crate::{message::Request, pki::Identity, tokens};

/// A request of a proxy for a client with this certificate.
pub fn forwarded(path: &str, identity: Option<&Identity>) -> Request {
    let request = Request::get(path);
    match identity {
        Some(identity) => request.header("client-cert", &rfc9440(identity)),
        None => request,
    }
}

/// The header's value in the format `rfc9440`.
pub fn rfc9440(identity: &Identity) -> String {
    format!(":{}:", tokens::base64(identity.certificate()))
}
