//! One request and its answer: the deadline, the retries, the bounds, and what each status means.

use std::{
    fmt,
    net::IpAddr,
    pin::pin,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use reqwest::{
    Body, Method, Response, Url,
    header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, IF_MATCH, RANGE},
    redirect,
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::time::{sleep, timeout};

use super::{Error, Target, files::STANDSTILL};
use crate::domain::{
    api::{EVENT_ID_HEADER, ErrorBody, ErrorDetail},
    error::code,
    list::Direction,
};

const CONNECT: Duration = Duration::from_secs(2);

const IDLE: Duration = Duration::from_secs(45);

/// Bounds a call with all its retries and the reading of the answer.
const WHOLE_CALL: Duration = Duration::from_secs(10);

/// Waited before the second and the third attempt of a GET.
const PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(400)];

/// The longest answer that is read: a page of a hundred rows of ten megabytes is not one that
/// anybody wants in memory.
const LONGEST_ANSWER: usize = 64 << 20;

pub struct Transport {
    http: reqwest::Client,
    /// Without a slash at its end.
    url: String,
    authorization: HeaderValue,
}

/// A request before it is sent; GETs are sent up to three times from it.
#[derive(Clone, Debug)]
pub struct Call {
    method: Method,
    path: String,
    query: Vec<(&'static str, String)>,
    body: Option<Bytes>,
    /// The version that it is for.
    if_match: Option<HeaderValue>,
    patience: Duration,
}

/// An answer that was a success.
#[derive(Debug)]
pub struct Answer {
    url: String,
    headers: HeaderMap,
    body: Bytes,
}

/// An answer of any status, to a request made without the operator's token.
#[derive(Debug)]
pub struct RawAnswer {
    pub status: u16,
    pub body: Bytes,
}

impl Call {
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), query: Vec::new(), body: None, if_match: None, patience: WHOLE_CALL }
    }

    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    pub fn query(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    /// A page of a list; 1 is the first.
    pub fn page(self, page: u64, limit: u64) -> Self {
        self.query("page", page).query("limit", limit)
    }

    pub fn sorted(self, by: &str, direction: Direction) -> Self {
        let direction = if direction == Direction::Ascending { "asc" } else { "desc" };
        self.query("sortDirection", direction).query("sortBy", by)
    }

    /// A body that is JSON already.
    pub fn bytes(self, json: Bytes) -> Self {
        Self { body: Some(json), ..self }
    }

    /// Only where that version is there: [`Error::is_other_version`] otherwise.
    pub fn if_match(self, tag: Option<HeaderValue>) -> Self {
        Self { if_match: tag, ..self }
    }

    /// For a call that is meant to take its time.
    pub const fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    pub fn body(mut self, body: &impl Serialize) -> Result<Self, Error> {
        let json = serde_json::to_vec(body)
            .map_err(|error| Error::Malformed { url: self.path.clone(), reason: error.to_string() })?;
        self.body = Some(json.into());
        Ok(self)
    }
}

impl Transport {
    pub fn new(target: Target) -> Result<Self, Error> {
        let Target { url, token, socket } = target;
        let url = url.trim_end_matches('/').to_owned();
        let unusable = |reason: String| Error::Malformed { url: url.clone(), reason };

        let parsed = Url::parse(&url).map_err(|error| unusable(format!("not a URL: {error}")))?;
        if !matches!(parsed.scheme(), "http" | "https") || parsed.host_str().is_none() {
            return Err(unusable("not a URL that starts with http:// or https://".into()));
        }
        let mut authorization = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()))
            .map_err(|_| unusable("the operator token holds characters that no token has".into()))?;
        authorization.set_sensitive(true);

        // The only provider compiled in; an error means that it was installed before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            // Before the server gives an idle connection up, which takes it a minute: a request on
            // its way at that moment is lost, and one that is not a read cannot be sent again.
            .pool_idle_timeout(IDLE)
            // A redirect would carry the operator's token to wherever it points.
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .user_agent(concat!("bkend/", env!("CARGO_PKG_VERSION")));
        if parsed.scheme() == "http" {
            // Nothing to verify, so the system's certificates are not read: they cost milliseconds
            // of a console's first frame, and a machine without any would fail here.
            builder = builder.tls_certs_only([]);
        }
        if is_loopback(&parsed) {
            // A proxy of the machine cannot reach the machine's own loopback address.
            builder = builder.no_proxy();
        }
        if let Some(socket) = socket {
            builder = builder.unix_socket(socket);
        }
        let http = builder.build().map_err(|error| unusable(reason(&error)))?;
        Ok(Self { http, url, authorization })
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Sends a call as the operator.
    pub async fn send(&self, call: Call) -> Result<Answer, Error> {
        let attempts = async {
            let mut pauses = PAUSES.into_iter();
            loop {
                let result = self.attempt(&call).await;
                let again = call.method == Method::GET && result.as_ref().is_err_and(is_passing);
                match pauses.next().filter(|_| again) {
                    Some(pause) => sleep(pause).await,
                    None => return result,
                }
            }
        };
        timeout(call.patience, attempts).await.unwrap_or_else(|_| Err(self.timed_out(call.patience)))
    }

    /// Sends a request with these headers alone, once, and hands back whatever is answered.
    pub async fn send_as(&self, call: Call, headers: HeaderMap) -> Result<RawAnswer, Error> {
        let attempt = async {
            let response = self.start(&call, headers).await?;
            let status = response.status().as_u16();
            Ok(RawAnswer { status, body: self.read(response).await? })
        };
        timeout(WHOLE_CALL, attempt).await.unwrap_or_else(|_| Err(self.timed_out(WHOLE_CALL)))
    }

    /// Opens the event stream; only the time to its first byte is bounded here.
    pub async fn open_stream(&self, path: &str, last_event_id: Option<u64>) -> Result<Response, Error> {
        let mut headers = self.operator();
        headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
        if let Some(id) = last_event_id {
            headers.insert("last-event-id", id.into());
        }
        let open = async {
            let response = self.start(&Call::get(path), headers).await?;
            self.refuse_failures(response).await
        };
        timeout(WHOLE_CALL, open).await.unwrap_or_else(|_| Err(self.timed_out(WHOLE_CALL)))
    }

    /// Sends a body of this length as it is read; ends when nothing of it moves any more.
    pub async fn put(&self, path: &str, body: Body, length: u64, sent: &AtomicU64) -> Result<String, Error> {
        let request = self.http.put(format!("{}{path}", self.url)).header(CONTENT_LENGTH, length).body(body).send();
        let mut request = pin!(request);
        let mut before = sent.load(Ordering::Relaxed);
        let response = loop {
            match timeout(STANDSTILL, request.as_mut()).await {
                Ok(answered) => break answered.map_err(|error| self.unreachable(&error))?,
                Err(_) if sent.load(Ordering::Relaxed) == before => return Err(self.stood_still()),
                Err(_) => before = sent.load(Ordering::Relaxed),
            }
        };
        let response = self.refuse_failures(response).await?;
        let etag = response.headers().get(ETAG).and_then(|tag| tag.to_str().ok());
        etag.map(str::to_owned).ok_or_else(|| self.malformed("it took the bytes and answered no ETag"))
    }

    /// Asks for bytes without a credential, or for those of a range (`bytes=0-99`); only the time to
    /// the first of them is bounded here.
    pub async fn fetch(&self, path: &str, range: Option<&str>) -> Result<Response, Error> {
        let range = range.and_then(|range| Some((RANGE, HeaderValue::from_str(range).ok()?)));
        let open = async {
            let response = self.start(&Call::get(path), HeaderMap::from_iter(range)).await?;
            self.refuse_failures(response).await
        };
        timeout(WHOLE_CALL, open).await.unwrap_or_else(|_| Err(self.timed_out(WHOLE_CALL)))
    }

    pub fn stood_still(&self) -> Error {
        Error::TimedOut { url: self.url.clone(), seconds: STANDSTILL.as_secs() }
    }

    pub fn malformed(&self, reason: impl Into<String>) -> Error {
        Error::Malformed { url: self.url.clone(), reason: reason.into() }
    }

    pub fn unreachable(&self, error: &reqwest::Error) -> Error {
        if error.is_timeout() && !error.is_connect() {
            return self.timed_out(WHOLE_CALL);
        }
        Error::Unreachable { url: self.url.clone(), reason: reason(error) }
    }

    /// The server's sentence is for who writes requests; this is for who runs a command.
    fn refuses_the_token(&self) -> String {
        format!(
            "{} refuses the operator token: set BKEND_TOKEN to what operator.token in its data directory holds",
            self.url
        )
    }

    fn timed_out(&self, patience: Duration) -> Error {
        Error::TimedOut { url: self.url.clone(), seconds: patience.as_secs() }
    }

    fn operator(&self) -> HeaderMap {
        HeaderMap::from_iter([(AUTHORIZATION, self.authorization.clone())])
    }

    async fn attempt(&self, call: &Call) -> Result<Answer, Error> {
        let response = self.start(call, self.operator()).await?;
        let response = self.refuse_failures(response).await?;
        let headers = response.headers().clone();
        let body = self.read(response).await?;
        Ok(Answer { url: self.url.clone(), headers, body })
    }

    async fn start(&self, call: &Call, headers: HeaderMap) -> Result<Response, Error> {
        let mut request = self.http.request(call.method.clone(), format!("{}{}", self.url, call.path)).headers(headers);
        if !call.query.is_empty() {
            request = request.query(&call.query);
        }
        if let Some(tag) = &call.if_match {
            request = request.header(IF_MATCH, tag);
        }
        if let Some(body) = &call.body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        request.send().await.map_err(|error| self.unreachable(&error))
    }

    async fn read(&self, mut response: Response) -> Result<Bytes, Error> {
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.unreachable(&error))? {
            if body.len() + chunk.len() > LONGEST_ANSWER {
                return Err(self.malformed(format!("its answer is longer than {} MiB", LONGEST_ANSWER >> 20)));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }

    /// Passes a success on and turns every other status into its error.
    async fn refuse_failures(&self, response: Response) -> Result<Response, Error> {
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        if status.is_redirection() {
            let to = response.headers().get("location").and_then(|value| value.to_str().ok()).unwrap_or("elsewhere");
            return Err(self.malformed(format!("it redirects to {to}")));
        }
        let body = self.read(response).await?;
        let ErrorDetail { code, message, details } = match serde_json::from_slice(&body) {
            Ok(ErrorBody { error }) => error,
            // A proxy in front of a server that is down answers in its own words.
            Err(_) if status.is_server_error() => ErrorDetail {
                code: code::INTERNAL.to_owned(),
                message: format!(
                    "{}; a proxy at {} may have no server behind it: start the server, or try again",
                    status.canonical_reason().unwrap_or("no explanation given"),
                    self.url
                ),
                details: Vec::new(),
            },
            Err(_) => return Err(self.malformed(format!("{status} without an explanation"))),
        };
        let status = status.as_u16();
        Err(match status {
            401 => Error::Unauthorized { status, code, message: self.refuses_the_token() },
            403 => Error::Unauthorized { status, code, message },
            500.. => Error::Server { status, code, message },
            // No resource is missing but the path itself: of a URL that says too much, or another version.
            404 if code == code::NOT_FOUND => self.malformed("it has nothing at the path of the management API"),
            _ => Error::Refused { status, code, message, details },
        })
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Answer {
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|error| self.malformed(&error))
    }

    /// What the data plane answers: the payload in `data`, and spliced beside it for apps that
    /// never unwrap.
    pub fn enveloped<T: DeserializeOwned>(&self) -> Result<T, Error> {
        #[derive(Deserialize)]
        struct Envelope<T> {
            data: T,
        }
        self.json::<Envelope<T>>().map(|envelope| envelope.data)
    }

    pub fn etag(&self) -> Option<&HeaderValue> {
        self.headers.get(ETAG)
    }

    pub fn event_id(&self) -> Option<u64> {
        self.headers.get(EVENT_ID_HEADER)?.to_str().ok()?.parse().ok()
    }

    fn malformed(&self, error: &serde_json::Error) -> Error {
        Error::Malformed { url: self.url.clone(), reason: format!("its answer cannot be read: {error}") }
    }
}

/// Whether another attempt may meet a better moment.
fn is_passing(error: &Error) -> bool {
    matches!(error, Error::Unreachable { .. } | Error::Server { status: 502..=504, .. })
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    address.map_or_else(|_| host == "localhost" || host.ends_with(".localhost"), |address| address.is_loopback())
}

/// The innermost cause: the outer ones only say that a request failed.
fn reason(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
