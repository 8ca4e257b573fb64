//! Charts that would not install what is released.

use plimsoll_engine::check::chart_images::{ChartImageFault, OwnFault};
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};

use super::{Asked, Explain, of_tag};

impl Explain for ChartImageFault {
    fn explain(&self, asked: &Asked) -> Diagnostic {
        let said = |code| Diagnostic::error(code, Cure::FixThenRunAgain, self.to_string());
        match self {
            ChartImageFault::NoProgram { .. } => said(Code::ToolMissing)
                .help("install helm, 3 or 4: with it Plimsoll looks whether the chart installs what is released")
                .help(format!("or go on without that: `render = \"if-present\"` under [[chart]]{}", of_tag(asked))),
            ChartImageFault::Unrendered { why, .. } => said(Code::ChartInvalid)
                .because(why)
                .help("values that it needs can stand in a preset: `ci/NAME.yaml` in its folder"),
            ChartImageFault::Own { why, .. } => {
                let said = said(Code::ChartImage);
                match why {
                    OwnFault::Digest { .. } => said.help(
                        "let the digest be written: `image = { \"image.digest\" = \"NAME.digest\" }` under [[chart]]",
                    ),
                    OwnFault::Tag { .. } => said
                        .help("let the templates take the tag from `.Chart.AppVersion`, which is spelled as the image's")
                        .help("or let it be written: `image = { \"image.tag\" = \"NAME.tag\" }` under [[chart]]"),
                    OwnFault::Bare => said.help("without a tag `latest` is meant, which moves: name the tag or the digest"),
                    OwnFault::Unreadable { .. } => said
                        .help("where a value is missing or its path mistyped, templates leave nothing: compare the template with values.yaml")
                        .help("`{{ required \"image.tag\" .Values.image.tag }}` makes Helm refuse what is empty"),
                    OwnFault::Place { .. } => said
                        .help("name that repository in values.yaml, or let it be written: `\"image.repository\" = \"NAME.repository\"`")
                        .help("if it is another image, give it another tag, or push this one there too (`mirrors`)"),
                }
            }
            ChartImageFault::World(error) => error.explain(asked),
        }
    }
}
