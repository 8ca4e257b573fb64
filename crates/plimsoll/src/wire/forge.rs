//! How release pages are reached: the forge's address, and the token that it is shown.

use std::sync::Arc;

use plimsoll_engine::world::forge::{Forge, NoForge};
use plimsoll_http::proxy::Proxies;
use plimsoll_http::secret::Redactor;
use plimsoll_http::{Transport, transport};

use super::Logins;
use crate::adapters::forge::address::ForgeAddress;
use crate::adapters::forge::token::{self, Named};
use crate::adapters::forge::{self, Asker, job};
use crate::config::ForgeSettings;
use crate::variables::Variables;

/// A forge, or none. Nothing is sent before something is asked of it.
#[derive(Clone)]
pub struct ForgeAccess(Option<Known>);

#[derive(Clone)]
struct Known {
    address: ForgeAddress,
    asker: Asker,
    proxies: Proxies,
}

impl ForgeAccess {
    /// Takes what the configuration says, the user's environment, and the host that the repository was cloned from. `redactor`
    /// learns the token.
    pub fn new(
        settings: &ForgeSettings,
        variables: &Variables,
        redactor: &Redactor,
        logins: Logins,
        cloned_from: Option<&str>,
    ) -> ForgeAccess {
        let Some(address) = settings.address.clone() else { return ForgeAccess(None) };
        let read = |name: &str| variables.text(name).map(str::to_owned);
        let named = token::find_named(&address, cloned_from, read);
        let token = match (logins, &settings.token) {
            (Logins::None, _) => None,
            // Where a variable is named no other is tried; one that is not set is no token.
            (Logins::Known, Some(variable)) => variable.read(read).ok().filter(|_| named == Named::ByUser),
            (Logins::Known, None) => token::find_token(&address, named, read),
        };
        if let Some(token) = &token {
            redactor.add(token);
        }
        let (kind, job) = (token::TokenKind::of(token.as_ref(), read), job::find_job(&address, read));
        let asker = Asker { token, kind, job };
        ForgeAccess(Some(Known { address, asker, proxies: Proxies::from_environment(read) }))
    }

    /// Whether there is a token to show.
    pub fn has_token(&self) -> bool {
        self.0.as_ref().is_some_and(|known| known.asker.token.is_some())
    }

    /// The forge.
    pub(super) fn open(&self) -> Arc<dyn Forge> {
        let Some(Known { address, asker, proxies }) = self.0.clone() else {
            return Arc::new(NoForge);
        };
        let mut settings = transport::Settings::new(concat!("plimsoll/", env!("CARGO_PKG_VERSION")));
        settings.proxies = proxies;
        forge::open(&address, asker, Transport::new(settings))
    }
}
