//! The `plimsoll` binary's parts: what it is told, what it does with it, what it says.
//!
//! | room | holds |
//! |---|---|
//! | [`cli`] | the command line: one file per command |
//! | [`explain`] | what every error means to a user |
//! | [`output`] | what is said, to people and to programs |
//! | [`release_archive`] | one release as one file |
//! | `setup` | the demo's sample project |
//! | `key_reference` | how keys and tokens are named |
//! | `signed_forms` | the forms in which signed statements are attached |
//! | [`config`] | `plimsoll.toml`: as written, and as meant |
//! | [`ci`] | what the CI system says |
//! | [`variables`] | the environment, as a value |
//! | [`wire`] | puts the engine's world together |
//! | `adapters` | the engine's roles, played by the real world; private, so that only `wire` names them |

mod adapters;
pub mod ci;
pub mod cli;
pub mod config;
pub mod explain;
mod key_reference;
pub mod output;
pub mod release_archive;
mod setup;
mod signed_forms;
mod signing_certificate;
pub mod variables;
pub mod wire;

use std::panic::PanicHookInfo;
use std::process::ExitCode;

use variables::Variables;

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    std::panic::set_hook(Box::new(report_panic));
    let arguments: Vec<_> = std::env::args_os().collect();
    let run = || cli::run(&arguments, &Variables::of_this_process());
    // What a panic means was said by the hook.
    std::panic::catch_unwind(run).map_or(ExitCode::from(1), ExitCode::from)
}

fn report_panic(panic: &PanicHookInfo<'_>) {
    let payload = panic.payload();
    let said =
        payload.downcast_ref::<&str>().copied().or(payload.downcast_ref::<String>().map(String::as_str));
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    cli::report_panic(said.unwrap_or("a panic without words"), &place);
}
