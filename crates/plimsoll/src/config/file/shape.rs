//! What may stand in a configuration, as data.

/// A table: `[name]`, `[[name]]` or `{ … }`.
#[derive(Debug)]
pub struct Table {
    /// How messages name it: `[project]`.
    pub title: &'static str,
    /// What it is for, in one sentence.
    pub about: &'static str,
    /// The keys it may have.
    pub keys: &'static [Key],
    /// The keys of the user's own choice, if it may have any.
    pub open: Option<Open>,
}

/// Keys of the user's own choice.
#[derive(Debug)]
pub struct Open {
    /// What they begin with.
    pub prefix: &'static str,
    /// What stands after the prefix, for people: `NAME`.
    pub placeholder: &'static str,
    /// What they are for.
    pub about: &'static str,
    /// What stands in each.
    pub shape: Shape,
}

/// A key that is known by name.
#[derive(Debug)]
pub struct Key {
    /// The name.
    pub name: &'static str,
    /// What it is for, in one or two sentences.
    pub about: &'static str,
    /// What stands in it.
    pub shape: Shape,
    /// Whether it must, may or can't be written.
    pub standing: Standing,
    /// Words of other tools for the same thing, so that the right key can be suggested.
    pub aliases: &'static [&'static str],
}

/// Whether a key must, may or can't be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It may be left out.
    Optional,
    /// It can't be left out.
    Required,
    /// The word is kept for a meaning that it will have one day.
    Reserved,
}

/// What stands in a key.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Any text.
    Text,
    /// The name of an environment variable that holds a secret: `env:NAME`.
    Secret,
    /// `true` or `false`.
    Switch,
    /// One of a few texts.
    Word(&'static [&'static str]),
    /// A list; of tables, it may also be written `[[name]]`.
    List(&'static Shape),
    /// A table.
    Table(&'static Table),
    /// One of several, told apart by their kind.
    Either(&'static [Shape]),
    /// Whatever there is: for keys that are not read.
    Anything,
}

/// The kinds of values that TOML has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    Text,
    /// `true` or `false`.
    Switch,
    /// An integer or a float.
    Number,
    /// A date, a time or both.
    Date,
    /// An array, or `[[name]]`.
    List,
    /// A table, inline or not.
    Table,
}

impl Kind {
    /// The kind with its article.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Text => "a text",
            Kind::Switch => "true or false",
            Kind::Number => "a number",
            Kind::Date => "a date",
            Kind::List => "a list",
            Kind::Table => "a table",
        }
    }
}

impl Table {
    /// The key of a name.
    pub fn find(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// Whether it holds passwords or tokens.
    pub fn holds_secrets(&self) -> bool {
        self.keys.iter().any(|key| matches!(key.shape, Shape::Secret))
    }
}

impl Key {
    /// A key that may be left out.
    pub(super) const fn optional(name: &'static str, shape: Shape, about: &'static str) -> Key {
        Key { name, about, shape, standing: Standing::Optional, aliases: &[] }
    }

    /// A key that can't be left out.
    pub(super) const fn required(name: &'static str, shape: Shape, about: &'static str) -> Key {
        Key { standing: Standing::Required, ..Key::optional(name, shape, about) }
    }

    /// A word that is kept.
    pub(super) const fn reserved(name: &'static str, about: &'static str) -> Key {
        Key { standing: Standing::Reserved, ..Key::optional(name, Shape::Anything, about) }
    }

    /// Adds words of other tools.
    pub(super) const fn also(self, aliases: &'static [&'static str]) -> Key {
        Key { aliases, ..self }
    }
}

impl Shape {
    /// Whether a value of that kind can be right.
    pub fn accepts(self, kind: Kind) -> bool {
        match self {
            Shape::Text | Shape::Secret | Shape::Word(_) => kind == Kind::Text,
            Shape::Switch => kind == Kind::Switch,
            Shape::List(_) => kind == Kind::List,
            Shape::Table(_) => kind == Kind::Table,
            Shape::Either(shapes) => shapes.iter().any(|shape| shape.accepts(kind)),
            Shape::Anything => true,
        }
    }

    /// What is expected, for people: `a list of texts`.
    pub fn expected(self) -> String {
        match self {
            Shape::Text => "a text".into(),
            Shape::Secret => "a text `env:NAME`".into(),
            Shape::Switch => "true or false".into(),
            Shape::Word(words) => match words {
                [word] => format!("`{word}`"),
                words => format!("one of {}", quoted(words.iter().copied())),
            },
            Shape::List(inner) => format!("a list of {}", inner.plural()),
            Shape::Table(_) => "a table".into(),
            Shape::Either(shapes) => {
                shapes.iter().map(|shape| shape.expected()).collect::<Vec<_>>().join(" or ")
            }
            Shape::Anything => "anything".into(),
        }
    }

    fn plural(self) -> String {
        match self {
            Shape::Table(_) => "tables".into(),
            Shape::Either(shapes) => {
                shapes.iter().map(|shape| shape.plural()).collect::<Vec<_>>().join(" or ")
            }
            Shape::Text | Shape::Secret | Shape::Word(_) => "texts".into(),
            Shape::Switch => "switches".into(),
            Shape::List(_) => "lists".into(),
            Shape::Anything => "things".into(),
        }
    }
}

/// Puts words in backquotes, with commas between them.
pub(in crate::config) fn quoted<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
