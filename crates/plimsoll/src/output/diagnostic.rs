//! What went wrong, for people: the shape that compilers made familiar.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use plimsoll_engine::domain::diagnostic::{Diagnostic, Place, Severity};

use super::ink::Ink;
use super::visible::visible;

/// How wide a source line may be before its ends are cut off.
const WIDTH: usize = 100;

/// Renders one problem, without a newline at its end.
pub fn render_diagnostic(diagnostic: &Diagnostic, ink: Ink) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = level
        .primary_title(diagnostic.message.as_str())
        .id(diagnostic.code.word())
        .elements(Vec::<Origin>::new());
    if let Some(place) = &diagnostic.place {
        group = with_place(group, place);
    }
    let causes = diagnostic.causes.iter().map(|cause| ("cause", cause.as_str()));
    let facts = diagnostic.facts.iter().map(|(name, value)| (*name, value.as_str()));
    for (name, text) in causes.chain(facts) {
        group = group.element(Level::NOTE.with_name(Some(name)).message(printable(text)));
    }
    for help in &diagnostic.help {
        group = group.element(Level::HELP.message(printable(help)));
    }
    let renderer = match ink {
        Ink::Plain => Renderer::plain(),
        Ink::Coloured => Renderer::styled(),
    };
    let text = renderer.term_width(WIDTH).decor_style(DecorStyle::Ascii).render(&[group]);
    text.trim_end().to_owned()
}

/// Renders several, with an empty line between them, and counts them if there are more than one.
pub fn render_diagnostics(diagnostics: &[Diagnostic], ink: Ink) -> String {
    let mut parts: Vec<String> =
        diagnostics.iter().map(|diagnostic| render_diagnostic(diagnostic, ink)).collect();
    if diagnostics.len() > 1 {
        parts.push(count(diagnostics));
    }
    parts.join("\n\n")
}

fn count(diagnostics: &[Diagnostic]) -> String {
    let of = |severity| diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
    let say = |number, word: &str| match number {
        0 => None,
        1 => Some(format!("1 {word}")),
        _ => Some(format!("{number} {word}s")),
    };
    let said = [say(of(Severity::Error), "error"), say(of(Severity::Warning), "warning")];
    said.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn with_place<'a>(group: Group<'a>, place: &'a Place) -> Group<'a> {
    match place.text.as_deref().filter(|text| text.get(place.span.clone()).is_some()) {
        Some(text) => {
            let annotation = AnnotationKind::Primary.span(place.span.clone());
            group.element(Snippet::source(text).path(Some(place.file.as_str())).annotation(annotation))
        }
        None if place.line > 1 || place.column > 1 => {
            group.element(Origin::path(place.file.as_str()).line(place.line).char_column(place.column))
        }
        None => group.element(Origin::path(place.file.as_str())),
    }
}

/// Texts come from registries and files too: what a terminal would obey is made visible.
fn printable(text: &str) -> String {
    visible(text, Ink::Plain)
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use plimsoll_engine::domain::code::Code;
    use plimsoll_engine::domain::diagnostic::Cure;

    use super::*;

    #[test]
    fn a_place_a_fact_and_advice_stand_under_the_message() {
        let text = "[project]\nnmae = \"a\"\n";
        let diagnostic =
            Diagnostic::error(Code::UnknownKey, Cure::FixThenRunAgain, "`nmae` is no key of [project]")
                .at(Place::in_text("plimsoll.toml", text, 10..14))
                .because("somebody mistyped it")
                .fact("found", "nmae")
                .help("did you mean `name`?");
        assert_snapshot!(render_diagnostic(&diagnostic, Ink::Plain), @r#"
        error[unknown-key]: `nmae` is no key of [project]
         --> plimsoll.toml:2:1
          |
        2 | nmae = "a"
          | ^^^^
          |
          = cause: somebody mistyped it
          = found: nmae
          = help: did you mean `name`?
        "#);
    }

    #[test]
    fn what_a_terminal_would_obey_is_shown() {
        let diagnostic = Diagnostic::error(Code::NotARegistry, Cure::FixThenRunAgain, "a \u{1b}[2J b")
            .fact("found", "<html>\u{1b}]0;title\u{7}");
        let text = render_diagnostic(&diagnostic, Ink::Plain);
        assert!(!text.contains('\u{1b}') && !text.contains('\u{7}'), "{text}");
    }

    #[test]
    fn a_file_without_text_is_named() {
        let diagnostic =
            Diagnostic::warning(Code::FileMissing, "it is not there").at(Place::of_file("bin/web"));
        assert_snapshot!(render_diagnostics(&[diagnostic.clone(), diagnostic], Ink::Plain), @r"
        warning[file-missing]: it is not there
        --> bin/web

        warning[file-missing]: it is not there
        --> bin/web

        2 warnings
        ");
    }
}
