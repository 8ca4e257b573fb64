//! The plainest of HCL, as files of `docker buildx bake` are mostly written: blocks of assignments (github.com/hashicorp/hcl,
//! "HCL Native Syntax Specification"). Everything else is kept as it is written, and said to be unread.

use super::Written;

/// A block: `target "name" { … }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) body: Vec<(String, Written)>,
}

/// How deep lists and tables may lie in one another.
const DEPTH: usize = 16;

/// Reads the blocks of a file; none where it is not written like that.
pub(super) fn parse(text: &str) -> Option<Vec<Block>> {
    let mut reader = Reader { rest: text };
    let mut blocks = Vec::new();
    loop {
        reader.skip();
        if reader.rest.is_empty() {
            return Some(blocks);
        }
        let kind = reader.word()?;
        reader.skip();
        let mut name = String::new();
        // A label stands in quotes, or is a word.
        while reader.rest.starts_with(|sign: char| sign == '"' || sign.is_ascii_alphanumeric() || sign == '_')
        {
            name = if reader.rest.starts_with('"') { reader.quoted()? } else { reader.word()? };
            reader.skip();
        }
        // What a file assigns by itself says nothing of targets.
        if reader.take("=").is_some() {
            reader.value(DEPTH)?;
            continue;
        }
        reader.take("{")?;
        let body =
            if kind == "function" { reader.pass_over_block().map(|()| Vec::new()) } else { reader.body() };
        blocks.push(Block { kind, name, body: body? });
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    /// Passes blanks and comments over.
    fn skip(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            let after = match self.rest {
                rest if rest.starts_with('#') || rest.starts_with("//") => {
                    rest.split_once('\n').map(|(_, after)| after)
                }
                rest if rest.starts_with("/*") => rest.split_once("*/").map(|(_, after)| after),
                _ => return,
            };
            self.rest = after.unwrap_or_default();
        }
    }

    fn take(&mut self, sign: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(sign)?;
        Some(())
    }

    fn word(&mut self) -> Option<String> {
        let is_part = |sign: char| sign.is_ascii_alphanumeric() || "_-.".contains(sign);
        let end = self.rest.find(|sign| !is_part(sign)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!word.is_empty()).then(|| word.to_owned())
    }

    /// A text in quotes; `${NAME}` stays in it.
    fn quoted(&mut self) -> Option<String> {
        let mut signs = self.rest.char_indices().skip(1);
        let mut text = String::new();
        while let Some((at, sign)) = signs.next() {
            match sign {
                '"' => {
                    self.rest = self.rest.get(at + 1..)?;
                    return Some(text);
                }
                '\n' => return None,
                '\\' => match signs.next()?.1 {
                    'n' => text.push('\n'),
                    't' => text.push('\t'),
                    other => text.push(other),
                },
                other => text.push(other),
            }
        }
        None
    }

    fn body(&mut self) -> Option<Vec<(String, Written)>> {
        let mut body = Vec::new();
        loop {
            self.skip();
            if self.take("}").is_some() {
                return Some(body);
            }
            let name = self.word()?;
            self.skip();
            if self.take("{").is_some() {
                self.pass_over_block()?;
                body.push((name, Written::Unread("{ … }".to_owned())));
                continue;
            }
            self.take("=")?;
            body.push((name, self.value(DEPTH)?));
        }
    }

    /// Passes over what stands in braces, which are open.
    fn pass_over_block(&mut self) -> Option<()> {
        let mut depth = 1_usize;
        while depth > 0 {
            self.skip();
            match self.rest.chars().next()? {
                '"' => {
                    self.quoted()?;
                    continue;
                }
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            let mut signs = self.rest.chars();
            signs.next();
            self.rest = signs.as_str();
        }
        Some(())
    }

    /// A value. What goes on behind it is an expression, and unread to its end.
    fn value(&mut self, depth: usize) -> Option<Written> {
        self.skip_blanks();
        let before = self.rest;
        let plain = self.plain(depth.checked_sub(1)?);
        self.skip_blanks();
        let is_whole = self.rest.is_empty()
            || self.rest.starts_with(['\n', '\r', ',', ']', '}', '#'])
            || self.rest.starts_with("//")
            || self.rest.starts_with("/*");
        match plain {
            Some(value) if is_whole => Some(value),
            _ => {
                self.rest = before;
                self.expression()
            }
        }
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }

    fn plain(&mut self, depth: usize) -> Option<Written> {
        match self.rest.chars().next()? {
            '"' => self.quoted().map(Written::Text),
            '[' => {
                self.take("[")?;
                let mut list = Vec::new();
                loop {
                    self.skip();
                    if self.take("]").is_some() {
                        return Some(Written::List(list));
                    }
                    list.push(self.value(depth)?);
                    self.skip();
                    let _ = self.take(",");
                }
            }
            '{' => {
                self.take("{")?;
                let mut table = Vec::new();
                loop {
                    self.skip();
                    if self.take("}").is_some() {
                        return Some(Written::Table(table));
                    }
                    let name = if self.rest.starts_with('"') { self.quoted()? } else { self.word()? };
                    self.skip();
                    self.take("=").or_else(|| self.take(":"))?;
                    table.push((name, self.value(depth)?));
                    self.skip();
                    let _ = self.take(",");
                }
            }
            _ => {
                let word = self.word()?;
                Some(match word.as_str() {
                    "null" => Written::Nothing,
                    "true" | "false" => Written::Text(word),
                    _ if word.starts_with(|sign: char| sign.is_ascii_digit()) => Written::Text(word),
                    _ => Written::Variable(word),
                })
            }
        }
    }

    /// An expression to the end of its line, or to what closes it.
    fn expression(&mut self) -> Option<Written> {
        let mut depth = 0_usize;
        let whole = self.rest;
        loop {
            match self.rest.chars().next() {
                None => break,
                Some('"') => {
                    self.quoted()?;
                    continue;
                }
                Some('\n' | ',') if depth == 0 => break,
                Some(']' | '}' | ')') if depth == 0 => break,
                Some('[' | '{' | '(') => depth += 1,
                Some(']' | '}' | ')') => depth -= 1,
                Some(_) => {}
            }
            let mut signs = self.rest.chars();
            signs.next();
            self.rest = signs.as_str();
        }
        let text = whole.get(..whole.len() - self.rest.len())?;
        let words: Vec<&str> = text.split_whitespace().collect();
        (!words.is_empty()).then(|| Written::Unread(words.join(" ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_assignments_are_read() {
        let text = r#"
# a comment
variable "TAG" { default = "1" } // another
function "tag" { params = [a] result = "${a}}" }
target "app" {
  inherits = ["_common", "b"] /* and
  one more */
  args = { A = "b", "C" = TAG }
  pull = true
  platforms = A != null ? [
    "linux/amd64",
  ] : []
  tags = [
    "acme/app:${TAG}",
    notequal("", TAG) ? "acme/app:x" : "",
  ]
  matrix { a = 1 }
}
"#;
        let blocks = parse(text).unwrap();
        let text = |text: &str| Written::Text(text.to_owned());
        let unread = |text: &str| Written::Unread(text.to_owned());
        assert_eq!(blocks[0].body, [("default".to_owned(), text("1"))]);
        assert_eq!((blocks[1].kind.as_str(), blocks[1].body.len()), ("function", 0));
        let body: Vec<(&str, &Written)> =
            blocks[2].body.iter().map(|(name, value)| (name.as_str(), value)).collect();
        assert_eq!(
            body,
            [
                ("inherits", &Written::List(vec![text("_common"), text("b")])),
                (
                    "args",
                    &Written::Table(vec![
                        ("A".to_owned(), text("b")),
                        ("C".to_owned(), Written::Variable("TAG".to_owned()))
                    ])
                ),
                ("pull", &text("true")),
                ("platforms", &unread("A != null ? [ \"linux/amd64\", ] : []")),
                (
                    "tags",
                    &Written::List(vec![
                        text("acme/app:${TAG}"),
                        unread("notequal(\"\", TAG) ? \"acme/app:x\" : \"\"")
                    ])
                ),
                ("matrix", &unread("{ … }")),
            ]
        );
    }

    #[test]
    fn a_label_stands_in_quotes_or_is_a_word() {
        let blocks = parse("target rpi {\n  context = \"x\"\n}\ntarget \"a\" {}\n").unwrap();
        let named: Vec<(&str, &str)> =
            blocks.iter().map(|block| (block.kind.as_str(), block.name.as_str())).collect();
        assert_eq!(named, [("target", "rpi"), ("target", "a")]);
    }

    #[test]
    fn what_is_no_such_file_is_none() {
        for text in [
            "target",
            "target \"a\" {",
            "target \"a\" { b }",
            "target \"a\" { b = \"c }\n",
            "}",
            "a = ",
            "a \"b",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        for deep in ["[", "{a=", "("] {
            let _ = parse(&format!("a = {}", deep.repeat(100_000)));
        }
        assert_eq!(parse(" \n# nothing"), Some(vec![]));
    }
}
