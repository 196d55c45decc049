//! A TCP connection to a URL's server.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{net::TcpStream, time::timeout};

use super::https_url::HttpsUrl;

/// Why there is no connection.
#[derive(Debug)]
pub(crate) enum Unreachable {
    /// The name has no address.
    Name(io::Error),
    /// No address accepts a connection. Says why, for each address that was tried.
    Addresses(String),
}

/// Connects to the first address that answers.
pub(crate) async fn connect(url: &HttpsUrl) -> Result<TcpStream, Unreachable> {
    let resolving = timeout(RESOLVE_TIMEOUT, tokio::net::lookup_host((url.host(), url.port()))).await;
    let addresses = resolving.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())).map_err(Unreachable::Name)?;
    let mut failures = Vec::new();
    for address in limited(addresses) {
        match timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => failures.push(format!("{address}: {error}")),
            Err(_) => failures.push(format!("{address} does not answer")),
        }
    }
    Err(Unreachable::Addresses(failures.join(", ")))
}

fn limited(addresses: impl Iterator<Item = SocketAddr>) -> impl Iterator<Item = SocketAddr> {
    addresses.take(ADDRESSES)
}

/// How long resolving a name may take. A resolver asks a second server after about five seconds.
const RESOLVE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long one address may take to accept a connection, so that a dead one leaves time for the next.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Most addresses of a name that are tried. Six dead ones take the 30 seconds that an issuer has in total, and a name may have
/// hundreds.
const ADDRESSES: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_addresses_are_tried_and_no_more() {
        let addresses = |count: u8| (1..=count).map(|last| SocketAddr::from(([192, 0, 2, last], 443)));
        assert_eq!(limited(addresses(6)).count(), 6);
        assert_eq!(limited(addresses(7)).collect::<Vec<_>>(), addresses(6).collect::<Vec<_>>());
    }
}
