//! How keys and tokens are named: by a variable, a command, or a file.

use std::path::Path;

/// What keys in variables are named by.
const IN_VARIABLE: &str = "env:";
/// What keys from commands are named by.
pub(crate) const FROM_COMMAND: &str = "command:";

/// What keys themselves begin with (RFC 7468, section 2).
const PEM: &str = "-----BEGIN ";

/// Where a key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeyReference<'a> {
    /// `env:NAME`: in a variable.
    Variable(&'a str),
    /// `command:PROGRAM ARGUMENT …`: on the standard output of a program. Words stand between blanks; no shell reads them.
    Command(Vec<&'a str>),
    /// In a file.
    File(&'a Path),
    /// Nowhere: it is a key itself, and must not be shown.
    Itself,
}

impl<'a> KeyReference<'a> {
    /// Reads a reference.
    pub(crate) fn parse(text: &'a str) -> KeyReference<'a> {
        match (text.strip_prefix(IN_VARIABLE), text.strip_prefix(FROM_COMMAND)) {
            (Some(name), _) => KeyReference::Variable(name),
            (None, Some(line)) => KeyReference::Command(line.split_whitespace().collect()),
            (None, None) if text.contains(PEM) => KeyReference::Itself,
            (None, None) => KeyReference::File(Path::new(text)),
        }
    }

    /// Whether a program must be run for it.
    pub(crate) fn is_command(&self) -> bool {
        matches!(self, KeyReference::Command(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_in_variables_files_or_what_commands_write() {
        for (text, want) in [
            ("env:KEY", KeyReference::Variable("KEY")),
            ("command:pass  show release/key", KeyReference::Command(vec!["pass", "show", "release/key"])),
            ("command: ", KeyReference::Command(vec![])),
            ("keys/release.key", KeyReference::File(Path::new("keys/release.key"))),
            ("commands", KeyReference::File(Path::new("commands"))),
            ("-----BEGIN PRIVATE KEY-----\nMIIB", KeyReference::Itself),
        ] {
            let reference = KeyReference::parse(text);
            assert_eq!(reference.is_command(), text.starts_with("command:"), "{text}");
            assert_eq!(reference, want);
        }
    }
}
