//! `tags`: the tags, labels and annotations that images get for a ref.

pub(super) mod about;
mod answer;
mod leave;

use clap::Args;
use plimsoll_engine::check::Findings;
use plimsoll_engine::domain::project::Image;

use super::arguments::{Format, StepOutput};
use super::ending::{Ended, Failure, Outcome, usage};
use super::session::Session;
use super::subject::Subject;
use crate::explain::{Asked, Keeping};
use crate::output::Answer;
use crate::output::json::tags::TagsInfo;
use about::{About, find_about, start_reader};

/// Says which tags, labels and annotations images get
///
/// They are those of a tag, branch or pull request. Git alone is enough; in a CI job its variables and its event decide what this is about. What is known is this clone:
/// a moving tag is held back where a newer version is tagged here. Nothing is asked of any network.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll tags                        for this CI job, or for what is checked out
  plimsoll tags --ref v1.4.0           for a version tag, which need not exist yet
  plimsoll tags --ref refs/heads/main  for a branch
  plimsoll tags -o github              as outputs of a step, under the names of docker/metadata-action")]
pub(super) struct Tags {
    /// The image; without it, every image
    #[arg(long, value_name = "NAME", env = "PLIMSOLL_IMAGE")]
    pub image: Option<String>,
    /// The git tag, branch, or full name of a ref
    #[arg(long = "ref", value_name = "REF", env = "PLIMSOLL_REF")]
    pub reference: Option<String>,
    /// For whom the answer is.
    #[command(flatten)]
    pub output: StepOutput,
}

impl Tags {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        let (info, warnings) = session.look(async {
            // Before anything else: git takes longer to start than all that is done here.
            let commits = start_reader(session);
            let asked = Asked { verb: "tags", tag: None, keeping: Keeping::Local };
            let subject = Subject::of_worktree(session, asked).await?;
            let images = self.choose(&subject, session.format)?;
            let named = self.reference.as_deref().filter(|name| !name.is_empty());
            let about = match find_about(session, &subject, commits, named).await? {
                About::Something(about) => about,
                About::Nothing { reference } => {
                    return Ok((TagsInfo::nothing(reference), Findings::new()));
                }
            };
            let info = answer::answer(&subject, &about, &images)?;
            Ok((info, subject.config.warnings.iter().cloned().collect()))
        })?;
        if session.format == Format::Github {
            leave::leave(session, &info)?;
        }
        Ok(Ended { answer: Answer::Tags(info), problems: warnings, exit: 0 })
    }

    /// The images that are asked for.
    fn choose<'subject>(
        &self,
        subject: &'subject Subject,
        format: Format,
    ) -> Result<Vec<&'subject Image>, Failure> {
        let images = &subject.project().images;
        let names = || images.iter().map(|image| image.name.to_string()).collect::<Vec<_>>().join(", ");
        // A variable of a workflow that nobody has filled in names nothing.
        match self.image.as_ref().filter(|name| !name.is_empty()) {
            Some(name) => match images.iter().find(|image| image.name.as_str() == name) {
                Some(image) => Ok(vec![image]),
                None => Err(usage(format!("there is no image `{name}`"))
                    .help(format!("the images are: {}", names()))
                    .into()),
            },
            None if format == Format::Github && images.len() > 1 => {
                Err(usage("a step has outputs for one image, and there are several".to_owned())
                    .help(format!("name it with `--image`: {}", names()))
                    .into())
            }
            None => Ok(images.iter().collect()),
        }
    }
}
