//! From text to instructions: directives, comments, continued lines, here-documents.

use super::DockerfileError;
use super::heredoc::{find_heredocs, is_end};

/// What the first lines say (Dockerfile reference, "Parser directives").
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Directives {
    pub(super) syntax: Option<String>,
    pub(super) escape: char,
}

/// One instruction with its arguments, continued lines joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Instruction {
    /// The line that it begins on, from 1.
    pub(super) line: usize,
    /// Its word, in capitals.
    pub(super) word: String,
    /// What follows, without the bodies of here-documents.
    pub(super) rest: String,
}

impl Directives {
    /// Directives end at the first line that is none.
    pub(super) fn parse(text: &str) -> Result<Directives, DockerfileError> {
        let mut directives = Directives { syntax: None, escape: '\\' };
        let mut seen = Vec::new();
        for (index, line) in text.lines().enumerate() {
            if index == 0 && line.starts_with("#!") {
                continue;
            }
            let Some((key, value)) = line.trim().strip_prefix('#').and_then(|said| said.split_once('='))
            else {
                break;
            };
            let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
            let is_word = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric());
            // One that is said again is a comment like any other.
            if !is_word || seen.contains(&key) {
                break;
            }
            match key.as_str() {
                "syntax" if !value.is_empty() => directives.syntax = Some(value.to_owned()),
                "escape" => {
                    directives.escape = match value {
                        "\\" => '\\',
                        "`" => '`',
                        _ => {
                            return Err(DockerfileError::Escape { line: index + 1, found: value.to_owned() });
                        }
                    };
                }
                "syntax" | "check" => {}
                _ => break,
            }
            seen.push(key);
        }
        Ok(directives)
    }
}

/// Splits a text into instructions.
pub(super) fn parse(text: &str, directives: &Directives) -> Result<Vec<Instruction>, DockerfileError> {
    let mut instructions = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        if is_comment(line) || line.trim().is_empty() {
            continue;
        }
        let mut whole = String::new();
        let mut piece = line;
        while let Some(head) = continued(piece, directives.escape) {
            whole.push_str(head);
            // Comments and empty lines do not end a continued line.
            let further = lines.find(|(_, line)| !is_comment(line) && !line.trim().is_empty());
            piece = further.map_or("", |(_, line)| line);
        }
        whole.push_str(piece);
        let (word, rest) = match whole.trim().split_once(char::is_whitespace) {
            Some((word, rest)) => (word.to_ascii_uppercase(), rest.trim().to_owned()),
            None => (whole.trim().to_ascii_uppercase(), String::new()),
        };
        if matches!(word.as_str(), "RUN" | "COPY" | "ADD") {
            for heredoc in find_heredocs(&rest) {
                if !lines.any(|(_, line)| is_end(line, &heredoc)) {
                    return Err(DockerfileError::OpenHeredoc { line: index + 1, name: heredoc.name });
                }
            }
        }
        instructions.push(Instruction { line: index + 1, word, rest });
    }
    Ok(instructions)
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

/// The line without its escape character, if the next line belongs to it.
fn continued(line: &str, escape: char) -> Option<&str> {
    let head = line.trim_end_matches([' ', '\t', '\r']).strip_suffix(escape)?;
    // Two of them are the character itself.
    (!head.ends_with(escape)).then_some(head)
}
