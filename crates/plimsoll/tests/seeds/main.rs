//! `check` gives the right verdict on the tags of repositories like those that Plimsoll was made for.
//!
//! The repositories are made by the tests, with the version files, tags and spellings of real ones.

mod gpt4shell;
mod llm_proxy;
mod verdict;
