//! Requests and answers, independent of the version of HTTP.

use std::sync::atomic::{AtomicUsize, Ordering};

use hyper::{
    body::Bytes,
    header::{HeaderMap, HeaderName, HeaderValue},
};

/// Builds a request.
#[derive(Clone)]
pub struct Request {
    pub(crate) method: &'static str,
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) host: Option<String>,
    pub(crate) body: Bytes,
    pub(crate) case: usize,
}

impl Request {
    /// A request for this path, which may have a query.
    pub fn get(path: &str) -> Self {
        let case = next_case();
        let target = format!("{path}{}case={case}", if path.contains('?') { '&' } else { '?' });
        Self { method: "GET", target, headers: HeaderMap::new(), host: None, body: Bytes::new(), case }
    }

    /// A request with a form.
    pub fn post(path: &str, form: String) -> Self {
        let request = Self::get(path).header("content-type", "application/x-www-form-urlencoded");
        Self { method: "POST", body: form.into(), ..request }
    }

    /// With this method.
    pub fn method(self, method: &'static str) -> Self {
        Self { method, ..self }
    }

    /// With this token.
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// With an additional header field.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.append(HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value).unwrap());
        self
    }

    /// For another host than the connection's.
    pub fn host(mut self, host: &str) -> Self {
        self.host = Some(host.to_owned());
        self
    }

    /// Its case.
    pub fn case(&self) -> usize {
        self.case
    }
}

/// The `Authorization` fields among these.
pub(crate) fn authorization(headers: &HeaderMap) -> Vec<String> {
    headers.get_all("authorization").iter().map(|value| value.to_str().unwrap().to_owned()).collect()
}

/// Sends these requests at the same time. Returns the answers, each with its request's label.
pub(crate) async fn concurrently<Label, Sent: Future<Output = Answer> + Send + 'static>(
    requests: impl Iterator<Item = (Label, Request)>,
    send: impl Fn(Request) -> Sent,
) -> Vec<(Label, Answer)> {
    let sent: Vec<_> = requests.map(|(label, request)| (label, tokio::spawn(send(request)))).collect();
    let mut answers = Vec::new();
    for (label, answer) in sent {
        answers.push((label, answer.await.unwrap()));
    }
    answers
}

/// A number for a raw request, which has `case=NUMBER` at the end of its target.
pub fn next_case() -> usize {
    static CASE: AtomicUsize = AtomicUsize::new(1);
    CASE.fetch_add(1, Ordering::Relaxed)
}

/// The response to a request.
#[derive(Debug)]
pub struct Answer {
    /// The request's case.
    pub case: usize,
    /// The status code.
    pub status: u16,
    /// The header fields.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// The request's `Authorization` fields.
    pub authorization: Vec<String>,
}

impl Answer {
    /// The values of this header field.
    pub fn header(&self, name: &str) -> Vec<&str> {
        self.headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Parses one answer with a `Content-Length` from these bytes, if it is complete.
    pub(crate) fn parse(bytes: &mut &[u8], case: usize) -> Option<Self> {
        let mut fields = [httparse::EMPTY_HEADER; 32];
        let mut head = httparse::Response::new(&mut fields);
        let httparse::Status::Complete(length) = head.parse(bytes).unwrap() else { return None };
        let headers: HeaderMap = (head.headers.iter())
            .map(|field| (HeaderName::try_from(field.name).unwrap(), HeaderValue::from_bytes(field.value).unwrap()))
            .collect();
        let status = head.code.unwrap();
        let (_, rest) = bytes.split_at(length);
        let (body, rest) = rest.split_at_checked(headers["content-length"].to_str().unwrap().parse().unwrap())?;
        *bytes = rest;
        Some(Self { case, status, headers, body: Bytes::copy_from_slice(body), authorization: vec![] })
    }
}
