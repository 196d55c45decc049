//! An introspection endpoint that answers as a test tells it to, well or badly.

use std::{
    collections::HashMap,
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard},
    thread,
    time::Duration,
};

/// A running endpoint. Each connection has a thread, which ends with the process at the latest.
#[derive(Clone)]
pub struct Endpoint {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    replies: HashMap<String, Reply>,
    default: Option<Reply>,
    questions: Vec<Question>,
    connections: usize,
    silent: usize,
}

/// A request that arrived.
#[derive(Clone, Debug)]
pub struct Question {
    /// The number of its connection.
    pub connection: usize,
    /// The request line and the header, in lower case.
    pub head: String,
    /// The body.
    pub body: String,
    /// The decoded value of `token`, if the body is a form that begins with it.
    pub token: Option<String>,
}

/// The bytes of an answer, and what happens after them.
#[derive(Clone, Debug)]
pub struct Reply {
    bytes: Vec<u8>,
    then: Then,
}

#[derive(Clone, Copy, Debug)]
enum Then {
    KeepAlive,
    Close,
    Hang,
    /// Sends this byte again and again.
    Repeat(u8, Duration),
}

impl Reply {
    /// A response with status 200 and this body.
    pub fn json(body: impl AsRef<str>) -> Self {
        Self::status("200 OK", "application/json", body)
    }

    /// A response with this status, type and body.
    pub fn status(status: &str, kind: &str, body: impl AsRef<str>) -> Self {
        let body = body.as_ref();
        let head = format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n", body.len());
        Self { bytes: (head + body).into_bytes(), then: Then::KeepAlive }
    }

    /// A response with status 200 whose body arrives in chunks of this length.
    pub fn chunked(body: &str, len: usize) -> Self {
        let mut bytes =
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
        for chunk in body.as_bytes().chunks(len) {
            bytes.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
            bytes.extend([chunk, b"\r\n"].concat());
        }
        bytes.extend(b"0\r\n\r\n");
        Self { bytes, then: Then::KeepAlive }
    }

    /// These bytes.
    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), then: Then::KeepAlive }
    }

    /// And then the connection is closed.
    pub fn close(self) -> Self {
        Self { then: Then::Close, ..self }
    }

    /// And then nothing.
    pub fn hang(self) -> Self {
        Self { then: Then::Hang, ..self }
    }

    /// And then this byte again and again, with this pause.
    pub fn repeat(self, byte: u8, pause: Duration) -> Self {
        Self { then: Then::Repeat(byte, pause), ..self }
    }
}

impl Endpoint {
    /// Starts an endpoint on loopback, to which every token is inactive.
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let state = State { default: Some(Reply::json(r#"{"active":false}"#)), ..State::default() };
        let endpoint = Self { address: listener.local_addr().unwrap(), state: Arc::new(Mutex::new(state)) };
        let served = endpoint.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let served = served.clone();
                thread::spawn(move || served.serve(stream.unwrap()));
            }
        });
        endpoint
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The answer to questions about this token from now on.
    pub fn answer(&self, token: &str, reply: Reply) {
        self.state().replies.insert(token.to_owned(), reply);
    }

    /// The answer to questions about every other token from now on.
    pub fn answer_all(&self, reply: Reply) {
        self.state().default = Some(reply);
    }

    /// The questions about this token so far.
    pub fn questions(&self, token: &str) -> Vec<Question> {
        self.state().questions.iter().filter(|question| question.token.as_deref() == Some(token)).cloned().collect()
    }

    /// All questions so far.
    pub fn all_questions(&self) -> Vec<Question> {
        self.state().questions.clone()
    }

    /// The number of connections on which it is silent.
    pub fn silent(&self) -> usize {
        self.state().silent
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn serve(&self, mut stream: TcpStream) {
        let connection = {
            let mut state = self.state();
            state.connections += 1;
            state.connections
        };
        let mut bytes = Vec::new();
        while let Some((head, body)) = read_request(&mut stream, &mut bytes) {
            let token = body.strip_prefix("token=").and_then(|form| decoded(form.split('&').next()?));
            let reply = {
                let mut state = self.state();
                let reply = token.as_ref().and_then(|token| state.replies.get(token)).or(state.default.as_ref());
                let reply = reply.unwrap().clone();
                state.questions.push(Question { connection, head, body, token });
                reply
            };
            if stream.write_all(&reply.bytes).is_err() {
                return;
            }
            match reply.then {
                Then::KeepAlive => {}
                Then::Close => return,
                Then::Hang => {
                    self.state().silent += 1;
                    // Until the other side closes.
                    let _ = stream.read(&mut [0]);
                    self.state().silent -= 1;
                    return;
                }
                Then::Repeat(byte, pause) => {
                    while stream.write_all(&[byte]).is_ok() {
                        thread::sleep(pause);
                    }
                    return;
                }
            }
        }
    }
}

/// Reads one request. `bytes` keeps what follows it.
fn read_request(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<(String, String)> {
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end].to_vec()).unwrap().to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length = length.map_or(0, |length| length.parse().unwrap());
            if let Some(body) = bytes.get(end + 4..end + 4 + length) {
                let body = String::from_utf8(body.to_vec()).unwrap();
                bytes.drain(..end + 4 + length);
                return Some((head, body));
            }
        }
        let mut buffer = [0; 8192];
        let read = stream.read(&mut buffer).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&buffer[..read]);
    }
}

/// The decoded value of a form's parameter.
fn decoded(value: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(str::from_utf8(&digits).ok()?, 16).ok()?
            }
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => byte,
            _ => return None,
        });
    }
    String::from_utf8(bytes).ok()
}
