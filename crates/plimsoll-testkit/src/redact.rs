//! Takes out of a text what changes from run to run, so that the rest can be compared.

use std::path::Path;

const HEX_OF_SHA256: usize = 64;
const LOOPBACK: [&str; 2] = ["127.0.0.1:", "localhost:"];

/// A text on its way to a snapshot.
///
/// ```
/// use plimsoll_testkit::redact::Redaction;
///
/// let text = Redaction::of("pushed 127.0.0.1:40123/app").ports().text();
/// assert_eq!(text, "pushed 127.0.0.1:[PORT]/app");
/// ```
#[derive(Debug, Clone)]
pub struct Redaction {
    text: String,
}

impl Redaction {
    /// Begins with the text as it is.
    pub fn of(text: &str) -> Self {
        Self { text: text.to_owned() }
    }

    /// Replaces the path of a machine by `[ROOT]`.
    #[must_use]
    pub fn root(self, root: &Path) -> Self {
        self.replace(&root.to_string_lossy(), "[ROOT]")
    }

    /// Replaces every occurrence of a string.
    #[must_use]
    pub fn replace(mut self, from: &str, to: &str) -> Self {
        self.text = self.text.replace(from, to);
        self
    }

    /// Replaces the port of every loopback address by `[PORT]`.
    #[must_use]
    pub fn ports(mut self) -> Self {
        for host in LOOPBACK {
            self.text = after_each(&self.text, host, |rest| {
                let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
                (digits > 0).then(|| (digits, "[PORT]".to_owned()))
            });
        }
        self
    }

    /// Replaces every SHA-256 digest by `[n]`, numbered by first appearance, so that equal ones stay equal.
    #[must_use]
    pub fn digests(mut self) -> Self {
        let mut seen: Vec<String> = Vec::new();
        self.text = after_each(&self.text, "sha256:", |rest| {
            let hex = rest.get(..HEX_OF_SHA256)?;
            hex.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| {
                let known = seen.iter().position(|one| one == hex);
                let place = known.unwrap_or_else(|| {
                    seen.push(hex.to_owned());
                    seen.len() - 1
                });
                (HEX_OF_SHA256, format!("[{}]", place + 1))
            })
        });
        self
    }

    /// The text that is left.
    pub fn text(self) -> String {
        self.text
    }
}

/// Looks at what follows each `mark`; `replacement` says how many bytes of it give way, and to what.
fn after_each(
    text: &str,
    mark: &str,
    mut replacement: impl FnMut(&str) -> Option<(usize, String)>,
) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(mark) {
        out.push_str(before);
        out.push_str(mark);
        rest = after;
        if let Some((taken, with)) = replacement(after) {
            out.push_str(&with);
            rest = after.get(taken..).expect("only ASCII is taken away");
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Redaction;

    #[test]
    fn equal_digests_stay_equal_and_different_ones_different() {
        let (a, b) = ("a".repeat(64), "b".repeat(64));
        let text = format!("sha256:{b} sha256:{a} sha256:{b} sha256:short");
        assert_eq!(Redaction::of(&text).digests().text(), "sha256:[1] sha256:[2] sha256:[1] sha256:short");
    }

    #[test]
    fn ports_and_roots_give_way() {
        let text = "/tmp/x/repo at 127.0.0.1:5000, localhost:1, 127.0.0.1:";
        let redacted = Redaction::of(text).root(Path::new("/tmp/x")).ports().text();
        assert_eq!(redacted, "[ROOT]/repo at 127.0.0.1:[PORT], localhost:[PORT], 127.0.0.1:");
    }
}
