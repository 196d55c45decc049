//! One request on one TLS connection, and its answer up to a limit.
//!
//! A new connection for each request costs little at intervals of minutes, and leaves no state between attempts. Nothing
//! here limits the time: the caller drops the future, which closes the connection, wherever the server has stalled it.

use std::sync::Arc;

use certbound::limits;
use http::{
    HeaderMap, HeaderValue, Method, Request, StatusCode,
    header::{
        ACCEPT, ACCEPT_ENCODING, CONNECTION, CONTENT_ENCODING, CONTENT_TYPE, HOST, HeaderName, IF_NONE_MATCH,
        USER_AGENT,
    },
};
use http_body_util::{BodyExt, Full};
use hyper::{
    body::{Body, Bytes, Incoming},
    client::conn::http1,
};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::{net::TcpStream, task::JoinSet};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{
    https_url::HttpsUrl,
    problem::{Problem, Reason, causes},
    tcp::{self, Unreachable},
};
use crate::json::{excerpt, quote};

/// The answer to a request.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// Empty if it was not read.
    pub(crate) body: Bytes,
}

/// Requests a JSON document, unless it still has this entity tag. The body is read only if the status is 200.
pub(crate) async fn get(
    tls: &Arc<ClientConfig>,
    url: &HttpsUrl,
    entity_tag: Option<&HeaderValue>,
) -> Result<Answer, Problem> {
    let header = entity_tag.map(|tag| (IF_NONE_MATCH, tag.clone()));
    let request = request(Method::GET, url, header, Bytes::new())?;
    send(tls, url, request, |status| status == StatusCode::OK).await
}

/// Posts a form, as to a token endpoint (RFC 6749 §3.2), whose answer has a body with any status.
pub(crate) async fn post_form(tls: &Arc<ClientConfig>, url: &HttpsUrl, form: String) -> Result<Answer, Problem> {
    let header = (CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    let request = request(Method::POST, url, Some(header), form.into())?;
    send(tls, url, request, |_| true).await
}

async fn send(
    tls: &Arc<ClientConfig>,
    url: &HttpsUrl,
    request: Request<Full<Bytes>>,
    has_body: fn(StatusCode) -> bool,
) -> Result<Answer, Problem> {
    let stream = connect_tls(tls, url).await?;
    let malformed = |error: hyper::Error| {
        Problem::new(
            Reason::AnswerMalformed,
            format!("{url}: no HTTP answer: {}; expected one; check the URL and the server", causes(&error)),
        )
    };
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(malformed)?;
    // Dropping the set ends the connection, also if this future is dropped.
    let mut background = JoinSet::new();
    background.spawn(connection);
    let answer = sender.send_request(request).await.map_err(malformed)?;
    let (head, body) = answer.into_parts();
    let body = if has_body(head.status) {
        check_encoding(url, &head.headers)?;
        read(url, body).await?
    } else {
        Bytes::new()
    };
    Ok(Answer { status: head.status, headers: head.headers, body })
}

fn request(
    method: Method,
    url: &HttpsUrl,
    header: Option<(HeaderName, HeaderValue)>,
    body: Bytes,
) -> Result<Request<Full<Bytes>>, Problem> {
    let mut request = Request::builder()
        .method(method)
        .uri(url.target())
        .header(HOST, url.authority())
        .header(USER_AGENT, concat!("certbound/", env!("CARGO_PKG_VERSION")))
        .header(ACCEPT, "application/json, application/jwk-set+json")
        // A compressed answer of 256 KiB could expand to hundreds of megabytes.
        .header(ACCEPT_ENCODING, "identity")
        .header(CONNECTION, "close");
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    request.body(Full::new(body)).map_err(|error| {
        let text = format!("{url}: this URL cannot be requested: {error}; expected an https URL; correct it");
        Problem::new(Reason::AnswerMalformed, text)
    })
}

async fn connect_tls(tls: &Arc<ClientConfig>, url: &HttpsUrl) -> Result<TlsStream<TcpStream>, Problem> {
    let failed = |error: String| {
        let text = format!(
            "{url}: the TLS handshake failed: {error}; expected a valid certificate for {} from a known authority; \
            check the URL, or pass the file of the server's authority with --ca",
            url.host()
        );
        Problem::new(Reason::TlsFailed, text)
    };
    let name = ServerName::try_from(url.host().to_owned()).map_err(|error| failed(error.to_string()))?;
    let stream = connect(url).await?;
    TlsConnector::from(tls.clone()).connect(name, stream).await.map_err(|error| failed(causes(&error)))
}

async fn connect(url: &HttpsUrl) -> Result<TcpStream, Problem> {
    tcp::connect(url).await.map_err(|unreachable| match unreachable {
        Unreachable::Name(error) => {
            let text = format!("{url}: {error}; expected an address of {}; check the URL and the DNS", url.host());
            Problem::new(Reason::NameNotResolved, text)
        }
        Unreachable::Addresses(failures) => {
            let text = format!(
                "{url}: no connection: {failures}; expected a server that accepts one; check the URL, the server and firewalls"
            );
            Problem::new(Reason::ConnectionFailed, text)
        }
    })
}

fn check_encoding(url: &HttpsUrl, headers: &HeaderMap) -> Result<(), Problem> {
    let is_identity = |value: &&HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"identity");
    match headers.get_all(CONTENT_ENCODING).iter().find(|value| !is_identity(value)) {
        None => Ok(()),
        Some(encoding) => {
            let encoding = excerpt(&quote(&String::from_utf8_lossy(encoding.as_bytes())));
            let text = format!(
                "{url}: the answer is encoded as {encoding} although nothing but identity was accepted; expected plain JSON; \
                turn off compression for this URL on the server"
            );
            Err(Problem::new(Reason::EncodingUnsupported, text))
        }
    }
}

/// Reads a body of at most [`limits::JSON_LEN`] bytes.
async fn read(url: &HttpsUrl, mut body: Incoming) -> Result<Bytes, Problem> {
    let too_long = || {
        let text = format!("{url}: the answer has more than 256 KiB; expected a JWK Set or metadata; check the URL");
        Problem::new(Reason::AnswerTooLong, text)
    };
    if body.size_hint().lower() > u64::try_from(limits::JSON_LEN).unwrap_or(u64::MAX) {
        return Err(too_long());
    }
    let mut content = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            let text = format!(
                "{url}: the answer ends too early: {}; expected all of it; check the server, or proxies in front of it",
                causes(&error)
            );
            Problem::new(Reason::AnswerTruncated, text)
        })?;
        // Trailers are ignored.
        let data = frame.into_data().unwrap_or_default();
        if content.len().saturating_add(data.len()) > limits::JSON_LEN {
            return Err(too_long());
        }
        content.extend_from_slice(&data);
    }
    Ok(content.into())
}
