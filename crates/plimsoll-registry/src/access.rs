//! Who is let in.

mod users;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header;

use crate::refusal::{Code, Refusal};

pub use users::{Users, UsersError};

/// Who is let in, to read and, where writing is allowed at all, to write.
#[derive(Clone, Debug)]
pub enum Door {
    /// Everybody.
    Open,
    /// Users with passwords, by HTTP Basic (RFC 7617).
    Users(Arc<Users>),
}

impl Door {
    pub(crate) async fn admit(&self, authorization: Option<&str>) -> Result<(), Refusal> {
        let Door::Users(users) = self else { return Ok(()) };
        let good = match authorization.and_then(parse_basic) {
            Some((user, password)) => Users::check(users, user, password).await,
            None => false,
        };
        match good {
            true => Ok(()),
            false => Err(Refusal::new(Code::Unauthorized, "a user and a password are needed")
                .with_header(header::WWW_AUTHENTICATE, "Basic realm=\"plimsoll\", charset=\"UTF-8\"")),
        }
    }
}

fn parse_basic(authorization: &str) -> Option<(String, String)> {
    let (scheme, encoded) = authorization.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}
