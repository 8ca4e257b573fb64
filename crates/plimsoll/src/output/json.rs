//! What programs read: one object per command, each with a `schema` field (`docs/reference/json.md`).
//!
//! Fields are added to a schema, never changed or taken away; what must change gets a new number.

pub mod app_compose;
pub mod audit;
pub mod built;
pub mod chart;
pub mod charts;
pub mod check;
pub mod compose;
pub mod copied;
pub mod demo;
pub mod deployed;
pub mod difference;
pub mod doctor;
pub mod exported;
pub mod failure;
pub mod file;
pub mod garbage;
pub mod ignored;
pub mod image_signatures;
pub mod images;
pub mod imported;
pub mod init;
pub mod key;
mod masked;
pub mod next;
pub mod on_forge;
pub mod plan;
pub mod problem;
pub mod publish_plan;
pub mod published;
pub mod rebuilt;
pub mod release;
pub mod released;
pub mod releases;
pub mod serving;
pub mod signature;
pub mod signed;
pub mod site;
pub mod source;
pub mod statement;
pub mod status;
pub mod tagged;
pub mod tags;
pub mod verification;
pub mod version;
pub mod whatis;
pub mod withdrawn;
mod word;

use plimsoll_engine::domain::diagnostic::Diagnostic;
use serde::Serialize;

use problem::Problem;

pub use masked::masked;

/// The whole text of an object, indented, one newline at the end.
pub fn render(object: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(object);
    let text = text.expect("an object of strings, numbers and lists can be written as JSON");
    unheard(&text) + "\n"
}

/// The same of an answer, with what people are told beside it. An answer that tells of that itself stays as it is.
pub fn render_beside(answer: &impl Serialize, problems: &[Diagnostic]) -> String {
    let told_itself = || serde_json::to_value(answer).is_ok_and(|answer| answer.get("problems").is_some());
    if problems.is_empty() || told_itself() {
        return render(answer);
    }
    render(&Beside { answer, problems: problems.iter().map(Problem::from).collect() })
}

/// An answer, and what is told beside it.
#[derive(Serialize)]
struct Beside<'a, T> {
    #[serde(flatten)]
    answer: &'a T,
    problems: Vec<Problem>,
}

/// A text of objects that the runner of a CI job obeys nothing of.
fn unheard(text: &str) -> String {
    // It can only stand within a string, where it means the same.
    text.replace("##[", "#\\u0023[")
}
