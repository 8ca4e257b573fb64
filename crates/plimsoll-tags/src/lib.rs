//! Versions, image tag rules, classes and lines.
//!
//! Pure: text and facts in, types and text out. Nothing here reads a file, a clock or the network, and nothing
//! knows of releases, registries or git beyond the spelling of a tag.
//!
//! | module | answers |
//! |---|---|
//! | [`version`] | is this text a version, which of two is higher, what comes next |
//! | [`git_tag`] | does this git tag name a version, a prerelease, a promotion, or is it refused, and why |
//! | [`notation`] | how a rule for image tags is written |
//! | [`rule`], [`rule_set`] | which image tags an event yields |
//! | [`conventional`] | what version do commits ask for |
//! | [`class`] | may a tag move, and which line does it follow |
//!
//! A *git tag* is a ref of a repository (`v1.4.0`); an *image tag* is a name in a registry (`1.4`, `latest`). The
//! first is read, the second is rendered.

pub mod class;
pub mod conventional;
pub mod facts;
pub mod git_tag;
pub mod notation;
pub mod rule;
pub mod rule_set;
mod suggest;
pub mod table;
pub mod value;
pub mod version;
