//! A service for a JWK Set, which can be told to misbehave, to go away and to come back.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream},
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use socket2::{Domain, Socket, Type};

use crate::pki::Identity;

/// The service. It ends with the process, unless it is told to disappear.
pub struct KeyService {
    /// Never listens: it keeps the port from others while this service does not listen either.
    _reserved: Socket,
    port: u16,
    listening: Mutex<Option<Arc<Socket>>>,
    shared: Arc<Shared>,
}

struct Shared {
    tls: Option<Arc<ServerConfig>>,
    conduct: Mutex<Conduct>,
    changed: Condvar,
    requests: AtomicU64,
    last: Mutex<String>,
}

/// What the service does with requests.
#[derive(Clone)]
enum Conduct {
    /// Answers with this status, these header fields and this body.
    Answer(u16, String, String),
    /// Does not answer, as long as it is told nothing else.
    Hang,
}

impl KeyService {
    /// A service that answers with this status and body.
    pub fn start(status: u16, body: &str) -> Self {
        let service = Self::absent();
        service.set(status, body);
        service.appear();
        service
    }

    /// The same over TLS, with this certificate.
    pub fn start_tls(identity: &Identity, status: u16, body: &str) -> Self {
        let tls = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![identity.certificate().clone()], identity.key())
            .unwrap();
        let service = Self::new(Some(Arc::new(tls)));
        service.set(status, body);
        service.appear();
        service
    }

    /// A service that is not there yet: connections to its port are refused.
    pub fn absent() -> Self {
        Self::new(None)
    }

    fn new(tls: Option<Arc<ServerConfig>>) -> Self {
        let reserved = socket(0);
        let port = reserved.local_addr().unwrap().as_socket().unwrap().port();
        let conduct = Mutex::new(Conduct::Hang);
        let (changed, requests, last) = (Condvar::new(), AtomicU64::new(0), Mutex::default());
        let shared = Arc::new(Shared { tls, conduct, changed, requests, last });
        Self { _reserved: reserved, port, listening: Mutex::default(), shared }
    }

    /// Its port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Accepts connections from now on.
    pub fn appear(&self) {
        let socket = Arc::new(socket(self.port));
        socket.listen(64).unwrap();
        *self.listening.lock().unwrap() = Some(Arc::clone(&socket));
        let shared = Arc::clone(&self.shared);
        thread::spawn(move || {
            while let Ok((stream, _)) = socket.accept() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || shared.serve(stream.into()));
            }
        });
    }

    /// Refuses connections from now on.
    pub fn disappear(&self) {
        let socket = self.listening.lock().unwrap().take().expect("it is there");
        // Ends the thread that accepts.
        socket.shutdown(Shutdown::Both).unwrap();
    }

    /// Changes the answer.
    pub fn set(&self, status: u16, body: &str) {
        self.shared.conduct(Conduct::Answer(status, String::new(), body.to_owned()));
    }

    /// Answers with a redirect.
    pub fn redirect(&self, location: &str) {
        self.shared.conduct(Conduct::Answer(302, format!("location: {location}\r\n"), String::new()));
    }

    /// Reads requests, and does not answer them.
    pub fn hang(&self) {
        self.shared.conduct(Conduct::Hang);
    }

    /// How many requests there have been.
    pub fn requests(&self) -> u64 {
        self.shared.requests.load(Relaxed)
    }

    /// The head of the last request.
    pub fn last_request(&self) -> String {
        self.shared.last.lock().unwrap().clone()
    }
}

/// A socket with this port of the loopback interface, which sockets that do not listen may share.
fn socket(port: u16) -> Socket {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_reuse_address(true).unwrap();
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into()).unwrap();
    socket
}

impl Shared {
    fn conduct(&self, conduct: Conduct) {
        *self.conduct.lock().unwrap() = conduct;
        self.changed.notify_all();
    }

    fn serve(&self, stream: TcpStream) {
        let _ = stream.set_read_timeout(Some(Duration::from_secs(30)));
        match &self.tls {
            Some(tls) => {
                let connection = ServerConnection::new(Arc::clone(tls)).unwrap();
                let mut stream = StreamOwned::new(connection, stream);
                self.answer(&mut stream);
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
            None => self.answer(stream),
        }
    }

    fn answer(&self, mut stream: impl Read + Write) {
        let mut request = Vec::new();
        let mut part = [0; 4096];
        while !request.ends_with(b"\r\n\r\n") {
            match stream.read(&mut part) {
                Ok(0) | Err(_) => return,
                Ok(len) => request.extend_from_slice(&part[..len]),
            }
        }
        *self.last.lock().unwrap() = String::from_utf8_lossy(&request).into_owned();
        self.requests.fetch_add(1, Relaxed);
        let conduct = self.conduct.lock().unwrap();
        let is_hanging = matches!(*conduct, Conduct::Hang);
        let conduct = self.changed.wait_while(conduct, |conduct| matches!(conduct, Conduct::Hang)).unwrap().clone();
        if is_hanging {
            return;
        }
        let Conduct::Answer(status, headers, body) = conduct else { return };
        let len = body.len();
        let head = format!("HTTP/1.1 {status} X\r\n{headers}content-length: {len}\r\nconnection: close\r\n\r\n");
        let _ = stream.write_all((head + &body).as_bytes());
    }
}
