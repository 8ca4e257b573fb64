//! The transport against a server that misbehaves on purpose.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use futures_util::{StreamExt, stream};
use plimsoll_http::clock::Clock;
use plimsoll_http::limit::{ERROR_BODY, Timeouts};
use plimsoll_http::profile::{HostProfile, HostProfiles, Wire};
use plimsoll_http::proxy::Proxies;
use plimsoll_http::redirect::{RedirectRefusal, Redirects};
use plimsoll_http::request::{Body, Credential};
use plimsoll_http::retry::Verdict;
use plimsoll_http::{
    Bytes, HeaderValue, HttpError, Method, Repeat, Request, Secret, Settings, Transport, Unreachable, Url,
    header,
};
use plimsoll_testkit::fault_registry::wire::{Admission, Answer, Delivery, Head, Service, WireServer};

/// Does not wait, and remembers how long it would have.
#[derive(Debug, Default)]
struct PatientClock(Mutex<Vec<Duration>>);

impl Clock for PatientClock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }

    fn sleep(&self, duration: Duration) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.0.lock().expect("no test panics while it holds the lock").push(duration);
        Box::pin(std::future::ready(()))
    }
}

fn settings() -> (Settings, Arc<PatientClock>) {
    let clock = Arc::new(PatientClock::default());
    (Settings { clock: clock.clone(), ..Settings::new("plimsoll/test") }, clock)
}

fn transport() -> Transport {
    Transport::new(settings().0)
}

fn url(text: &str) -> Url {
    Url::parse(text).expect("tests write whole URLs")
}

/// Answers each request with the next of the answers, the last one for ever; counts.
fn scripted(answers: Vec<Answer>) -> (WireServer, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&count);
    let server = WireServer::start(move |_: &Head, _: &[u8]| {
        let at = seen.fetch_add(1, Ordering::SeqCst);
        answers[at.min(answers.len() - 1)].clone()
    });
    (server, count)
}

#[tokio::test]
async fn repeats_a_read_until_it_succeeds() {
    let busy = Answer::status(503).header("Retry-After", "7");
    let (server, count) = scripted(vec![busy, Answer::status(500), Answer::status(200).body("here")]);
    let (settings, clock) = settings();
    let answer = Transport::new(settings).send(Request::get(url(&server.url("/")))).await.unwrap();
    assert_eq!(answer.bytes(10).await.unwrap(), "here");
    assert_eq!(count.load(Ordering::SeqCst), 3);
    let waits = clock.0.lock().unwrap().clone();
    assert!(waits[0] >= Duration::from_secs(7) && waits[0] < Duration::from_secs(8), "{waits:?}");
    assert!(waits[1] < Duration::from_secs(1), "{waits:?}");
}

#[tokio::test]
async fn gives_up_after_the_last_attempt_with_what_the_server_said() {
    let (server, count) = scripted(vec![Answer::status(503).header("Retry-After", "1").body("come back")]);
    let failure = transport().send(Request::get(url(&server.url("/")))).await.unwrap_err();
    let HttpError::Status(refusal) = failure else { panic!("{failure}") };
    assert_eq!(refusal.body, "come back");
    assert_eq!(refusal.retry_after, Some(Duration::from_secs(1)));
    assert_eq!(count.load(Ordering::SeqCst), 5);
}

#[tokio::test]
async fn does_not_wait_longer_than_patience() {
    let (server, count) = scripted(vec![Answer::status(429).header("Retry-After", "86400")]);
    let failure = transport().send(Request::get(url(&server.url("/")))).await.unwrap_err();
    assert!(failure.is_temporary(), "{failure}");
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_final_refusal_comes_back_as_an_answer_with_its_body() {
    for status in [400, 401, 403, 404, 405, 409, 413] {
        let (server, count) = scripted(vec![Answer::status(status).body("why")]);
        let answer = transport().send(Request::get(url(&server.url("/")))).await.unwrap();
        assert_eq!(answer.status(), status);
        assert_eq!(answer.refusal().await.body, "why", "{status}");
        assert_eq!(count.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test]
async fn what_has_an_effect_is_repeated_only_if_it_had_none() {
    let lost = Answer::status(201).delivered(Delivery::Lost);
    let cases = [
        (Answer::status(429), 5),
        (Answer::status(503).header("Retry-After", "0"), 5),
        (Answer::status(503), 1),
        (Answer::status(500), 1),
        (lost.clone(), 1),
    ];
    for (answer, wanted) in cases {
        let (server, count) = scripted(vec![answer.clone()]);
        let request = Request::new(Method::POST, url(&server.url("/")), Repeat::OnlyIfNotHandled);
        assert!(transport().send(request).await.is_err());
        assert_eq!(count.load(Ordering::SeqCst), wanted, "{answer:?}");
    }
    let (server, count) = scripted(vec![lost]);
    let request = Request::new(Method::PUT, url(&server.url("/")), Repeat::Harmless);
    assert!(transport().send(request).await.is_err());
    assert_eq!(count.load(Ordering::SeqCst), 5);
}

#[tokio::test]
async fn a_caller_may_judge_by_the_body() {
    let (server, count) = scripted(vec![Answer::status(403).body("slow down"), Answer::status(200)]);
    let request = Request::get(url(&server.url("/"))).judge(|refusal| match refusal.body.contains("slow") {
        true => Verdict::Temporary { wait: Some(Duration::from_secs(3)) },
        false => Verdict::Final,
    });
    let (settings, clock) = settings();
    assert!(Transport::new(settings).send(request).await.unwrap().status().is_success());
    assert_eq!(count.load(Ordering::SeqCst), 2);
    assert!(clock.0.lock().unwrap()[0] >= Duration::from_secs(3));
}

#[tokio::test]
async fn a_credential_stays_at_its_origin() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let listen = |name: &'static str, answer: Answer| {
        let heard = Arc::clone(&heard);
        WireServer::start(move |head: &Head, _: &[u8]| {
            heard.lock().unwrap().push((
                name,
                head.path.clone(),
                head.header("authorization").map(str::to_owned),
            ));
            match head.path.as_str() {
                "/start" => Answer::status(307).header("Location", "/second"),
                _ => answer.clone(),
            }
        })
    };
    let other = listen("other", Answer::status(200).body("end"));
    let own = listen("own", Answer::status(302).header("Location", other.url("/end")));
    let request = Request::get(url(&own.url("/start")))
        .credential(Some(Credential::basic("user", &Secret::new("word"))));
    let answer = transport().send(request).await.unwrap();
    assert_eq!(answer.url().as_str(), other.url("/end"));
    assert_eq!(answer.bytes(9).await.unwrap(), "end");
    let basic = Some("Basic dXNlcjp3b3Jk".to_owned());
    assert_eq!(
        *heard.lock().unwrap(),
        [
            ("own", "/start".to_owned(), basic.clone()),
            ("own", "/second".to_owned(), basic),
            ("other", "/end".to_owned(), None),
        ]
    );
}

#[tokio::test]
async fn redirects_are_bounded() {
    let (server, count) = scripted(vec![Answer::status(302).header("Location", "/again")]);
    let failure = transport().send(Request::get(url(&server.url("/")))).await.unwrap_err();
    assert!(matches!(failure, HttpError::Redirect { why: RedirectRefusal::TooMany, .. }), "{failure}");
    assert_eq!(count.load(Ordering::SeqCst), 6);
}

#[tokio::test]
async fn a_redirect_to_another_origin_can_be_refused() {
    let (server, _) = scripted(vec![Answer::status(303).header("Location", "http://127.0.0.1:1/")]);
    let request = Request::get(url(&server.url("/"))).redirects(Redirects::SameOrigin);
    let failure = transport().send(request).await.unwrap_err();
    assert!(matches!(failure, HttpError::Redirect { why: RedirectRefusal::OtherOrigin, .. }), "{failure}");
}

#[tokio::test]
async fn plain_http_is_for_this_machine_or_where_configured() {
    let failure = transport().send(Request::get(url("http://registry.example/v2/"))).await.unwrap_err();
    assert!(matches!(failure, HttpError::PlainHttp { .. }), "{failure}");
}

#[tokio::test]
async fn a_proxy_is_used_for_other_hosts_only() {
    let (proxy, count) = scripted(vec![Answer::status(200).body("by proxy")]);
    let (direct, _) = scripted(vec![Answer::status(200).body("direct")]);
    let mut hosts = HostProfiles::default();
    hosts.set("registry.example", HostProfile { wire: Wire::PlainHttp, ..HostProfile::default() });
    hosts.set("inside.corp.example", HostProfile { wire: Wire::PlainHttp, ..HostProfile::default() });
    let proxies = Proxies::from_environment(|name| match name {
        "http_proxy" => Some(proxy.url("/")),
        "NO_PROXY" => Some("corp.example".to_owned()),
        _ => None,
    });
    let (settings, _) = settings();
    let retry = plimsoll_http::retry::Policy { attempts: 1, ..settings.retry };
    let transport = Transport::new(Settings { hosts, proxies, retry, ..settings });
    let text = async |address: &str| transport.send(Request::get(url(address))).await?.bytes(99).await;
    assert_eq!(text("http://registry.example/v2/").await.unwrap(), "by proxy");
    assert_eq!(text(&direct.url("/")).await.unwrap(), "direct");
    let failure = text("http://inside.corp.example/").await.unwrap_err();
    assert!(matches!(failure, HttpError::Unreachable { .. }), "{failure}");
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn bodies_are_bounded() {
    let (server, _) = scripted(vec![Answer::status(200).body("12345")]);
    let fetch =
        async |limit| transport().send(Request::get(url(&server.url("/")))).await.unwrap().bytes(limit).await;
    assert_eq!(fetch(5).await.unwrap(), "12345");
    assert!(matches!(fetch(4).await, Err(HttpError::TooLarge { limit: 4, .. })));
    let (server, _) = scripted(vec![Answer::status(200).body("12345").delivered(Delivery::Unannounced)]);
    let fetch =
        async |limit| transport().send(Request::get(url(&server.url("/")))).await.unwrap().bytes(limit).await;
    assert_eq!(fetch(5).await.unwrap(), "12345");
    assert!(matches!(fetch(4).await, Err(HttpError::TooLarge { limit: 4, .. })));
}

#[tokio::test]
async fn the_body_of_a_refusal_is_cut() {
    let (server, _) = scripted(vec![Answer::status(404).body(vec![b'x'; 200_000])]);
    let answer = transport().send(Request::get(url(&server.url("/")))).await.unwrap();
    assert_eq!(answer.refusal().await.body.len() as u64, ERROR_BODY);
}

#[tokio::test]
async fn a_short_body_is_an_error_at_its_end() {
    let (server, _) = scripted(vec![Answer::status(200).body("0123456789").delivered(Delivery::CutAfter(4))]);
    let answer = transport().send(Request::get(url(&server.url("/")))).await.unwrap();
    let pieces: Vec<_> = answer.into_stream().collect().await;
    assert!(
        matches!(pieces.last(), Some(Err(HttpError::Unreachable { why: Unreachable::Broken, .. }))),
        "{pieces:?}"
    );
}

#[tokio::test]
async fn a_silent_server_is_left() {
    let (server, _) = scripted(vec![Answer::status(200).delivered(Delivery::Silent)]);
    let timeouts = Timeouts { idle: Duration::from_millis(100), ..Timeouts::default() };
    let transport = Transport::new(Settings { timeouts, ..settings().0 });
    let request = Request::new(Method::GET, url(&server.url("/")), Repeat::Never);
    let failure = transport.send(request).await.unwrap_err();
    assert!(matches!(failure, HttpError::Unreachable { why: Unreachable::Timeout, .. }), "{failure}");
    assert!(failure.is_temporary());
}

#[tokio::test]
async fn a_slow_upload_is_not_a_silent_one() {
    let server = WireServer::start(|_: &Head, body: &[u8]| Answer::status(201).body(body));
    let timeouts = Timeouts { idle: Duration::from_millis(200), ..Timeouts::default() };
    let transport = Transport::new(Settings { timeouts, ..settings().0 });
    let stream = stream::iter(0..8).then(async |_| {
        tokio::time::sleep(Duration::from_millis(50)).await;
        Ok(Bytes::from_static(b"x"))
    });
    let body = Body::Stream { length: 8, stream: Box::pin(stream) };
    let request = Request::new(Method::PUT, url(&server.url("/")), Repeat::Never)
        .body(body, HeaderValue::from_static("application/octet-stream"));
    assert_eq!(transport.send(request).await.unwrap().bytes(99).await.unwrap(), "xxxxxxxx");
}

#[tokio::test]
async fn a_source_that_fails_is_not_the_servers_fault() {
    let server = WireServer::start(|_: &Head, _: &[u8]| Answer::status(201));
    let pieces = vec![Ok(Bytes::from_static(b"x")), Err("disk on fire".into())];
    let body = Body::Stream { length: 8, stream: Box::pin(stream::iter(pieces)) };
    let request = Request::new(Method::PUT, url(&server.url("/")), Repeat::Never)
        .body(body, HeaderValue::from_static("application/octet-stream"));
    let failure = transport().send(request).await.unwrap_err();
    assert!(matches!(&failure, HttpError::Body { detail, .. } if detail == "disk on fire"), "{failure}");
    assert!(!failure.is_temporary());
}

#[tokio::test]
async fn an_early_refusal_is_heard() {
    struct Early;
    impl Service for Early {
        fn admit(&self, _: &Head) -> Admission {
            Admission::Early(Answer::status(413).body("too much"))
        }
        fn answer(&self, _: &Head, _: &[u8]) -> Answer {
            Answer::status(500)
        }
    }
    let server = WireServer::start(Early);
    let request = Request::new(Method::PUT, url(&server.url("/")), Repeat::Never)
        .body(Body::Bytes(vec![0; 100].into()), HeaderValue::from_static("application/octet-stream"));
    assert_eq!(transport().send(request).await.unwrap().status(), 413);
}

#[tokio::test]
async fn tls_with_a_server_that_speaks_none_is_final() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        // Until the client has gone, lest a reset overtakes the answer.
        drop(stream.read_to_end(&mut Vec::new()));
    });
    let mut hosts = HostProfiles::default();
    hosts.set(&address, HostProfile { wire: Wire::Https, ..HostProfile::default() });
    let root = hosts.root(&address).unwrap();
    assert_eq!(root.scheme(), "https");
    let request = Request::new(Method::GET, root, Repeat::Never);
    let failure = Transport::new(Settings { hosts, ..settings().0 }).send(request).await.unwrap_err();
    match &failure {
        HttpError::Unreachable { why: Unreachable::Tls, .. } => assert!(!failure.is_temporary()),
        // A machine without any trusted root can make no TLS client at all.
        HttpError::Tls { detail, .. } => assert!(detail.contains("No CA certificates"), "{detail}"),
        _ => panic!("{failure:?}"),
    }
}

#[tokio::test]
async fn a_closed_port_is_unreachable_and_secrets_stay_out_of_the_message() {
    let (server, _) = scripted(Vec::new());
    let request = Request::get(url(&format!("http://user:word@{}/x?token=t0k3n", server.address())));
    let _closed = server.close();
    let failure = transport().send(request).await.unwrap_err();
    assert!(matches!(failure, HttpError::Unreachable { why: Unreachable::Connect, .. }), "{failure}");
    let message = format!("{failure} {failure:?}");
    assert!(!message.contains("word") && !message.contains("t0k3n"), "{message}");
}

#[tokio::test]
async fn who_does_not_answer_is_waited_for_once_until_he_answers_again() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (settings, clock) = settings();
    let transport = Transport::new(settings);
    let ask = async || transport.send(Request::get(url(&format!("http://{address}/")))).await;
    let waits = || clock.0.lock().unwrap().len();
    for _ in 0..3 {
        assert!(matches!(ask().await, Err(HttpError::Unreachable { why: Unreachable::Connect, .. })));
        assert_eq!(waits(), 4, "the first request is sent five times, each further one once");
    }
    let listener = TcpListener::bind(address).unwrap();
    let answering = std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        assert!(connection.read(&mut [0; 1024]).unwrap() > 0);
        connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
    });
    ask().await.unwrap();
    answering.join().unwrap();
    ask().await.unwrap_err();
    assert_eq!(waits(), 8);
}

#[tokio::test]
async fn a_head_has_a_length_and_no_body() {
    let (server, _) = scripted(vec![Answer::status(200).body(vec![b'x'; 1000])]);
    let answer = transport().send(Request::head(url(&server.url("/")))).await.unwrap();
    assert_eq!(answer.content_length(), Some(1000));
    assert_eq!(answer.bytes(10).await.unwrap(), "");
}

#[tokio::test]
async fn an_empty_post_announces_its_emptiness() {
    let server = WireServer::start(|head: &Head, _: &[u8]| {
        Answer::status(200).body(format!(
            "{:?} {:?}",
            head.header("content-length"),
            head.header("user-agent")
        ))
    });
    let request = Request::new(Method::POST, url(&server.url("/")), Repeat::Never)
        .header(header::ACCEPT, HeaderValue::from_static("*/*"));
    let answer = transport().send(request).await.unwrap();
    assert_eq!(answer.bytes(99).await.unwrap(), r#"Some("0") Some("plimsoll/test")"#);
}
