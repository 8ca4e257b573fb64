//! From YAML to JSON, as Helm sees it.

use plimsoll_edit::yaml::tree::{Content, NodeId, Style, Tree, TreeError};
use serde_json::{Map, Value};

use super::plain;

/// Why a text is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum YamlError {
    /// It can't be read, or goes over a limit.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// A value has a tag that is not of JSON.
    #[error("line {line}: a value with the tag `{tag}`")]
    Tag {
        /// The tag.
        tag: String,
        /// The line, from 1.
        line: usize,
    },
}

impl YamlError {
    /// The line that the error is about, from 1, where there is one.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::Tree(error) => error.line(),
            Self::Tag { line, .. } => Some(*line),
        }
    }
}

/// Reads a text of one document. Nothing but comments is null.
///
/// # Errors
/// See [`YamlError`]: stricter than Helm in that a key may stand once only.
pub fn read(text: &str) -> Result<Value, YamlError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match Tree::parse(text) {
        Ok(tree) => value(&tree, tree.root()),
        Err(TreeError::Empty) => Ok(Value::Null),
        Err(error) => Err(error.into()),
    }
}

fn value(tree: &Tree, id: NodeId) -> Result<Value, YamlError> {
    let node = tree.node(tree.follow(id));
    match &node.content {
        Content::Scalar { value, style } => scalar(value, *style, node.tag.as_deref(), node.line),
        Content::Sequence(items) => {
            items.iter().map(|item| self::value(tree, *item)).collect::<Result<_, _>>().map(Value::Array)
        }
        Content::Mapping(_) => {
            let mut map = Map::new();
            for pair in tree.entries(id) {
                map.insert(pair.key.clone(), self::value(tree, pair.value)?);
            }
            Ok(Value::Object(map))
        }
        // Followed above: an alias leads to no alias.
        Content::Alias(to) => value(tree, *to),
    }
}

fn scalar(text: &str, style: Style, tag: Option<&str>, line: usize) -> Result<Value, YamlError> {
    let tag = tag.map(|tag| tag.trim_start_matches("tag:yaml.org,2002:").trim_start_matches("!!"));
    match (tag, style) {
        (None, Style::Plain) => Ok(plain::resolve(text)),
        (None | Some("str" | "binary" | "!"), _) => Ok(Value::String(text.to_owned())),
        (Some("int" | "float" | "bool" | "null"), _) => Ok(plain::resolve(text)),
        (Some("timestamp"), _) => Ok(Value::String(text.to_owned())),
        (Some(tag), _) => Err(YamlError::Tag { tag: tag.to_owned(), line }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::read;

    #[test]
    fn anchors_merges_and_words_are_followed() {
        let text = "a: &a {x: yes, y: '1.10'}\nb:\n  <<: *a\n  y: 2\nc: [*a]\nd: |\n  text\n";
        assert_eq!(
            read(text).unwrap(),
            json!({"a": {"x": true, "y": "1.10"}, "b": {"x": true, "y": 2}, "c": [{"x": true, "y": "1.10"}], "d": "text\n"})
        );
        assert_eq!(read("# nothing\n").unwrap(), json!(null));
        assert_eq!(read("a: !!str 1\r\n").unwrap(), json!({"a": "1"}));
    }

    #[test]
    fn what_is_no_json_has_a_line() {
        assert_eq!(read("a: 1\nb: !secret x").unwrap_err().line(), Some(2));
        assert_eq!(read("a: 1\na: 2").unwrap_err().line(), Some(2));
    }
}
