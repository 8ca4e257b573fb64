//! One request to a forge: who asks, how long a wait for fewer requests may be, and what a refusal means.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use plimsoll_engine::world::forge_error::ForgeError;
use plimsoll_http::error::StatusError;
use plimsoll_http::request::Credential;
use plimsoll_http::retry::{Repeat, Verdict, judge};
use plimsoll_http::{Body, Bytes, HeaderMap, HeaderName, HeaderValue, HttpError, Method};
use plimsoll_http::{Request, Response, StatusCode, Transport, Url, header};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The longest answer that is read, in bytes: a hundred releases with their notes and files.
const ANSWER_LIMIT: u64 = 32 * 1024 * 1024;
/// How often a request is sent that the forge has no time for.
const ATTEMPTS: u32 = 4;
/// The wait after a refusal for too many requests that names none (GitHub: "at least one minute").
const UNNAMED_WAIT: Duration = Duration::from_secs(60);
/// How much of an answer that can't be understood is quoted, in characters.
const QUOTE: usize = 200;

/// What every request to a forge has in common.
#[derive(Debug)]
pub(super) struct Client {
    transport: Transport,
    api: Url,
    /// How messages name the forge.
    shown: String,
    credential: Option<Credential>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// What is asked: a method, a path below the interface's root, and perhaps a body.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) body: Option<(Bytes, &'static str)>,
    pub(super) repeat: Repeat,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    /// What is done, as messages say it: "publish the page of v1.0.0".
    pub(super) act: String,
}

impl Call {
    /// A read.
    pub(super) fn get(url: Url, act: impl Into<String>) -> Call {
        Call::new(Method::GET, url, Repeat::Harmless, act)
    }

    /// Any other call.
    pub(super) fn new(method: Method, url: Url, repeat: Repeat, act: impl Into<String>) -> Call {
        Call { method, url, body: None, repeat, headers: Vec::new(), act: act.into() }
    }

    /// With a JSON body.
    #[must_use]
    pub(super) fn json(mut self, value: &Value) -> Call {
        self.body = Some((value.to_string().into(), "application/json"));
        self
    }

    /// With a body of bytes.
    #[must_use]
    pub(super) fn bytes(mut self, bytes: Bytes, media_type: &'static str) -> Call {
        self.body = Some((bytes, media_type));
        self
    }
}

impl Client {
    pub(super) fn new(
        transport: Transport,
        api: &Url,
        credential: Option<Credential>,
        headers: Vec<(HeaderName, HeaderValue)>,
    ) -> Client {
        let shown = api.host_str().unwrap_or_default().to_owned();
        let shown = api.port().map_or_else(|| shown.clone(), |port| format!("{shown}:{port}"));
        Client { transport, api: api.clone(), shown, credential, headers }
    }

    /// True if there is a token.
    pub(super) fn knows_who_asks(&self) -> bool {
        self.credential.is_some()
    }

    /// A URL below the interface's root, each part percent-encoded.
    pub(super) fn url(&self, parts: &[&str]) -> Url {
        let mut url = self.api.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(parts);
        }
        url
    }

    /// The answer as JSON; `None` is 404.
    pub(super) async fn find<T: DeserializeOwned>(&self, call: Call) -> Result<Option<T>, ForgeError> {
        Ok(self.find_page(call).await?.map(|(value, _)| value))
    }

    /// The same with the headers, which name the next page of a list.
    pub(super) async fn find_page<T: DeserializeOwned>(
        &self,
        call: Call,
    ) -> Result<Option<(T, HeaderMap)>, ForgeError> {
        let act = call.act.clone();
        let answer = self.send(call).await?;
        match answer.status() {
            StatusCode::NOT_FOUND => Ok(None),
            status if status.is_success() => self.decode(answer, &act).await.map(Some),
            _ => Err(self.refusal(answer, &act).await),
        }
    }

    /// The answer as JSON.
    pub(super) async fn read<T: DeserializeOwned>(&self, call: Call) -> Result<(T, HeaderMap), ForgeError> {
        let act = call.act.clone();
        let answer = self.send(call).await?;
        match answer.status().is_success() {
            true => self.decode(answer, &act).await,
            false => Err(self.refusal(answer, &act).await),
        }
    }

    /// An act whose answer says nothing that matters. What is to be taken away and is gone already is no error.
    pub(super) async fn act(&self, call: Call) -> Result<(), ForgeError> {
        let (act, removes) = (call.act.clone(), call.method == Method::DELETE);
        let answer = self.send(call).await?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            StatusCode::NOT_FOUND if removes => Ok(()),
            _ => Err(self.refusal(answer, &act).await),
        }
    }

    /// Sends, and waits as long as the forge asks for, within patience.
    pub(super) async fn send(&self, call: Call) -> Result<Response, ForgeError> {
        let settings = self.transport.settings();
        let (clock, patience) = (&settings.clock, settings.retry.patience);
        for attempt in 1.. {
            let answer = self
                .transport
                .send(self.request(&call))
                .await
                .map_err(|error| self.explain(&error, &call))?;
            if !matches!(answer.status(), StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS) {
                return Ok(answer);
            }
            let (status, headers) = (answer.status(), answer.headers().clone());
            let refusal = answer.refusal().await;
            let Some(wait) = find_wait(status, &headers, &refusal.body, clock.now()) else {
                return Err(self.denied(&refusal, &call.act));
            };
            if wait > patience || attempt >= ATTEMPTS {
                let why = format!("it wants a wait of {} s", wait.as_secs());
                return Err(ForgeError::Busy { forge: self.shown.clone(), why });
            }
            clock.sleep(wait).await;
        }
        unreachable!("the loop above only returns")
    }

    fn request(&self, call: &Call) -> Request {
        let mut request = Request::new(call.method.clone(), call.url.clone(), call.repeat)
            .credential(self.credential.clone())
            .judge(judge_forge);
        for (name, value) in self.headers.iter().chain(&call.headers) {
            // What a call wants to be answered with takes the place of what is usual.
            let replaced = call.headers.iter().any(|(own, _)| own == name);
            if !replaced || call.headers.contains(&(name.clone(), value.clone())) {
                request = request.header(name.clone(), value.clone());
            }
        }
        match &call.body {
            Some((bytes, media_type)) => {
                request.body(Body::Bytes(bytes.clone()), HeaderValue::from_static(media_type))
            }
            None => request,
        }
    }

    async fn decode<T: DeserializeOwned>(
        &self,
        answer: Response,
        act: &str,
    ) -> Result<(T, HeaderMap), ForgeError> {
        let headers = answer.headers().clone();
        let rejected =
            |why: String| ForgeError::Rejected { forge: self.shown.clone(), act: act.to_owned(), why };
        let bytes = answer.bytes(ANSWER_LIMIT).await.map_err(|error| rejected(error.to_string()))?;
        let value = serde_json::from_slice(&bytes)
            .map_err(|error| rejected(format!("its answer can't be understood: {error}")))?;
        Ok((value, headers))
    }

    /// What a refusal means.
    pub(super) async fn refusal(&self, answer: Response, act: &str) -> ForgeError {
        let refusal = answer.refusal().await;
        let (forge, act, why) = (self.shown.clone(), act.to_owned(), describe(refusal.status, &refusal.body));
        match refusal.status {
            StatusCode::UNAUTHORIZED => ForgeError::Unauthorized { forge, act, why },
            // Forges hide from strangers that a repository is there.
            StatusCode::NOT_FOUND if self.credential.is_none() => {
                ForgeError::Unauthorized { forge, act, why: format!("{why}, to those without a token") }
            }
            StatusCode::NOT_FOUND => {
                ForgeError::Denied { forge, act, why: format!("{why}, or not for this token") }
            }
            _ => ForgeError::Rejected { forge, act, why },
        }
    }

    /// A stream of bytes that broke off.
    pub(super) fn broken(&self, error: &HttpError, act: &str) -> ForgeError {
        match error.is_temporary() {
            true => ForgeError::Unreachable { forge: self.shown.clone(), why: error.to_string() },
            false => self.rejected(act, &error.to_string()),
        }
    }

    /// What can't be asked without a token.
    pub(super) fn tokenless(&self, act: &str) -> ForgeError {
        let (forge, act, why) = (self.shown.clone(), act.to_owned(), "there is no token".to_owned());
        ForgeError::Unauthorized { forge, act, why }
    }

    /// What the forge does not let this token do.
    pub(super) fn forbidden(&self, act: &str, why: &str) -> ForgeError {
        ForgeError::Denied { forge: self.shown.clone(), act: act.to_owned(), why: why.to_owned() }
    }

    /// Something that the forge did not do as it should.
    pub(super) fn rejected(&self, act: &str, why: &str) -> ForgeError {
        ForgeError::Rejected { forge: self.shown.clone(), act: act.to_owned(), why: why.to_owned() }
    }

    fn denied(&self, refusal: &StatusError, act: &str) -> ForgeError {
        let (forge, act, why) = (self.shown.clone(), act.to_owned(), describe(refusal.status, &refusal.body));
        match self.credential {
            Some(_) => ForgeError::Denied { forge, act, why },
            None => ForgeError::Unauthorized { forge, act, why },
        }
    }

    fn explain(&self, error: &HttpError, call: &Call) -> ForgeError {
        let forge = self.shown.clone();
        match error {
            HttpError::Status(refusal) => {
                ForgeError::Unreachable { forge, why: describe(refusal.status, &refusal.body) }
            }
            HttpError::Unreachable { why, detail, .. } => {
                ForgeError::Unreachable { forge, why: format!("{why}: {detail}") }
            }
            other => ForgeError::Rejected { forge, act: call.act.clone(), why: other.to_string() },
        }
    }
}

/// As HTTP has it, but limits are judged here, by headers that nobody else knows.
fn judge_forge(refusal: &StatusError) -> Verdict {
    match refusal.status {
        StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS => Verdict::Final,
        _ => judge(refusal),
    }
}

/// How long a forge wants to be left alone; `None` if that is not what it refuses for. As GitHub has it: `Retry-After`,
/// else until `x-ratelimit-reset` if nothing remains, else a minute.
fn find_wait(status: StatusCode, headers: &HeaderMap, body: &str, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    if let Some(wait) =
        text("retry-after").and_then(|value| plimsoll_http::retry::parse_retry_after(value, now))
    {
        return Some(wait);
    }
    if text("x-ratelimit-remaining") == Some("0") {
        let reset = text("x-ratelimit-reset").and_then(|value| value.parse().ok()).map(Duration::from_secs);
        let reset = reset.and_then(|reset| UNIX_EPOCH.checked_add(reset));
        return Some(reset.map_or(UNNAMED_WAIT, |reset| reset.duration_since(now).unwrap_or_default()));
    }
    let says_so = body.contains("secondary rate limit") || body.contains("rate limit exceeded");
    (status == StatusCode::TOO_MANY_REQUESTS || says_so).then_some(UNNAMED_WAIT)
}

/// The status, and what the forge says of it. GitHub and Gitea have a `message`, and perhaps `errors`; GitLab's `message` may
/// be lists by field, and where a token is refused it is `error` and `error_description`.
fn describe(status: StatusCode, body: &str) -> String {
    let said = serde_json::from_str::<Value>(body).unwrap_or_default();
    let mut texts = Vec::new();
    for key in ["message", "error", "error_description"] {
        collect_texts(&said[key], &mut texts);
    }
    let details = said["errors"].as_array().into_iter().flatten().filter_map(|detail| {
        let part = |name: &str| detail.get(name).and_then(Value::as_str);
        detail.as_str().or_else(|| part("message")).or_else(|| part("code"))
    });
    let details: Vec<&str> = details.collect();
    let message: String = texts.join(": ").chars().take(QUOTE).collect();
    match (message.is_empty(), details.is_empty()) {
        (true, _) => status.to_string(),
        (false, true) => format!("{}: {message}", status.as_u16()),
        (false, false) => format!("{}: {message}: {}", status.as_u16(), details.join(", ")),
    }
}

/// Every text in a value, each list under its field's name.
fn collect_texts<'a>(value: &'a Value, texts: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(list) => list.iter().for_each(|value| collect_texts(value, texts)),
        Value::Object(fields) => {
            for (name, value) in fields {
                texts.push(name);
                collect_texts(value, texts);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The next page of a list (RFC 8288), if it is of the same forge.
pub(super) fn find_next(headers: &HeaderMap, of: &Url) -> Option<Url> {
    let links = headers.get_all(header::LINK).iter().filter_map(|value| value.to_str().ok());
    let next = links.flat_map(|links| links.split(',')).find_map(|link| {
        let (target, parameters) = link.split_once(';')?;
        let next =
            parameters.split(';').any(|parameter| matches!(parameter.trim(), "rel=\"next\"" | "rel=next"));
        next.then(|| target.trim().strip_prefix('<')?.strip_suffix('>'))?
    })?;
    of.join(next).ok().filter(|next| next.origin() == of.origin())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn waits_as_long_as_the_forge_says() {
        let now = UNIX_EPOCH + Duration::from_secs(1000);
        let (forbidden, many) = (StatusCode::FORBIDDEN, StatusCode::TOO_MANY_REQUESTS);
        let seconds = |status, pairs: &[(&'static str, &'static str)], body| {
            find_wait(status, &headers(pairs), body, now).map(|wait| wait.as_secs())
        };
        assert_eq!(seconds(forbidden, &[("retry-after", "7")], ""), Some(7));
        let spent = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1030")];
        assert_eq!(seconds(forbidden, &spent, ""), Some(30));
        let left = [("x-ratelimit-remaining", "9"), ("x-ratelimit-reset", "1030")];
        assert_eq!(seconds(forbidden, &left, "Resource not accessible by integration"), None);
        assert_eq!(seconds(forbidden, &left, "You have exceeded a secondary rate limit."), Some(60));
        assert_eq!(seconds(many, &[], ""), Some(60));
    }

    #[test]
    fn refusals_are_told_in_each_forges_way() {
        let told = |body: &str| describe(StatusCode::UNPROCESSABLE_ENTITY, body);
        for (body, want) in [
            (
                r#"{"message":"Validation Failed","errors":[{"code":"already_exists"}]}"#,
                "Validation Failed: already_exists",
            ),
            (r#"{"message":"Release is has no Tag"}"#, "Release is has no Tag"),
            (r#"{"message":{"base":["Ref is not specified"]}}"#, "base: Ref is not specified"),
            (
                r#"{"error":"insufficient_scope","error_description":"more is needed","scope":"api"}"#,
                "insufficient_scope: more is needed",
            ),
        ] {
            assert_eq!(told(body), format!("422: {want}"));
        }
        assert_eq!(told("<html>"), "422 Unprocessable Entity");
    }

    #[test]
    fn pages_of_lists_stay_on_the_forge() {
        let of: Url = "https://api.github.com/repos/a/b/releases".parse().unwrap();
        let next = |link| find_next(&headers(&[("link", link)]), &of).map(String::from);
        let both = "<https://api.github.com/x?page=2>; rel=\"next\", <https://api.github.com/x?page=9>; rel=\"last\"";
        assert_eq!(next(both).as_deref(), Some("https://api.github.com/x?page=2"));
        assert_eq!(next("<https://evil.example/x?page=2>; rel=\"next\""), None);
        assert_eq!(next("<https://api.github.com/x?page=1>; rel=\"prev\""), None);
    }
}
