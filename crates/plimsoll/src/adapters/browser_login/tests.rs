//! Logins that go wrong, with an issuer that says what it is told to.

use std::time::Instant;

use plimsoll_http::transport::Settings;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::*;

/// What the issuer's token says, with `NONCE` and `ISSUER` for the right ones; or another answer, with its status.
enum Says {
    Token(&'static str),
    Answer(&'static str, &'static str),
}

const GOOD: &str = r#"{"iss":"ISSUER","aud":["other","sigstore"],"nonce":"NONCE","exp":1}"#;

/// What a browser brings: a query, with `STATE` for the right one.
const BROUGHT: &str = "code=c&state=STATE";

fn base64url(text: &str) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits: String = text.bytes().map(|byte| format!("{byte:08b}")).collect();
    let six = |at: usize| format!("{:0<6}", &bits[at..bits.len().min(at + 6)]);
    let letter = |at| char::from(LETTERS[usize::from_str_radix(&six(at), 2).unwrap()]);
    (0..bits.len()).step_by(6).map(letter).collect()
}

/// Reads one request and answers it.
async fn answer(stream: &mut TcpStream, status: &str, body: &str) {
    let mut piece = [0; 8192];
    let _ = stream.read(&mut piece).await.unwrap();
    let length = body.len();
    let text = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
    stream.write_all(text.as_bytes()).await.unwrap();
}

fn part(address: &Url, name: &str) -> String {
    address.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned()
}

/// One login: the page that the browser saw, and what came of it. `brought` is `None` if no browser comes.
async fn try_login(description: &str, brought: Option<&str>, says: Says) -> (String, Result<Secret, String>) {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", server.local_addr().unwrap());
    let listener = Listener::bind().await.unwrap();
    let (tell, told) = tokio::sync::oneshot::channel::<Url>();
    let description = description.replace("ISSUER", &issuer);
    let (named, at) = (issuer.clone(), listener.address().replace("localhost", "127.0.0.1"));
    let brought = brought.map(str::to_owned);
    let rest = tokio::spawn(async move {
        answer(&mut server.accept().await.unwrap().0, "200 OK", &description).await;
        let address = told.await.unwrap();
        let Some(brought) = brought else { return "nobody".to_owned() };
        let at: Url = at.parse().unwrap();
        let host = format!("127.0.0.1:{}", at.port().unwrap());
        let query = brought.replace("STATE", &part(&address, "state"));
        // Browsers open more than they use, and ask for what is not there.
        let _silent = TcpStream::connect(&host).await.unwrap();
        let mut page = String::new();
        for target in ["/favicon.ico".to_owned(), format!("{}?{query}", at.path())] {
            let mut browser = TcpStream::connect(&host).await.unwrap();
            let head = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n");
            browser.write_all(head.as_bytes()).await.unwrap();
            page.clear();
            browser.read_to_string(&mut page).await.unwrap();
        }
        let (status, body) = match says {
            Says::Answer(status, body) => (status, body.to_owned()),
            Says::Token(claims) => {
                let claims = claims.replace("ISSUER", &named).replace("NONCE", &part(&address, "nonce"));
                ("200 OK", format!(r#"{{"id_token":"e30.{}.c2ln"}}"#, base64url(&claims)))
            }
        };
        if page.starts_with("HTTP/1.1 200 ") {
            answer(&mut server.accept().await.unwrap().0, status, &body).await;
        }
        page
    });
    let transport = Transport::new(Settings::new("test"));
    let shown = |address: &Url| tell.send(address.clone()).unwrap();
    let issuer = issuer.parse().unwrap();
    let patience = Duration::from_secs(3);
    let done = log_in_by_browser(&transport, &issuer, &listener, shown, patience).await;
    rest.abort();
    let page = rest.await.unwrap_or_default();
    (page, done.map_err(|why| why.to_string()))
}

const DESCRIPTION: &str = r#"{"issuer":"ISSUER","authorization_endpoint":"ISSUER/auth","token_endpoint":"ISSUER/token","code_challenge_methods_supported":["plain","S256"]}"#;

#[tokio::test]
async fn a_login_gives_the_token() {
    let (_, token) = try_login(DESCRIPTION, Some(BROUGHT), Says::Token(GOOD)).await;
    assert!(token.unwrap().expose().starts_with("e30."));
}

#[tokio::test]
async fn what_is_not_for_this_login_is_refused() {
    for (brought, says, want) in [
        ("code=c&state=other", Says::Token(GOOD), "its state is another"),
        ("error=access_denied&state=STATE", Says::Token(GOOD), "refused: access_denied"),
        (BROUGHT, Says::Answer("400 Bad Request", r#"{"error":"invalid_grant"}"#), "refused: invalid_grant"),
        (BROUGHT, Says::Answer("200 OK", "{}"), "it gave no token"),
        (BROUGHT, Says::Answer("200 OK", r#"{"id_token":"token"}"#), "no identity token"),
        (BROUGHT, Says::Answer("404 Not Found", "gone"), "can't be used"),
        (BROUGHT, Says::Answer("302 Found\r\nLocation: https://evil.test/", ""), "can't be used"),
        (
            BROUGHT,
            Says::Token(r#"{"iss":"ISSUER","aud":"sigstore","nonce":"other","exp":1}"#),
            "its nonce is another",
        ),
        (BROUGHT, Says::Token(r#"{"iss":"ISSUER","aud":"sigstore","exp":1}"#), "its nonce is another"),
        (
            BROUGHT,
            Says::Token(r#"{"iss":"https://evil.test","aud":"sigstore","nonce":"NONCE","exp":1}"#),
            "another issuer",
        ),
        (
            BROUGHT,
            Says::Token(r#"{"iss":"ISSUER","aud":"other","nonce":"NONCE","exp":1}"#),
            "for another program",
        ),
    ] {
        let (_, done) = try_login(DESCRIPTION, Some(brought), says).await;
        let said = done.expect_err(want);
        assert!(said.contains(want), "{want}: {said}");
    }
}

#[tokio::test]
async fn an_issuer_must_be_the_one_that_was_asked_and_know_the_proof() {
    for (from, to, want) in [
        (r#""issuer":"ISSUER""#, r#""issuer":"https://evil.test""#, "it says that it is https://evil.test"),
        ("ISSUER/auth", "http://evil.test/auth", "not reached by https"),
        (r#"["plain","S256"]"#, r#"["plain"]"#, "does not know the proof"),
        ("{", "[", "can't be read"),
    ] {
        let (_, done) = try_login(&DESCRIPTION.replacen(from, to, 1), None, Says::Token(GOOD)).await;
        let said = done.expect_err(want);
        assert!(said.contains(want), "{want}: {said}");
    }
}

#[tokio::test]
async fn nobody_is_waited_for_for_ever() {
    let begun = Instant::now();
    let (_, done) = try_login(DESCRIPTION, None, Says::Token(GOOD)).await;
    assert!(done.unwrap_err().contains("nobody logged in within"));
    assert!(begun.elapsed() < Duration::from_secs(20));
}
