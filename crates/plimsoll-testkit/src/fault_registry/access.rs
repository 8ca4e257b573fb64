//! Who is let in: nobody is asked, a password, or a token of a service at [`TOKEN_PATH`].

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::wire::{Answer, Head, form_values};

/// Where tokens are given out.
pub(super) const TOKEN_PATH: &str = "/token";

/// The user that is let in.
pub const USER: &str = "user";
/// The password of [`USER`].
pub const PASSWORD: &str = "pass word";
/// `Basic` with [`USER`] and [`PASSWORD`].
const BASIC: &str = "Basic dXNlcjpwYXNzIHdvcmQ=";
/// The identity token that is exchanged for tokens.
pub const IDENTITY: &str = "identity-1";
/// `Basic` with the user `<token>` and [`IDENTITY`], for services that know no other way.
const IDENTITY_AS_PASSWORD: &str = "Basic PHRva2VuPjppZGVudGl0eS0x";

/// The rule at the door.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Door {
    /// Everybody may do everything.
    #[default]
    Open,
    /// [`USER`] may do everything.
    Basic,
    /// Tokens may do what they name. Everybody gets one for `pull`, [`USER`] for anything.
    Token {
        /// `expires_in`, in seconds.
        lifetime: Option<u64>,
        /// Whether the service takes identity tokens by `POST`.
        oauth: OAuth,
    },
}

/// Whether a token service has the OAuth2 endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OAuth {
    /// It has.
    Offered,
    /// It answers 404 to `POST`.
    #[default]
    Absent,
}

pub(super) struct Gate {
    door: Door,
    state: Mutex<GateState>,
}

#[derive(Default)]
struct GateState {
    address: String,
    given: usize,
    /// Tokens that are good, and for what.
    tokens: BTreeMap<String, Vec<String>>,
}

impl Gate {
    pub(super) fn new(door: Door) -> Self {
        Self { door, state: Mutex::default() }
    }

    pub(super) fn set_address(&self, address: &str) {
        address.clone_into(&mut self.lock().address);
    }

    pub(super) fn address(&self) -> String {
        self.lock().address.clone()
    }

    pub(super) fn expire(&self) {
        self.lock().tokens.clear();
    }

    /// Gives out a token.
    pub(super) fn token(&self, head: &Head, body: &[u8]) -> Answer {
        let Door::Token { lifetime, oauth } = &self.door else { return Answer::status(404) };
        let form = String::from_utf8_lossy(body).into_owned();
        let (scopes, trusted) = if head.method == "POST" {
            if *oauth == OAuth::Absent {
                return Answer::status(404);
            }
            let right = form_values(&form, "refresh_token") == [IDENTITY];
            let scopes = form_values(&form, "scope");
            (
                scopes.iter().flat_map(|scope| scope.split(' ')).map(str::to_owned).collect(),
                right.then_some(true),
            )
        } else {
            let trusted = match head.header("authorization") {
                None => Some(false),
                Some(BASIC | IDENTITY_AS_PASSWORD) => Some(true),
                Some(_) => None,
            };
            (head.query_values("scope"), trusted)
        };
        let Some(trusted) = trusted else {
            return Answer::status(401)
                .body(r#"{"errors":[{"code":"UNAUTHORIZED","message":"incorrect username or password"}]}"#);
        };
        let granted = scopes.into_iter().map(|scope: String| if trusted { scope } else { pull_only(&scope) });
        let mut state = self.lock();
        state.given += 1;
        let token = format!("token-{}", state.given);
        state.tokens.insert(token.clone(), granted.collect());
        let lifetime = lifetime.map(|seconds| format!(r#","expires_in":{seconds}"#)).unwrap_or_default();
        Answer::status(200)
            .header("Content-Type", "application/json")
            .body(format!(r#"{{"token":"{token}"{lifetime}}}"#))
    }

    /// The refusal of a request, if it is refused.
    pub(super) fn check(&self, head: &Head) -> Option<Answer> {
        let refusal = |challenge: String| {
            Some(
                Answer::status(401)
                    .header("WWW-Authenticate", challenge)
                    .header("Content-Type", "application/json")
                    .body(r#"{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}"#),
            )
        };
        let sent = head.header("authorization");
        match &self.door {
            Door::Open => None,
            Door::Basic if sent == Some(BASIC) => None,
            Door::Basic => refusal(r#"Basic realm="fault""#.to_owned()),
            Door::Token { .. } => {
                let (repository, action) = wanted(head);
                let state = self.lock();
                let token =
                    sent.and_then(|sent| sent.strip_prefix("Bearer ")).and_then(|t| state.tokens.get(t));
                let scope = format!("repository:{repository}:{action}");
                let error = match token {
                    Some(granted) if granted.iter().any(|one| allows(one, &repository, action)) => {
                        return match head.query_value("from") {
                            Some(from) if !granted.iter().any(|one| allows(one, &from, "pull")) => {
                                refusal(self.challenge(&state.address, &scope, "insufficient_scope"))
                            }
                            _ => None,
                        };
                    }
                    Some(_) => "insufficient_scope",
                    None => "invalid_token",
                };
                refusal(self.challenge(&state.address, &scope, if sent.is_some() { error } else { "" }))
            }
        }
    }

    fn challenge(&self, address: &str, scope: &str, error: &str) -> String {
        let error = if error.is_empty() { String::new() } else { format!(r#",error="{error}""#) };
        format!(r#"Bearer realm="http://{address}{TOKEN_PATH}",service="fault",scope="{scope}"{error}"#)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, GateState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The repository and the right that a request needs.
fn wanted(head: &Head) -> (String, &'static str) {
    let path = head.path.trim_start_matches("/v2/");
    let end =
        ["/blobs/", "/manifests/", "/tags/", "/referrers/"].iter().filter_map(|part| path.find(part)).min();
    let repository = path[..end.unwrap_or(0)].to_owned();
    let action = match head.method.as_str() {
        "GET" | "HEAD" => "pull",
        "DELETE" if !path.contains("/uploads/") => "delete",
        _ => "push",
    };
    (repository, action)
}

fn allows(scope: &str, repository: &str, action: &str) -> bool {
    scope
        .strip_prefix("repository:")
        .and_then(|scope| scope.rsplit_once(':'))
        .is_some_and(|(name, actions)| name == repository && actions.split(',').any(|one| one == action))
}

fn pull_only(scope: &str) -> String {
    let (name, actions) = scope.rsplit_once(':').unwrap_or((scope, ""));
    let kept: Vec<&str> = actions.split(',').filter(|action| *action == "pull").collect();
    format!("{name}:{}", kept.join(","))
}
