//! What was deployed. The command alone is data, so that `$(plimsoll deploy TAG --print)` is it.

use crate::output::json::deployed::Deployed;
use crate::output::shell::quote;

/// Renders the command that was asked for; one that was run needs no words.
pub fn render(answer: &Deployed) -> String {
    match answer.ran {
        true => String::new(),
        false => format!("{}\n", answer.command.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ")),
    }
}

/// What is said beside it.
pub fn remarks(answer: &Deployed) -> Vec<String> {
    let done = match (answer.ran, answer.act) {
        (false, _) => return Vec::new(),
        (true, "down") => "stopped",
        (true, _) => "running",
    };
    vec![format!("{} {} is {done}: {}", answer.component, answer.version, answer.path)]
}
