//! Images that can't be taken in or sealed.

use plimsoll_engine::check::seal::{ImageFault, SealFault};
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};

use super::make::in_image;
use super::{Asked, Explain};

impl Explain for ImageFault {
    fn explain(&self, asked: &Asked) -> Diagnostic {
        let said = |code| Diagnostic::error(code, Cure::FixThenRunAgain, self.to_string());
        match self {
            ImageFault::Store(error) => error.explain(asked),
            ImageFault::NoIndex { found } => said(Code::ImageInvalid).fact("found", found),
            ImageFault::Platform { said: listed, config } => {
                said(Code::ImageInvalid).fact("the index", listed).fact("the config", config)
            }
            ImageFault::Lacks { lacking, has } => {
                let words: Vec<String> = lacking.iter().map(ToString::to_string).collect();
                said(Code::PlatformMissing)
                    .fact("want", words.join(", "))
                    .fact("found", if has.is_empty() { "none".to_owned() } else { has.join(", ") })
                    .help("build the missing platforms, or take them out of the image's `platforms`")
            }
        }
    }
}

impl Explain for SealFault {
    fn explain(&self, asked: &Asked) -> Diagnostic {
        match self {
            SealFault::NotMade { .. } => Diagnostic::error(Code::Bug, Cure::ReportBug, self.to_string()),
            SealFault::Differs { .. } => Diagnostic::error(
                Code::ContentLies,
                Cure::FixThenRunAgain,
                self.to_string(),
            )
            .help(
                "what was made was changed where it lies on this machine; delete `.plimsoll/` and run again",
            ),
            SealFault::FileNotMade { .. } | SealFault::ChartNotMade { .. } => {
                Diagnostic::error(Code::Bug, Cure::ReportBug, self.to_string())
            }
            SealFault::Chart { chart, error } => {
                let said = error.explain(asked);
                Diagnostic { message: format!("chart `{chart}`: {}", said.message), ..said }
            }
            SealFault::File { role, error } => {
                let said = error.explain(asked);
                Diagnostic { message: format!("{role}: {}", said.message), ..said }
            }
            SealFault::Statement { kind, subject, error } => {
                let said = error.explain(asked);
                Diagnostic { message: format!("the {kind} of {subject}: {}", said.message), ..said }
            }
            SealFault::ChartImage(fault) => fault.explain(asked),
            SealFault::Image { image, fault } => in_image(image.as_str(), fault.explain(asked)),
        }
    }
}
