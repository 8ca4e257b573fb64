//! The `WWW-Authenticate` header (RFC 9110, section 11.6.1).

use std::collections::BTreeMap;

/// One way of authentication that a server offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Challenge {
    /// `basic`, `bearer`, …, in lower case.
    pub(crate) scheme: String,
    /// Its parameters by name in lower case. Of a name given twice the first counts.
    pub(crate) parameters: BTreeMap<String, String>,
}

impl Challenge {
    /// One parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }
}

/// Reads the challenges of one header, in order.
///
/// Parts that fit no grammar are passed over: a server may offer schemes that only other clients know.
pub(crate) fn parse_challenges(header: &str) -> Vec<Challenge> {
    let mut challenges: Vec<Challenge> = Vec::new();
    let mut rest = Rest(header);
    loop {
        rest.skip(|c| c == ',' || c.is_ascii_whitespace());
        let word = rest.take_while(is_token);
        if word.is_empty() {
            // Neither a separator nor a word: step over it, so that the loop ends.
            if rest.next().is_none() {
                return challenges;
            }
            continue;
        }
        let after_word = rest;
        rest.skip(|c| c.is_ascii_whitespace());
        match (rest.peek(), challenges.last_mut()) {
            (Some('='), Some(challenge)) => {
                rest.next();
                rest.skip(|c| c.is_ascii_whitespace());
                let value = rest.value();
                challenge.parameters.entry(word.to_ascii_lowercase()).or_insert(value);
            }
            _ => {
                rest = after_word;
                challenges.push(Challenge { scheme: word.to_ascii_lowercase(), parameters: BTreeMap::new() });
            }
        }
    }
}

/// What has not been read yet.
#[derive(Clone, Copy)]
struct Rest<'h>(&'h str);

impl<'h> Rest<'h> {
    fn peek(&self) -> Option<char> {
        self.0.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let mut chars = self.0.chars();
        let next = chars.next();
        self.0 = chars.as_str();
        next
    }

    fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'h str {
        let end = self.0.find(|c| !belongs(c)).unwrap_or(self.0.len());
        let (taken, rest) = self.0.split_at(end);
        self.0 = rest;
        taken
    }

    fn skip(&mut self, belongs: impl Fn(char) -> bool) {
        self.take_while(belongs);
    }

    /// A token or a quoted string; one without its closing quote goes to the end.
    fn value(&mut self) -> String {
        if self.peek() != Some('"') {
            return self.take_while(is_token).to_owned();
        }
        self.next();
        let mut value = String::new();
        while let Some(c) = self.next() {
            match c {
                '"' => break,
                '\\' => value.extend(self.next()),
                plain => value.push(plain),
            }
        }
        value
    }
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~/:".contains(c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn challenge(scheme: &str, parameters: &[(&str, &str)]) -> Challenge {
        let parameters = parameters.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Challenge { scheme: scheme.into(), parameters }
    }

    #[test]
    fn reads_what_registries_send() {
        let cases = [
            (
                r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push""#,
                vec![challenge(
                    "bearer",
                    &[
                        ("realm", "https://auth.docker.io/token"),
                        ("service", "registry.docker.io"),
                        ("scope", "repository:a/b:pull,push"),
                    ],
                )],
            ),
            (r#"Basic realm="Registry Realm""#, vec![challenge("basic", &[("realm", "Registry Realm")])]),
            ("Negotiate", vec![challenge("negotiate", &[])]),
            (
                r#"Negotiate , BEARER Realm = "x" , error=insufficient_scope, Basic realm="y""#,
                vec![
                    challenge("negotiate", &[]),
                    challenge("bearer", &[("realm", "x"), ("error", "insufficient_scope")]),
                    challenge("basic", &[("realm", "y")]),
                ],
            ),
            (
                r#"Bearer realm="say \"hi\", now",realm="second""#,
                vec![challenge("bearer", &[("realm", "say \"hi\", now")])],
            ),
            (r#"Bearer realm="https://h/t"#, vec![challenge("bearer", &[("realm", "https://h/t")])]),
            (r#"Bearer realm=https://h/t"#, vec![challenge("bearer", &[("realm", "https://h/t")])]),
            ("", vec![]),
            (",,=\"", vec![]),
        ];
        for (header, wanted) in cases {
            assert_eq!(parse_challenges(header), wanted, "{header}");
        }
    }

    fn any_challenge() -> impl Strategy<Value = Challenge> {
        let value = "[ !#-\\[\\]-~\"\\\\]{0,20}";
        ("[a-z]{1,9}", proptest::collection::btree_map("[a-z_]{1,9}", value, 1..4))
            .prop_map(|(scheme, parameters)| Challenge { scheme, parameters })
    }

    proptest! {
        #[test]
        fn reads_back_what_is_written(challenges in proptest::collection::vec(any_challenge(), 0..4)) {
            let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
            let header: Vec<String> = challenges
                .iter()
                .map(|one| {
                    let parameters: Vec<String> =
                        one.parameters.iter().map(|(name, value)| format!("{name}={}", quoted(value))).collect();
                    format!("{} {}", one.scheme, parameters.join(", "))
                })
                .collect();
            prop_assert_eq!(parse_challenges(&header.join(", ")), challenges);
        }

        #[test]
        fn never_panics_and_always_ends(header in ".*") {
            parse_challenges(&header);
        }
    }
}
