//! An HTTPS server on loopback that answers as a test wants: byte by byte, endlessly, or not at all.
#![allow(dead_code)] // The unit tests use a part of it.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use rcgen::{CertificateParams, KeyPair};
use rustls::{ServerConfig, ServerConnection, StreamOwned, crypto::ring};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

#[path = "authority.rs"]
mod authority;

pub(crate) use authority::Authority;

impl Authority {
    /// The TLS configuration of a server with a certificate for these names or addresses.
    pub(crate) fn server(&self, names: &[&str]) -> ServerConfig {
        self.server_with(names, |_| {})
    }

    pub(crate) fn server_with(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> ServerConfig {
        let mut parameters = parameters(names);
        change(&mut parameters);
        let (certificate, key) = self.issue(&parameters);
        config(certificate.der().clone(), &key)
    }
}

/// The TLS configuration of a server whose certificate nobody has signed.
pub(crate) fn self_signed(names: &[&str]) -> ServerConfig {
    let key = KeyPair::generate().unwrap();
    let certificate = parameters(names).self_signed(&key).unwrap();
    config(certificate.der().clone(), &key)
}

fn parameters(names: &[&str]) -> CertificateParams {
    CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap()
}

fn config(certificate: CertificateDer<'static>, key: &KeyPair) -> ServerConfig {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap()
}

/// A request: its target, and its header fields by lower-case name.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) target: String,
    pub(crate) headers: BTreeMap<String, String>,
}

/// What the server does with a request.
pub(crate) enum Reply {
    /// Sends these bytes, and closes the connection properly.
    Bytes(Vec<u8>),
    /// Sends these bytes, and ends the connection without TLS's closing alert, as an attacker in the network could.
    Cut(Vec<u8>),
    /// Sends the first bytes at once, and then the second ones again and again with a pause.
    Repeat(Vec<u8>, Vec<u8>, Duration),
    /// Keeps the connection open without a word until the client gives up.
    Silence,
}

/// An answer with status 200 and this body.
pub(crate) fn ok(body: impl AsRef<[u8]>) -> Reply {
    answer("200 OK", &[], body)
}

/// An answer with a body and its length.
pub(crate) fn answer(status: &str, headers: &[&str], body: impl AsRef<[u8]>) -> Reply {
    let body = body.as_ref();
    let mut head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len());
    for header in headers {
        head += &format!("{header}\r\n");
    }
    Reply::Bytes([head.as_bytes(), b"\r\n", body].concat())
}

/// A running server, which ends when it is dropped.
pub(crate) struct Server {
    pub(crate) port: u16,
    requests: Arc<Mutex<Vec<Request>>>,
    is_over: Arc<AtomicBool>,
}

impl Server {
    /// Starts a server.
    pub(crate) fn start(tls: ServerConfig, reply: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (requests, is_over) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let server = Self { port, requests: requests.clone(), is_over: is_over.clone() };
        let (tls, reply) = (Arc::new(tls), Arc::new(reply));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                let (tls, reply, requests) = (tls.clone(), reply.clone(), requests.clone());
                // A client that hangs up is the client's right.
                thread::spawn(move || serve(stream.ok()?, tls, &*reply, &requests));
            }
        });
        server
    }

    /// The URL of a path on this server, by address.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://127.0.0.1:{}{path}", self.port)
    }

    /// The targets of all requests so far.
    pub(crate) fn targets(&self) -> Vec<String> {
        self.requests().into_iter().map(|request| request.target).collect()
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

/// Serves one request. `None` if the connection failed.
fn serve(
    tcp: TcpStream,
    tls: Arc<ServerConfig>,
    reply: &dyn Fn(&Request) -> Reply,
    requests: &Mutex<Vec<Request>>,
) -> Option<()> {
    let mut stream = StreamOwned::new(ServerConnection::new(tls).unwrap(), tcp);
    let request = read(&mut stream)?;
    requests.lock().unwrap().push(request.clone());
    match reply(&request) {
        Reply::Bytes(bytes) => {
            stream.write_all(&bytes).ok()?;
            stream.conn.send_close_notify();
            stream.flush().ok()?;
            // Closing with unread data would reset the connection, and the client might lose the answer.
            let _ = stream.sock.shutdown(std::net::Shutdown::Write);
            let _ = stream.sock.read_to_end(&mut Vec::new());
        }
        Reply::Cut(bytes) => {
            stream.write_all(&bytes).ok()?;
            let _ = stream.sock.shutdown(std::net::Shutdown::Write);
            let _ = stream.sock.read_to_end(&mut Vec::new());
        }
        Reply::Repeat(first, again, pause) => {
            stream.write_all(&first).ok()?;
            loop {
                stream.write_all(&again).ok()?;
                stream.flush().ok()?;
                thread::sleep(pause);
            }
        }
        Reply::Silence => {
            let _ = stream.read_to_end(&mut Vec::new());
        }
    }
    Some(())
}

fn read(stream: &mut impl Read) -> Option<Request> {
    let mut lines = BufReader::new(stream).lines();
    let target = lines.next()?.ok()?.split(' ').nth(1)?.to_owned();
    let mut headers = BTreeMap::new();
    for line in lines {
        let line = line.ok()?;
        let Some((name, value)) = line.split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    Some(Request { target, headers })
}
