//! HTML in which every text was escaped.

/// A piece of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Markup(String);

impl Markup {
    /// A text: nothing in it is markup.
    pub(super) fn text(text: &str) -> Markup {
        Markup(escape(text))
    }

    /// An element around what is inside.
    pub(super) fn element(
        name: &'static str,
        attributes: &[(&'static str, &str)],
        inside: impl IntoIterator<Item = Markup>,
    ) -> Markup {
        let inside: String = inside.into_iter().map(|markup| markup.0).collect();
        Markup(format!("{}{inside}</{name}>", open(name, attributes)))
    }

    /// An element around a text.
    pub(super) fn around(name: &'static str, attributes: &[(&'static str, &str)], text: &str) -> Markup {
        Markup::element(name, attributes, [Markup::text(text)])
    }

    /// A link. An address that does more than lead somewhere is shown, and leads nowhere.
    pub(super) fn link(to: &str, text: &str) -> Markup {
        let leads = to.starts_with("https://") || to.starts_with("http://") || !to.contains(':');
        match leads {
            true => Markup::around("a", &[("href", to)], text),
            false => Markup::text(text),
        }
    }

    /// Markup that is written in this program.
    pub(super) fn own(markup: &'static str) -> Markup {
        Markup(markup.to_owned())
    }

    /// The text of the page.
    pub(super) fn into_string(self) -> String {
        self.0
    }
}

fn open(name: &str, attributes: &[(&str, &str)]) -> String {
    let attributes: String =
        attributes.iter().map(|(key, value)| format!(" {key}=\"{}\"", escape(value))).collect();
    format!("<{name}{attributes}>")
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // Control characters are no part of HTML.
            c if c.is_control() && c != '\n' && c != '\t' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}
