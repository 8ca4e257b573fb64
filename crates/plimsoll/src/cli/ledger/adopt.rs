//! `ledger adopt`: a record for a release that was made before its record was.

use clap::Args;
use plimsoll_engine::act::adopt::{Adoption, adopt};
use plimsoll_engine::check::Findings;
use plimsoll_engine::check::text::tag_name;
use plimsoll_engine::domain::claim::ClaimName;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::Diagnostic;
use plimsoll_engine::domain::git::GitTag;
use plimsoll_engine::domain::project::Project;
use plimsoll_engine::domain::source::Source;
use plimsoll_engine::domain::step::StepId;
use plimsoll_engine::plan::plan_release;
use plimsoll_engine::statement::record::Record;
use plimsoll_engine::statement::release::release_files;

use crate::cli::arguments::Place;
use crate::cli::ending::{Ended, Outcome};
use crate::cli::session::Session;
use crate::cli::subject::{Stage, Subject};
use crate::explain::{Asked, Explain as _};
use crate::output::Answer;
use crate::output::json::rebuilt::Rebuilt;
use crate::wire::Purpose;

/// The label that names the commit of an image (OCI image spec, annotations).
const REVISION: &str = "org.opencontainers.image.revision";

/// Writes a record for a release that was made before Plimsoll was used, marked as adopted
///
/// The configuration is the working directory's; the tag's commit need not have one. What the version tags point at in the
/// registries is what was released. Nothing is pushed and no tag is touched.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll ledger adopt v0.9.0")]
pub(in crate::cli) struct Adopt {
    /// The git tag
    #[arg(value_name = "TAG")]
    pub tag: String,
    /// Where.
    #[command(flatten)]
    pub place: Place,
}

impl Adopt {
    pub(in crate::cli) fn run(&self, session: &Session<'_>) -> Outcome {
        session.change(self.adopt(session))
    }

    async fn adopt(&self, session: &Session<'_>) -> Outcome {
        let asked =
            Asked { verb: "ledger adopt", tag: Some(self.tag.clone()), keeping: self.place.keeping() };
        let subject = Subject::of_worktree(session, asked).await?;
        let asked = subject.asked.clone();
        let (project, repository) = (subject.project(), &subject.repository);
        let occasion = tag_name(project, &self.tag)?;
        let tag = repository.read_tag(&GitTag(self.tag.clone()), subject.remote.as_ref()).await;
        let tag = tag.map_err(|error| error.explain(&asked))?;
        let commit_time =
            repository.read_commit_time(&tag.commit).await.map_err(|error| error.explain(&asked))?;
        let on_default_branch = repository.observe_ancestry(&tag.commit, subject.remote.as_ref()).await;
        let on_default_branch = on_default_branch.map_err(|error| error.explain(&asked))?;
        let commit = tag.commit.clone();
        let source = Source { tag: Some(tag.clone()), commit, commit_time, on_default_branch };
        // Charts of before Plimsoll did not come of the same release: nothing is said of them.
        let without_charts = Project { charts: Vec::new(), ..project.clone() };
        let plan = plan_release(&without_charts, &source, &occasion, &self.tag)?;
        let name = ClaimName { component: project.name.clone(), version: plan.version.clone() };
        let voyage = subject.voyage(session, &tag.commit, Purpose::Change, Stage::Real)?;
        let adoption = Adoption { name: &name, tag: &tag, time: commit_time, targets: &plan.targets };
        let record = adopt(voyage.world.eyes(), adoption).await;
        let record = record.map_err(|error| {
            voyage.display.clear();
            error.explain(&asked)
        })?;
        let problems = foreign_images(&record, &self.tag);
        let files = release_files(&record);
        let step = StepId::new("ledger-file", &self.tag);
        let written = voyage.world.hands(&step).write_files(&files).await;
        voyage.display.clear();
        written.map_err(|error| error.explain(&asked))?;
        let written = files.into_iter().map(|file| file.name).collect();
        let component = project.name.to_string();
        let answer =
            Rebuilt { schema: Rebuilt::SCHEMA, component, written, replaced: Vec::new(), present: 0 };
        Ok(Ended::with(Answer::Rebuilt(answer), problems))
    }
}

/// Images that say themselves that they were made from another commit than the tag's.
fn foreign_images(record: &Record, tag: &str) -> Findings {
    let foreign = record.docker_images.values().filter_map(|image| {
        let revision = image.labels.get(REVISION)?;
        (revision != record.git_commit.as_str()).then(|| {
            let message = format!("{} says that it was made from another commit than {tag}", image.name);
            Diagnostic::warning(Code::RecordUnproven, message)
                .fact("want", &record.git_commit)
                .fact("found", revision)
                .help("look whether this image is the release; if not, take the record away again")
        })
    });
    foreign.collect()
}
