//! The `plimsoll` binary's parts: what it is told, what it does with it, what it says.
//!
//! | room | holds |
//! |---|---|
//! | [`variables`] | the environment, as a value |
//! | [`ci`] | what the CI system says |
//! | [`config`] | `plimsoll.toml`: as written, and as meant |
//! | `adapters` | the engine's roles, played by the real world; private |
//! | [`wire`] | puts the engine's world together |

mod adapters;
pub mod ci;
pub mod config;
pub mod variables;
pub mod wire;
