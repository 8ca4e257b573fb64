//! What a file such as `.dockerignore` leaves out of a build's context.
//!
//! Source: docs.docker.com, "Build context", section ".dockerignore files"; the last line that fits decides.

use plimsoll_helm::ignore::matches;

/// The lines of such a file, in order.
#[derive(Clone, Debug, Default)]
pub struct IgnoreFile(Vec<Line>);

#[derive(Clone, Debug)]
struct Line {
    /// Whether what fits is taken back in (`!`).
    takes_in: bool,
    parts: Vec<String>,
}

impl IgnoreFile {
    /// Reads the text of one. No text is wrong.
    pub fn parse(text: &str) -> IgnoreFile {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let read = |line: &str| {
            let (takes_in, pattern) = match line.strip_prefix('!') {
                Some(pattern) => (true, pattern.trim_start()),
                None => (false, line),
            };
            let parts = pattern.split('/').filter(|part| !part.is_empty() && *part != ".");
            Line { takes_in, parts: parts.map(str::to_owned).collect() }
        };
        IgnoreFile(lines.map(read).filter(|line| !line.parts.is_empty()).collect())
    }

    /// Whether a file or folder is left out; `path` is that from the context.
    pub fn leaves_out(&self, path: &str) -> bool {
        let parts: Vec<&str> = path.split('/').collect();
        // A line that fits a folder fits everything below it.
        let fits = |line: &&Line| {
            (1..=parts.len()).any(|end| fits_parts(&line.parts, parts.get(..end).unwrap_or_default()))
        };
        self.0.iter().rev().find(fits).is_some_and(|line| !line.takes_in)
    }
}

/// Within a part a pattern is one of Go's, as Helm's are.
fn fits_parts(pattern: &[String], path: &[&str]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((first, rest)), _) if first == "**" => {
            fits_parts(rest, path) || path.split_first().is_some_and(|(_, below)| fits_parts(pattern, below))
        }
        (Some((first, rest)), Some((name, below))) => matches(first, name) && fits_parts(rest, below),
        (None, Some(_)) | (Some(_), None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_that_fits_decides() {
        for (text, path, want) in [
            ("", "vendor/lib", false),
            ("vendor", "vendor/lib", true),
            ("/vendor/", "vendor/lib", true),
            ("./vendor/lib", "vendor/lib", true),
            ("lib", "vendor/lib", false),
            ("**/lib", "vendor/lib", true),
            ("**/lib", "lib", true),
            ("vendor/*", "vendor/lib", true),
            ("vendor/**", "vendor/lib", true),
            ("v?ndor", "vendor/lib", true),
            ("*.bin", "models/a.bin", false),
            ("**/*.bin", "models/a.bin", true),
            ("*\n!vendor", "vendor/lib", false),
            ("*\n!vendor\nvendor/lib", "vendor/lib", true),
            ("# vendor", "vendor/lib", false),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("\u{feff}vendor\r\n", "vendor/lib", true),
        ] {
            assert_eq!(IgnoreFile::parse(text).leaves_out(path), want, "{text:?} {path}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_much(text in ".{0,60}", path in "[a-c*/?]{0,20}") {
            let _ = IgnoreFile::parse(&text).leaves_out(&path);
        }

        #[test]
        fn a_path_written_out_is_left_out(path in "[a-c]{1,4}(/[a-c]{1,4}){0,3}") {
            proptest::prop_assert!(IgnoreFile::parse(&path).leaves_out(&path));
        }
    }
}
