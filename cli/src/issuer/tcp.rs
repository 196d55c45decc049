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
    connect_to_one_of(addresses).await
}

async fn connect_to_one_of(addresses: impl Iterator<Item = SocketAddr>) -> Result<TcpStream, Unreachable> {
    let mut failures = Vec::new();
    for address in addresses.take(ADDRESSES) {
        match timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => failures.push(format!("{address}: {error}")),
            Err(_) => failures.push(format!("{address} does not answer")),
        }
    }
    Err(Unreachable::Addresses(failures.join(", ")))
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
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn six_addresses_are_tried_and_no_more() {
        let listen = || TcpListener::bind("127.0.0.1:0").unwrap();
        let listener = listen();
        let good = listener.local_addr().unwrap();
        // No port that is in use, and closed by the end of this line.
        let closed = listen().local_addr().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let connect = |closed_before: usize| {
            let addresses = std::iter::repeat_n(closed, closed_before).chain([good]);
            runtime.block_on(connect_to_one_of(addresses))
        };
        assert_eq!(connect(5).unwrap().peer_addr().unwrap(), good);
        let Err(Unreachable::Addresses(failures)) = connect(6) else { panic!("the seventh address was tried") };
        assert_eq!(failures.matches(&closed.to_string()).count(), 6, "{failures}");
    }
}
