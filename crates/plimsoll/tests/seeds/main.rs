//! `check` gives the right verdict on the tags of repositories like those that Plimsoll was made for, and `tags` the image
//! tags that they had.
//!
//! [`process`] runs each process from its first step to its last.
//!
//! The repositories are made by the tests, with the version files, tags and spellings of real ones.

mod gpt4shell;
mod image_tags;
mod llm_proxy;
mod process;
mod verdict;
