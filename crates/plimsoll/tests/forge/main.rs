//! Whole releases by the real binary with a page on a forge.
//!
//! Gitea is a real one. GitHub is [`plimsoll_testkit::github`]: what is said to it and what it says is held against GitHub's own description
//! of its interface in [`description`].

mod deployments;
mod description;
mod gitea;
mod github;
mod port;
