//! `chart lint`: what is wrong with a chart, or could be better.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args};
use plimsoll_engine::domain::diagnostic::Diagnostic;
use plimsoll_helm::lint::{add_said, lint, parse_said};

use super::files::read_chart_folder;
use crate::cli::ending::{Ended, Failure, Outcome};
use crate::cli::session::Session;
use crate::explain::chart::{Strictness, chart_error, finding};
use crate::explain::{Asked, Explain as _, Keeping};
use crate::output::Answer;
use crate::output::json::chart::{LintedChart, Looked};
use crate::wire::{HelmLint, Surveyor};

/// Says what is wrong with a chart, or could be better
///
/// Helm's own rules, and ours: versions are SemVer without `v` and in quotes where they need them,
/// values are what values.schema.json wants, images have a place for their digest. What Helm refuses is an error,
/// everything else a warning. Where Helm is installed it is asked too (`helm lint`), since it renders the templates.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll chart lint deploy/chart
  plimsoll chart lint deploy/chart --strict -o json")]
pub(in crate::cli) struct Lint {
    /// The folder of the chart
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Take warnings for errors
    #[arg(long, env = "PLIMSOLL_STRICT", value_parser = FalseyValueParser::new(), action = ArgAction::SetTrue)]
    pub strict: bool,
}

impl Lint {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        let folder = self.folder.display().to_string();
        let files = read_chart_folder(session, &self.folder)?;
        let (chart, mut findings) = lint(files).map_err(|error| chart_error(&folder, &error))?;
        let (strictness, manner) = match self.strict {
            true => (Strictness::Strict, HelmLint::Strict),
            false => (Strictness::Lenient, HelmLint::Lenient),
        };
        let said = session.look(async {
            let surveyor = Surveyor::new(session.variables, &session.redactor, session.stop());
            let said = surveyor.lint_chart(&session.path(&self.folder), manner).await;
            let asked = Asked { verb: "chart lint", tag: None, keeping: Keeping::Local };
            said.map_err(|error| Failure::from(error.explain(&asked)))
        })?;
        let looked = match said {
            Some(said) => {
                add_said(&mut findings, parse_said(&said));
                Looked::Rendered
            }
            None => Looked::AtTexts,
        };
        let problems: Vec<Diagnostic> =
            findings.iter().map(|one| finding(&folder, &chart, one, strictness)).collect();
        let problems = problems.into_iter().collect();
        let answer = LintedChart::of(&folder, &chart, looked, &findings, &problems);
        Ok(Ended::with(Answer::ChartLinted(answer), problems))
    }
}
