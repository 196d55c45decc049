//! An HTTP server for a JWK Set, whose answer can be changed.

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

/// The server. Its thread lives until the process ends.
pub struct KeyService {
    port: u16,
    state: Arc<State>,
}

struct State {
    answer: Mutex<(u16, String)>,
    requests: AtomicU64,
    last: Mutex<String>,
}

impl KeyService {
    /// Starts a server that answers with this status and body.
    pub fn start(status: u16, body: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let answer = Mutex::new((status, body.to_owned()));
        let state = Arc::new(State { answer, requests: AtomicU64::new(0), last: Mutex::default() });
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { continue };
                let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
                let mut request = Vec::new();
                let mut part = [0; 4096];
                while !request.ends_with(b"\r\n\r\n") {
                    match stream.read(&mut part) {
                        Ok(0) | Err(_) => break,
                        Ok(len) => request.extend_from_slice(&part[..len]),
                    }
                }
                *shared.last.lock().unwrap() = String::from_utf8_lossy(&request).into_owned();
                shared.requests.fetch_add(1, Relaxed);
                let (status, body) = shared.answer.lock().unwrap().clone();
                let head =
                    format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
                let _ = stream.write_all((head + &body).as_bytes());
            }
        });
        Self { port, state }
    }

    /// Its port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Changes the answer.
    pub fn set(&self, status: u16, body: &str) {
        *self.state.answer.lock().unwrap() = (status, body.to_owned());
    }

    /// How many requests there have been.
    pub fn requests(&self) -> u64 {
        self.state.requests.load(Relaxed)
    }

    /// The head of the last request.
    pub fn last_request(&self) -> String {
        self.state.last.lock().unwrap().clone()
    }
}
