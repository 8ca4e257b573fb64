//! Whole releases by the real binary with a page on a forge.
//!
//! Gitea is a real one. GitHub is [`plimsoll_testkit::github`]: what is said to it and what it says is held against GitHub's own description
//! of its interface in [`description`]. GitLab is [`plimsoll_testkit::gitlab`], held against its documentation in [`gitlab_documented`].

mod contested;
mod deployments;
mod description;
mod gitea;
mod github;
mod gitlab;
mod gitlab_documented;
mod mended;
mod port;
