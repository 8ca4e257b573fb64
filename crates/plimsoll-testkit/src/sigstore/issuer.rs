//! An issuer of tokens, where people log in.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::{PERSON, ask, wait};
use crate::env::Environment;
use crate::process::Server;
use crate::registry::free_port;
use crate::tools;

/// The issuer, until the value is dropped.
#[derive(Debug)]
pub struct Issuer {
    pub(super) port: u16,
    _server: Server,
}

impl Issuer {
    /// Starts it and waits until it answers; `None` when the program is missing.
    ///
    /// # Panics
    /// When it does not come up, or is missing and required ([`tools::require`]).
    #[track_caller]
    pub fn start(environment: &Environment) -> Option<Issuer> {
        let program = tools::require("oidc-issuer")?;
        let (port, folder) = (free_port(), environment.folder("issuer"));
        let command = program.command(environment).in_folder(&folder).args(["serve", &port.to_string()]);
        let server = command.serve(&folder.join("log"));
        wait(port, "/healthz");
        Some(Issuer { port, _server: server })
    }

    /// Its name, and where it is.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/email", self.port)
    }

    /// A token of [`PERSON`], good for some minutes.
    ///
    /// # Panics
    /// When the issuer does not answer.
    pub fn token(&self) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_secs();
        let claims = format!(
            r#"{{"iss":"{}","aud":"sigstore","sub":"dev-1","email":"{PERSON}","email_verified":true,"iat":{now},"nbf":{},"exp":{}}}"#,
            self.url(),
            now - 5,
            now + 600
        );
        let answer = ask(self.port, "POST", "/token", &claims).expect("the issuer answers");
        let (_, token) = answer.split_once("\r\n\r\n").expect("an answer has a head and a body");
        token.to_owned()
    }

    /// The name of the issuer of tokens of jobs.
    pub fn job_url(&self) -> String {
        format!("http://127.0.0.1:{}/gitlab", self.port)
    }

    /// A token of a job with these claims, good for some minutes.
    ///
    /// # Panics
    /// When the issuer does not answer.
    pub fn job_token(&self, claims: &Value) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_secs();
        let mut all =
            json!({ "iss": self.job_url(), "aud": "sigstore", "iat": now, "nbf": now - 5, "exp": now + 600 });
        for (name, value) in claims.as_object().into_iter().flatten() {
            all[name] = value.clone();
        }
        let answer = ask(self.port, "POST", "/token", &all.to_string()).expect("the issuer answers");
        let (_, token) = answer.split_once("\r\n\r\n").expect("an answer has a head and a body");
        token.to_owned()
    }

    /// Logs [`PERSON`] in at an address that a program shows, as he would with a browser: what he sees in the end.
    ///
    /// # Panics
    /// When the issuer does not answer.
    pub fn log_in(&self, address: &str) -> String {
        self.open(&format!("{address}&email={PERSON}"))
    }

    /// Refuses to log in at an address that a program shows: what is seen in the end.
    ///
    /// # Panics
    /// When the issuer does not answer.
    pub fn refuse_to_log_in(&self, address: &str) -> String {
        self.open(&format!("{address}&deny=1"))
    }

    /// Opens an address of the issuer, and where that leads.
    fn open(&self, address: &str) -> String {
        let here = format!("http://127.0.0.1:{}", self.port);
        let path = address.strip_prefix(&here).expect("people log in with the issuer");
        let answer = ask(self.port, "GET", path, "").expect("the issuer answers");
        let next = answer.lines().find_map(|line| line.strip_prefix("Location: http://localhost:"));
        let Some((port, path)) = next.and_then(|next| next.trim().split_once('/')) else { return answer };
        let port = port.parse().expect("a port is a number");
        ask(port, "GET", &format!("/{path}"), "").expect("the program answers the browser")
    }
}
