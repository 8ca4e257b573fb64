//! Annotations: problems shown beside the lines of a file.

use plimsoll_engine::domain::diagnostic::{Diagnostic, Severity};

/// Renders one problem as a workflow command, without the `::` that begins it.
pub fn render_annotation(diagnostic: &Diagnostic) -> String {
    let command = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut properties = Vec::new();
    if let Some(place) = &diagnostic.place {
        properties.push(format!("file={}", escape_property(&place.file)));
        properties.push(format!("line={}", place.line));
        properties.push(format!("col={}", place.column));
    }
    properties.push(format!("title={}", diagnostic.code));
    let mut message = diagnostic.message.clone();
    for cause in &diagnostic.causes {
        message.push_str(&format!("\ncause: {cause}"));
    }
    for (name, value) in &diagnostic.facts {
        message.push_str(&format!("\n{name}: {value}"));
    }
    for help in &diagnostic.help {
        message.push_str(&format!("\nhelp: {help}"));
    }
    format!("{command} {}::{}", properties.join(","), escape_message(&message))
}

fn escape_message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn escape_property(text: &str) -> String {
    escape_message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use plimsoll_engine::domain::code::Code;
    use plimsoll_engine::domain::diagnostic::{Cure, Place};

    use super::*;

    #[test]
    fn nothing_in_a_message_ends_the_command() {
        let place = Place::in_text("a,b:c.toml", "x\ny = 1\n", 2..3);
        let diagnostic = Diagnostic::error(Code::UnknownKey, Cure::FixThenRunAgain, "100% of\r\n`y`")
            .at(place)
            .because("a slip")
            .help("take it out\n::error::x");
        assert_eq!(
            render_annotation(&diagnostic),
            "error file=a%2Cb%3Ac.toml,line=2,col=1,title=unknown-key::100%25 of%0D%0A`y`%0Acause: a slip%0Ahelp: take it out%0A::error::x"
        );
    }
}
