//! A person's login with a browser, which ends with an identity token: OpenID Connect's authorization code flow, as programs of a
//! person's own machine go it.
//!
//! Sources: OpenID Connect Core 1.0 (section 3.1) and Discovery 1.0 (section 4), RFC 6749, RFC 7636 (the proof that who began is who
//! ends it), RFC 8252 (the answer comes to this machine), RFC 9207 (the issuer says who it is).

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use plimsoll_http::redirect::Redirects;
use plimsoll_http::{Body, HeaderValue, HttpError, Method, Repeat, Request, Secret, Transport, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::keyless::confidential::is_confidential;
use crate::keyless::token::{TokenError, read_claims};

/// What issuers know programs by that sign as Sigstore does.
const CLIENT: &str = "sigstore";
/// What is asked for: a token, with the address of whoever logs in.
const SCOPE: &str = "openid email";
/// Where an issuer describes itself, below its address.
const DISCOVERY: &str = "/.well-known/openid-configuration";
/// The proof that is asked for (RFC 7636).
const PROOF: &str = "S256";
/// The largest answer that is read, in bytes.
const LIMIT: u64 = 256 * 1024;
/// How much of what an issuer says is told, in characters.
const SAID: usize = 300;
/// Bytes of chance in what nobody may guess.
const CHANCE: usize = 32;

/// The redirect address of logins whose answer is shown to the person and typed, where it can't come to this machine.
pub const TYPED: &str = "urn:ietf:wg:oauth:2.0:oob";

/// A login under way.
#[derive(Debug)]
pub struct Login {
    issuer: String,
    authorize: Url,
    token: Url,
    redirect: String,
    state: Secret,
    nonce: Secret,
    verifier: Secret,
}

/// Why a login gave no token.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LoginError {
    /// The issuer can't be reached, or does not answer as it should.
    #[error("the issuer of tokens {issuer} can't be used: {why}")]
    Http {
        /// The issuer.
        issuer: String,
        /// Why not.
        #[source]
        why: HttpError,
    },
    /// It describes itself in a way that can't be used.
    #[error("the issuer of tokens {issuer} can't be used: {why}")]
    Issuer {
        /// The issuer.
        issuer: String,
        /// Why not.
        why: String,
    },
    /// The system gave nothing that can't be guessed.
    #[error("the system has no randomness")]
    NoChance,
    /// The browser brought the answer to something else than this login.
    #[error("the answer that the browser brought is not for this login: {0}")]
    OtherLogin(&'static str),
    /// The issuer refuses, or whoever sat at the browser did.
    #[error("the login was refused: {0}")]
    Refused(String),
    /// There is no code in the answer.
    #[error("the answer that the browser brought has no code")]
    NoCode,
    /// The token is for another login, or for somebody else.
    #[error("the token is not for this login: {0}")]
    OtherToken(&'static str),
    /// The token can't be read.
    #[error(transparent)]
    Token(#[from] TokenError),
}

#[derive(Deserialize)]
struct Description {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    code_challenge_methods_supported: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: Option<String>,
}

#[derive(Default, Deserialize)]
struct Refusal {
    error: Option<String>,
    error_description: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    nonce: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Login {
    /// Asks an issuer where to log in. `redirect` is where the browser brings its answer: an address of this machine, or [`TYPED`].
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn begin(transport: &Transport, issuer: &Url, redirect: &str) -> Result<Login, LoginError> {
        let name = issuer.as_str().trim_end_matches('/').to_owned();
        let unusable = |why: String| LoginError::Issuer { issuer: name.clone(), why };
        let at: Url =
            format!("{name}{DISCOVERY}").parse().map_err(|_| unusable("it is no address".into()))?;
        // Who could change what it says of itself would be sent the code.
        if !is_confidential(&at) {
            return Err(unusable("it is not reached by https".to_owned()));
        }
        let found: Description = answer(transport, Request::get(at).whole(LIMIT), &name).await?;
        if found.issuer.trim_end_matches('/') != name {
            return Err(unusable(format!("it says that it is {}", tame(&found.issuer))));
        }
        let place = |address: &str| -> Result<Url, LoginError> {
            address.parse().map_err(|_| unusable(format!("`{}` is no address", tame(address))))
        };
        let (authorize, token) = (place(&found.authorization_endpoint)?, place(&found.token_endpoint)?);
        for (kind, url) in [("login", &authorize), ("exchange of codes for tokens", &token)] {
            if !is_confidential(url) {
                return Err(unusable(format!("its {kind} is not reached by https")));
            }
        }
        // One that does not say which it knows is asked all the same: what it does not know it passes over.
        if found.code_challenge_methods_supported.is_some_and(|all| !all.iter().any(|one| one == PROOF)) {
            return Err(unusable(format!("it does not know the proof {PROOF} of RFC 7636")));
        }
        Ok(Login {
            issuer: found.issuer,
            authorize,
            token,
            redirect: redirect.to_owned(),
            state: chance()?,
            nonce: chance()?,
            verifier: chance()?,
        })
    }

    /// The address that a browser must open.
    pub fn address(&self) -> Url {
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, self.verifier.expose().as_bytes()));
        let mut address = self.authorize.clone();
        address
            .query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", CLIENT)
            .append_pair("redirect_uri", &self.redirect)
            .append_pair("scope", SCOPE)
            .append_pair("state", self.state.expose())
            .append_pair("nonce", self.nonce.expose())
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", PROOF);
        address
    }

    /// The code in what the browser brought: the query of the address that it was sent to.
    ///
    /// # Errors
    /// [`LoginError`].
    pub fn read_answer(&self, query: &str) -> Result<Secret, LoginError> {
        let mut read = self.authorize.clone();
        read.set_query(Some(query));
        let field = |name: &str| read.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value);
        if field("state").as_deref() != Some(self.state.expose()) {
            return Err(LoginError::OtherLogin("its state is another"));
        }
        if field("iss").is_some_and(|issuer| issuer != self.issuer) {
            return Err(LoginError::OtherLogin("it comes from another issuer"));
        }
        if let Some(error) = field("error") {
            return Err(refused(&error, field("error_description").as_deref()));
        }
        let code = field("code").filter(|code| !code.is_empty()).ok_or(LoginError::NoCode)?;
        Ok(Secret::new(code))
    }

    /// Exchanges a code for the token. A code is good for once, so that it is asked for once. That the token is genuine is for the
    /// authority to say; that it belongs to this login is said here.
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn finish(&self, transport: &Transport, code: &Secret) -> Result<Secret, LoginError> {
        let mut form = self.token.clone();
        form.set_query(None);
        form.query_pairs_mut()
            .append_pair("grant_type", "authorization_code")
            .append_pair("code", code.expose().trim())
            .append_pair("redirect_uri", &self.redirect)
            .append_pair("client_id", CLIENT)
            .append_pair("code_verifier", self.verifier.expose());
        let form = form.query().unwrap_or_default().to_owned();
        let media_type = HeaderValue::from_static("application/x-www-form-urlencoded");
        let request = Request::new(Method::POST, self.token.clone(), Repeat::Never)
            .body(Body::Bytes(form.into_bytes().into()), media_type)
            .redirects(Redirects::SameOrigin)
            .whole(LIMIT);
        let tokens: Tokens = answer(transport, request, &self.issuer).await?;
        let none = || LoginError::Issuer { issuer: self.issuer.clone(), why: "it gave no token".to_owned() };
        let token = tokens.id_token.map(Secret::new).ok_or_else(none)?;
        let claims: Claims = read_claims(&token)?;
        if claims.nonce.as_deref() != Some(self.nonce.expose()) {
            return Err(LoginError::OtherToken("its nonce is another"));
        }
        if claims.iss != self.issuer {
            return Err(LoginError::OtherToken("another issuer made it"));
        }
        let is_ours = match &claims.aud {
            Audience::One(one) => one == CLIENT,
            Audience::Several(all) => all.iter().any(|one| one == CLIENT),
        };
        match is_ours {
            true => Ok(token),
            false => Err(LoginError::OtherToken("it is for another program")),
        }
    }
}

/// What an issuer answers, in JSON.
async fn answer<T: DeserializeOwned>(
    transport: &Transport,
    request: Request,
    issuer: &str,
) -> Result<T, LoginError> {
    let failed = |why: HttpError| match why {
        HttpError::Status(refusal) if refusal.status.is_client_error() => {
            let said: Refusal = serde_json::from_str(&refusal.body).unwrap_or_default();
            match said.error {
                Some(error) => refused(&error, said.error_description.as_deref()),
                None => LoginError::Http { issuer: issuer.to_owned(), why: HttpError::Status(refusal) },
            }
        }
        why => LoginError::Http { issuer: issuer.to_owned(), why },
    };
    let answer = transport.send(request).await.map_err(failed)?;
    let bytes = answer.successful().await.map_err(failed)?.bytes(LIMIT).await.map_err(failed)?;
    let unusable = |why: serde_json::Error| LoginError::Issuer {
        issuer: issuer.to_owned(),
        why: format!("its answer can't be read: {why}"),
    };
    serde_json::from_slice(&bytes).map_err(unusable)
}

fn refused(error: &str, description: Option<&str>) -> LoginError {
    let mut said = tame(error);
    if let Some(description) = description.filter(|text| !text.trim().is_empty()) {
        let _ = write!(said, ": {}", tame(description));
    }
    LoginError::Refused(said)
}

/// The beginning of a text of strangers, without what would steer a terminal.
fn tame(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(SAID).collect()
}

fn chance() -> Result<Secret, LoginError> {
    let mut bytes = [0; CHANCE];
    SystemRandom::new().fill(&mut bytes).map_err(|_| LoginError::NoChance)?;
    Ok(Secret::new(URL_SAFE_NO_PAD.encode(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login() -> Login {
        let url = |text: &str| text.parse().unwrap();
        Login {
            issuer: "https://issuer.test".to_owned(),
            authorize: url("https://issuer.test/login?tenant=1"),
            token: url("https://issuer.test/token"),
            redirect: "http://localhost:1/auth/callback".to_owned(),
            state: Secret::new("a state"),
            nonce: Secret::new("a-nonce"),
            // The example of RFC 7636, appendix B.
            verifier: Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
        }
    }

    #[test]
    fn a_browser_is_sent_with_the_proof_of_the_rfc() {
        let address = login().address().to_string();
        assert!(
            address.starts_with("https://issuer.test/login?tenant=1&response_type=code&client_id=sigstore&")
        );
        for part in [
            "redirect_uri=http%3A%2F%2Flocalhost%3A1%2Fauth%2Fcallback",
            "scope=openid+email",
            "state=a+state",
            "nonce=a-nonce",
            "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            "code_challenge_method=S256",
        ] {
            assert!(address.contains(part), "{part}: {address}");
        }
        assert!(!address.contains("dBjft"), "the proof itself stays here: {address}");
    }

    #[test]
    fn only_the_answer_to_this_login_counts() {
        let read = |query: &str| login().read_answer(query).map(|code| code.expose().to_owned());
        let said = |query: &str| read(query).unwrap_err().to_string();
        assert_eq!(read("code=c%2B1&state=a+state").unwrap(), "c+1");
        assert_eq!(read("state=a%20state&code=c&iss=https%3A%2F%2Fissuer.test").unwrap(), "c");
        for (query, want) in [
            ("", "its state is another"),
            ("code=c", "its state is another"),
            ("code=c&state=another", "its state is another"),
            ("error=access_denied", "its state is another"),
            ("code=c&state=a+state&iss=https://evil.test", "another issuer"),
            ("error=access_denied&state=a+state", "the login was refused: access_denied"),
            ("error=e%1B&error_description=no%0Away&code=c&state=a+state", "refused: e: noway"),
            ("state=a+state", "has no code"),
            ("code=&state=a+state", "has no code"),
        ] {
            assert!(said(query).contains(want), "{query}: {}", said(query));
        }
    }
}
