//! The documentation as a static site: every Markdown page of the repository as HTML that needs no script, in light and
//! dark, on phones and desks.
//!
//! | file | what it is |
//! |---|---|
//! | [`contents`] | which pages there are, and in which order |
//! | [`links`] | where a link of a page leads on the site |
//! | [`markdown`] | Markdown as HTML |
//! | [`layout`] | what every page has around it |
//! | [`site`] | all of it, as files |

pub mod contents;
pub mod layout;
pub mod links;
pub mod markdown;
pub mod site;
