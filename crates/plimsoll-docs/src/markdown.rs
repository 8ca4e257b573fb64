//! Markdown as HTML: CommonMark with tables, headings with the ids that forges give them.

use std::collections::BTreeMap;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// A page as HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The text of its first heading.
    pub title: String,
    /// What stands in its body.
    pub html: String,
    /// The ids of its headings.
    pub headings: Vec<String>,
    /// Where its links lead, as the page has them.
    pub links: Vec<String>,
}

/// Why a page can't be shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MarkdownError {
    /// It has HTML in it, which nobody looks after.
    #[error("it has HTML in it: `{0}`")]
    Html(String),
    /// It begins with no heading.
    #[error("it has no heading of the first level")]
    Untitled,
    /// It has a picture, and the site has none.
    #[error("it has a picture: `{0}`")]
    Picture(String),
}

/// Renders a page. `lead` says where a link leads on the site.
///
/// # Errors
/// It has something that the site does not show.
pub fn render(text: &str, lead: impl Fn(&str) -> String) -> Result<Rendered, MarkdownError> {
    let mut page = Writer::new(lead);
    for event in Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        page.write(event)?;
    }
    let title = page.title.ok_or(MarkdownError::Untitled)?;
    Ok(Rendered { title, html: page.html, headings: page.headings, links: page.links })
}

struct Writer<F> {
    lead: F,
    html: String,
    title: Option<String>,
    headings: Vec<String>,
    /// How often a heading was there.
    seen: BTreeMap<String, usize>,
    links: Vec<String>,
    /// The heading that is open: where its HTML began, and its text.
    heading: Option<(usize, String)>,
    /// Whether cells are of a table's head.
    in_head: Cells,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Cells {
    Head,
    Body,
}

impl Cells {
    fn element(self) -> &'static str {
        match self {
            Cells::Head => "th",
            Cells::Body => "td",
        }
    }
}

impl<F: Fn(&str) -> String> Writer<F> {
    fn new(lead: F) -> Self {
        Writer {
            lead,
            html: String::new(),
            title: None,
            headings: Vec::new(),
            seen: BTreeMap::new(),
            links: Vec::new(),
            heading: None,
            in_head: Cells::Body,
        }
    }

    fn write(&mut self, event: Event<'_>) -> Result<(), MarkdownError> {
        match event {
            Event::Start(tag) => self.open(tag)?,
            Event::End(tag) => self.close(tag),
            Event::Text(text) => {
                self.hear(&text);
                self.html.push_str(&escape(&text));
            }
            Event::Code(text) => {
                self.hear(&text);
                self.put(&["<code>", &escape(&text), "</code>"]);
            }
            // A remark is for whoever writes the page.
            Event::Html(html) | Event::InlineHtml(html) if is_remark(&html) => {}
            Event::Html(html) | Event::InlineHtml(html) => {
                return Err(MarkdownError::Html(html.trim().to_owned()));
            }
            Event::SoftBreak => self.html.push('\n'),
            Event::HardBreak => self.html.push_str("<br>\n"),
            Event::Rule => self.html.push_str("<hr>\n"),
            // Only options that are not set make them.
            Event::InlineMath(text) | Event::DisplayMath(text) | Event::FootnoteReference(text) => {
                self.html.push_str(&escape(&text));
            }
            Event::TaskListMarker(_) => {}
        }
        Ok(())
    }

    /// What a heading says.
    fn hear(&mut self, text: &str) {
        if let Some((_, heard)) = &mut self.heading {
            heard.push_str(text);
        }
    }

    fn put(&mut self, pieces: &[&str]) {
        pieces.iter().for_each(|piece| self.html.push_str(piece));
    }

    fn open(&mut self, tag: Tag<'_>) -> Result<(), MarkdownError> {
        match tag {
            Tag::Heading { .. } => self.heading = Some((self.html.len(), String::new())),
            Tag::CodeBlock(kind) => {
                let language = match &kind {
                    CodeBlockKind::Fenced(language) => language.split_whitespace().next().unwrap_or_default(),
                    CodeBlockKind::Indented => "",
                };
                let language = escape(language);
                // What is wider than the page is moved by the keyboard, too.
                self.put(&[
                    "<pre tabindex=\"0\" class=\"",
                    if language.is_empty() { "text" } else { &language },
                    "\"><code>",
                ]);
            }
            Tag::Table(_) => self.html.push_str("<div class=\"wide\" tabindex=\"0\"><table>\n"),
            Tag::TableHead => {
                self.in_head = Cells::Head;
                self.html.push_str("<thead><tr>");
            }
            Tag::TableRow => self.html.push_str("<tr>"),
            Tag::TableCell => self.put(&["<", self.in_head.element(), ">"]),
            Tag::Link { dest_url, .. } => {
                let target = (self.lead)(&dest_url);
                self.links.push(dest_url.to_string());
                self.put(&["<a href=\"", &escape(&target), "\">"]);
            }
            Tag::Image { dest_url, .. } => return Err(MarkdownError::Picture(dest_url.to_string())),
            Tag::List(Some(start)) if start != 1 => self.put(&["<ol start=\"", &start.to_string(), "\">\n"]),
            Tag::List(Some(_)) => self.html.push_str("<ol>\n"),
            other => {
                if let Some(element) = element(&other.to_end()) {
                    self.put(&["<", element, ">"]);
                }
            }
        }
        Ok(())
    }

    fn close(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(level) => self.close_heading(level),
            TagEnd::CodeBlock => self.html.push_str("</code></pre>\n"),
            TagEnd::Table => self.html.push_str("</tbody></table></div>\n"),
            TagEnd::TableHead => {
                self.in_head = Cells::Body;
                self.html.push_str("</tr></thead><tbody>\n");
            }
            TagEnd::TableRow => self.html.push_str("</tr>\n"),
            TagEnd::TableCell => self.put(&["</", self.in_head.element(), ">"]),
            TagEnd::Link => self.html.push_str("</a>"),
            TagEnd::List(true) => self.html.push_str("</ol>\n"),
            other => {
                if let Some(element) = element(&other) {
                    self.put(&["</", element, ">"]);
                    if !matches!(other, TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough) {
                        self.html.push('\n');
                    }
                }
            }
        }
    }

    fn close_heading(&mut self, level: HeadingLevel) {
        let Some((start, text)) = self.heading.take() else { return };
        let inside = self.html.split_off(start);
        let id = self.name(&text);
        if level == HeadingLevel::H1 && self.title.is_none() {
            self.title = Some(text);
        }
        let mark = match level {
            HeadingLevel::H1 => String::new(),
            _ => format!(" <a class=\"anchor\" href=\"#{id}\" aria-label=\"Link to this heading\">#</a>"),
        };
        self.put(&[
            "<",
            &level.to_string(),
            " id=\"",
            &id,
            "\">",
            &inside,
            &mark,
            "</",
            &level.to_string(),
            ">\n",
        ]);
        self.headings.push(id);
    }

    /// The id of a heading; a second one of the same text gets a number.
    fn name(&mut self, text: &str) -> String {
        let slug = slug(text);
        let seen = self.seen.entry(slug.clone()).or_default();
        *seen += 1;
        match *seen {
            1 => slug,
            more => format!("{slug}-{}", more - 1),
        }
    }
}

/// The element of what is nothing but an element.
fn element(tag: &TagEnd) -> Option<&'static str> {
    Some(match tag {
        TagEnd::Paragraph => "p",
        TagEnd::BlockQuote(_) => "blockquote",
        TagEnd::List(false) => "ul",
        TagEnd::Item => "li",
        TagEnd::Emphasis => "em",
        TagEnd::Strong => "strong",
        TagEnd::Strikethrough => "s",
        _ => return None,
    })
}

fn is_remark(html: &str) -> bool {
    let html = html.trim();
    html.is_empty() || (html.starts_with("<!--") && html.find("-->") == Some(html.len() - 3))
}

/// The id that forges give a heading: lowercase, blanks as hyphens, without punctuation.
fn slug(text: &str) -> String {
    let kept = text.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// A text in which nothing is markup.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(text: &str) -> String {
        render(&format!("# T\n\n{text}"), |link| format!("to:{link}")).unwrap().html
    }

    #[test]
    fn pages_are_rendered() {
        for (text, want) in [
            ("a *b* `<c>`", "<p>a <em>b</em> <code>&lt;c&gt;</code></p>\n"),
            ("[a](b.md)", "<p><a href=\"to:b.md\">a</a></p>\n"),
            ("1. a\n2. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>\n"),
            ("```sh\na < b\n```", "<pre tabindex=\"0\" class=\"sh\"><code>a &lt; b\n</code></pre>\n"),
            (
                "| a |\n|---|\n| b |",
                "<div class=\"wide\" tabindex=\"0\"><table>\n<thead><tr><th>a</th></tr></thead><tbody>\n<tr><td>b</td></tr>\n</tbody></table></div>\n",
            ),
        ] {
            assert!(html(text).ends_with(want), "{text}\n{}", html(text));
        }
    }

    #[test]
    fn headings_have_the_ids_of_forges() {
        let rendered =
            render("# `a` b!\n## What `x` does, and why\n## Same\n## Same\n", str::to_owned).unwrap();
        assert_eq!(rendered.title, "a b!");
        assert_eq!(rendered.headings, ["a-b", "what-x-does-and-why", "same", "same-1"]);
    }

    #[test]
    fn what_the_site_does_not_show_is_refused() {
        let refused = |text: &str| render(text, str::to_owned).unwrap_err();
        assert_eq!(refused("# a\n<script>"), MarkdownError::Html("<script>".into()));
        assert_eq!(html("<!-- b -->\n"), html(""));
        assert_eq!(refused("# a\n<!-- b --><b>"), MarkdownError::Html("<!-- b --><b>".into()));
        assert_eq!(refused("# a\nb <i>c"), MarkdownError::Html("<i>".into()));
        assert_eq!(refused("# a\n![b](c.png)"), MarkdownError::Picture("c.png".into()));
        assert_eq!(refused("## a"), MarkdownError::Untitled);
    }
}
