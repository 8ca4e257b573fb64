//! A person's login with a browser, which gives the token that signs: the address is shown on the terminal, and what the browser brings
//! back is waited for on this machine, or typed.

mod listener;

use std::time::Duration;

use plimsoll_http::secret::Redactor;
use plimsoll_http::{Secret, Transport, Url};
use plimsoll_sigstore::keyless::{Login, LoginError, TYPED};
use tokio::time::timeout;

use super::process::Invocation;
use super::terminal::{ask_secret, show};
use crate::variables::Variables;
use listener::Listener;

/// How long somebody may take to log in.
const PATIENCE: Duration = Duration::from_secs(300);
/// Variables that say that somebody sits at another machine, whose browser does not reach this one.
const FROM_AFAR: [&str; 2] = ["SSH_CONNECTION", "SSH_TTY"];
/// Variables that say that there is a screen that a browser could be seen on.
const SCREENS: [&str; 2] = ["DISPLAY", "WAYLAND_DISPLAY"];

/// Why nobody logged in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoginFault {
    /// It went wrong.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// Nobody came.
    #[error("nobody logged in within {} minutes", .0.as_secs() / 60)]
    Nobody(Duration),
}

/// Has the person at the terminal log in with an issuer.
///
/// # Errors
/// [`LoginFault`].
pub(crate) async fn log_in(
    transport: &Transport,
    issuer: &Url,
    variables: &Variables,
) -> Result<Secret, LoginFault> {
    let is_afar = FROM_AFAR.iter().any(|name| variables.get(name).is_some());
    // Where nothing can listen, what the browser shows is typed.
    let listener = match is_afar {
        true => None,
        false => Listener::bind().await.ok(),
    };
    let Some(listener) = listener else { return log_in_by_typing(transport, issuer, variables).await };
    let shown = |address: &Url| {
        show(&format!("to sign, log in with a browser at\n  {address}\nwaiting for it …"));
        open_browser(address, variables);
    };
    log_in_by_browser(transport, issuer, &listener, shown, PATIENCE).await
}

/// The browser brings its answer to this machine.
async fn log_in_by_browser(
    transport: &Transport,
    issuer: &Url,
    listener: &Listener,
    shown: impl FnOnce(&Url),
    patience: Duration,
) -> Result<Secret, LoginFault> {
    let login = Login::begin(transport, issuer, &listener.address()).await?;
    shown(&login.address());
    let code = timeout(patience, listener.wait(&login)).await.map_err(|_| LoginFault::Nobody(patience))??;
    Ok(login.finish(transport, &code).await?)
}

/// The browser shows a code, and whoever reads it types it.
async fn log_in_by_typing(
    transport: &Transport,
    issuer: &Url,
    variables: &Variables,
) -> Result<Secret, LoginFault> {
    let login = Login::begin(transport, issuer, TYPED).await?;
    show(&format!("to sign, log in with a browser at\n  {}", login.address()));
    let variables = variables.clone();
    let asked = tokio::task::spawn_blocking(move || ask_secret("Code that the browser shows", &variables));
    let code = timeout(PATIENCE, asked).await.map_err(|_| LoginFault::Nobody(PATIENCE))?;
    let code = code.ok().flatten().filter(|code| !code.is_empty()).ok_or(LoginError::NoCode)?;
    Ok(login.finish(transport, &code).await?)
}

/// Opens a browser where there may be one to be seen. The address stands on the terminal in any case.
fn open_browser(address: &Url, variables: &Variables) {
    let has_screen = SCREENS.iter().any(|name| variables.text(name).is_some());
    let program = match (cfg!(target_os = "macos"), has_screen) {
        (true, _) => "open",
        (false, true) => "xdg-open",
        (false, false) => return,
    };
    let browser = Invocation::new(program, variables.clone(), &Redactor::new()).arg(address.as_str());
    // Whoever has none opens the address himself.
    let _ = browser.leave_running();
}

#[cfg(test)]
mod tests;
