//! What was deployed. The command alone is data, so that `$(plimsoll deploy TAG --print)` is it.

use crate::output::json::deployed::Deployed;

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

/// A word as a shell takes it.
fn quote(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-:=@+,".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_words() {
        for (word, want) in [("a/b-1.yml", "a/b-1.yml"), ("a b", "'a b'"), ("it's", r"'it'\''s'"), ("", "''")]
        {
            assert_eq!(quote(word), want);
        }
    }
}
