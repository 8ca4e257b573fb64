//! `${{ … }}` of workflows, as far as those that `init` writes have them (docs.github.com, "Evaluate expressions").

use serde_json::Value;

/// A text with its expressions put in.
pub(super) fn fill(text: &str, contexts: &Value) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, opened)) = rest.split_once("${{ ") {
        let (inside, after) = opened.split_once(" }}").unwrap_or_else(|| panic!("no end: {text}"));
        filled.push_str(before);
        filled.push_str(&Reader { rest: inside, contexts }.whole());
        rest = after;
    }
    filled + rest
}

/// Whether a condition holds.
pub(super) fn holds(condition: &str, contexts: &Value) -> bool {
    let inside = condition.strip_prefix("${{ ").and_then(|inside| inside.strip_suffix(" }}"));
    is_true(&Reader { rest: inside.unwrap_or(condition), contexts }.whole())
}

fn is_true(value: &str) -> bool {
    !matches!(value, "" | "false")
}

/// What is left of an expression. Every value is a text; true and false are the words.
struct Reader<'a> {
    rest: &'a str,
    contexts: &'a Value,
}

impl<'a> Reader<'a> {
    fn whole(mut self) -> String {
        let value = self.any();
        assert_eq!(self.rest, "", "what is that?");
        value
    }

    fn takes(&mut self, word: &str) -> bool {
        let found = self.rest.trim_start().strip_prefix(word);
        self.rest = found.unwrap_or(self.rest);
        found.is_some()
    }

    fn any(&mut self) -> String {
        let mut value = self.all();
        while self.takes("||") {
            let other = self.all();
            value = if is_true(&value) { value } else { other };
        }
        value
    }

    fn all(&mut self) -> String {
        let mut value = self.comparison();
        while self.takes("&&") {
            let other = self.comparison();
            value = if is_true(&value) { other } else { value };
        }
        value
    }

    fn comparison(&mut self) -> String {
        let value = self.single();
        match (self.takes("=="), self.takes("!=")) {
            (true, _) => (value == self.single()).to_string(),
            (_, true) => (value != self.single()).to_string(),
            (false, false) => value,
        }
    }

    fn single(&mut self) -> String {
        if self.takes("!") {
            return (!is_true(&self.single())).to_string();
        }
        if self.takes("(") {
            let value = self.any();
            assert!(self.takes(")"), "no end: {}", self.rest);
            return value;
        }
        if self.takes("'") {
            let (text, rest) = self.rest.split_once('\'').unwrap();
            self.rest = rest;
            return text.to_owned();
        }
        let start = self.rest.trim_start();
        let is_sign = |sign: char| !(sign.is_ascii_alphanumeric() || "._-".contains(sign));
        let (name, rest) = start.split_at(start.find(is_sign).unwrap_or(start.len()));
        self.rest = rest;
        if self.takes("(") {
            let one = self.any();
            assert!(self.takes(","), "{name} has two arguments: {}", self.rest);
            let other = self.any();
            assert!(self.takes(")"), "no end: {}", self.rest);
            return match name {
                "startsWith" => one.starts_with(&other).to_string(),
                "endsWith" => one.ends_with(&other).to_string(),
                "format" => one.replace("{0}", &other),
                _ => panic!("what is {name}?"),
            };
        }
        self.value(name)
    }

    fn value(&self, expression: &'a str) -> String {
        let (context, name) = expression.split_once('.').unwrap_or_else(|| panic!("what is {expression}?"));
        let context =
            self.contexts.get(context).unwrap_or_else(|| panic!("there is no {context}: {expression}"));
        // What a context does not have is empty.
        match name.split('.').try_fold(context, |inside, name| inside.get(name)) {
            Some(Value::String(text)) => text.clone(),
            Some(other) if !other.is_object() => other.to_string(),
            _ => String::new(),
        }
    }
}
