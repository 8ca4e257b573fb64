//! What was named as a git tag, and is a file.

use std::path::Path;

use plimsoll_engine::domain::code::Code;

use crate::cli::ending::Failure;
use crate::cli::session::Session;

/// What stands against a git tag; where the words name a file, how that is meant is said besides.
pub(crate) fn advise_file(session: &Session<'_>, named: &str, failure: Failure) -> Failure {
    let is_about_name = failure.problems.all().iter().any(|problem| problem.code == Code::TagInvalid);
    if !is_about_name || !session.path(Path::new(named)).is_file() {
        return failure;
    }
    let mut advice = vec![format!("`{named}` is a file here; what is wanted is a git tag, such as `v1.4.0`")];
    if Path::new(named).extension().is_some_and(|ending| ending == "toml") {
        advice.push(format!("a configuration is named as an option: `--config {named}`"));
    }
    let problems = failure.problems.into_iter();
    let problems = problems.map(|problem| match problem.code {
        Code::TagInvalid => advice.iter().cloned().fold(problem, |problem, help| problem.help(help)),
        _ => problem,
    });
    Failure { problems: problems.collect(), ..failure }
}
