//! The engine's roles, played by the real world: git, files, registries, the clock. Only `wire` names what is in here.

pub(crate) mod builder;
pub(crate) mod checkout;
pub(crate) mod claims_file;
pub(crate) mod claims_none;
pub(crate) mod clock;
pub(crate) mod compose_tool;
pub(crate) mod containers;
pub(crate) mod dot_plimsoll;
pub(crate) mod errand;
pub(crate) mod files;
pub(crate) mod forge;
pub(crate) mod gate;
pub(crate) mod git;
pub(crate) mod helm;
pub(crate) mod inspector;
pub(crate) mod journal;
pub(crate) mod ledger;
pub(crate) mod liveness;
pub(crate) mod loopback;
pub(crate) mod named_content;
pub(crate) mod origins;
mod process;
pub(crate) mod registry_ledger;
pub(crate) mod rehearsed_tag;
pub(crate) mod stores;
pub(crate) mod tools;
pub(crate) mod workshop;
