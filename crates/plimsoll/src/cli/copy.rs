//! `copy`: images with all that belongs to them, from one place to another.

mod place;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Arc;

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args};
use futures_util::future::try_join;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use plimsoll_engine::domain::diagnostic::Diagnostic;
use plimsoll_oci::copy::{CopyOptions, Progress, Referrers, copy_all};
use plimsoll_oci::model::Descriptor;
use plimsoll_oci::name::{Digest, ImageTag};
use plimsoll_oci::store::{Pull, Store, StoreError};

use super::ending::{Ended, Failure, Left, Outcome, usage};
use super::session::Session;
use crate::explain::{Asked, Explain as _, Keeping};
use crate::output::json::copied::{CopiedInfo, CopiedTag};
use crate::output::{Answer, Talk};
pub(super) use place::{Place, ProjectTrust, Surroundings, temporary};

/// How many tags are looked at or written at once.
const TAGS_AT_ONCE: usize = 32;

/// Copies images with all that belongs to them
///
/// Whole indexes, every platform, and what refers to them (signatures, attestations), byte for byte.
/// Only what is missing is sent; between repositories of one registry nothing is, where it mounts.
/// Tags come last. A place is
///
///   ghcr.io/acme/app:v1       a repository of a registry, with tag or digest
///   local:ghcr.io/acme/app    a repository of the project's local registry
///   oci:FOLDER:v1             an image layout
///   oci-archive:FILE:v1       an image layout in a tar file
#[derive(Clone, Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  plimsoll copy ghcr.io/acme/app:v1.0.0 registry.internal/acme/app
  plimsoll copy local:ghcr.io/acme/app:v1.0.0 oci-archive:app.tar
  plimsoll copy --all-tags ghcr.io/acme/app ghcr.io/acme/mirror -o json"
)]
pub(super) struct Copy {
    /// Where it is
    #[arg(value_name = "SOURCE")]
    pub source: Place,
    /// Where it is to be; without a tag, the source's
    #[arg(value_name = "TARGET")]
    pub target: Place,
    /// Copy everything that is tagged, under its tags
    #[arg(long, env = "PLIMSOLL_ALL_TAGS", value_parser = FalseyValueParser::new(), action = ArgAction::SetTrue)]
    pub all_tags: bool,
    /// Leave behind what refers to the images: signatures, attestations
    #[arg(long, env = "PLIMSOLL_WITHOUT_REFERRERS", value_parser = FalseyValueParser::new(), action = ArgAction::SetTrue)]
    pub without_referrers: bool,
}

impl Copy {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        let left = Cell::new(Left::Nothing);
        let copied = session.look(async {
            let asked = Asked { verb: "copy", tag: None, keeping: Keeping::Local };
            let explain = |error: StoreError| Failure::from(error.explain(&asked));
            let surroundings = Surroundings::look(session, &asked).await?;
            let source = self.source.open_source(&surroundings).await?;
            // How many it will be is in the manifest, for which all would have to wait.
            source.pull.expect(usize::MAX);
            let wanted = match self.all_tags {
                true => tagged(&*source.pull).await.map_err(explain)?,
                false => self.one(&source.pull, source.selected.as_ref()).await.map_err(explain)??,
            };
            // Not before it is sure that there is something: a layout begins to be one when it is opened.
            let target = self.target.open_target(&surroundings)?;
            let progress = Lines::of(session);
            let mount_from = source.repository.as_ref().filter(|from| {
                target.repository.as_ref().is_some_and(|to| from.registry() == to.registry() && from != &to)
            });
            let referrers = if self.without_referrers { Referrers::Leave } else { Referrers::Follow };
            let options = CopyOptions { referrers, mount_from, progress, ..CopyOptions::default() };
            let roots: BTreeSet<Digest> = wanted.iter().map(|(_, digest)| digest.clone()).collect();
            let roots: Vec<Digest> = roots.into_iter().collect();
            let tags = wanted.iter().filter_map(|(tag, digest)| Some((tag.as_ref()?, digest)));
            // Asked while content is on its way, so that nobody waits for the answers.
            let looks = stream::iter(tags.map(|(tag, digest)| look(&*target.store, tag, digest)));
            let looks = looks.buffered(TAGS_AT_ONCE).try_collect::<Vec<_>>();
            left.set(target.left_midway());
            let copying = copy_all(&*source.pull, &*target.store, &roots, &options);
            let (copied, tags) = try_join(copying, looks).await.map_err(explain)?;
            let pointed = stream::iter(tags.into_iter().map(|tag| point(&*target.store, tag)));
            let tags: Vec<CopiedTag> = pointed.buffered(TAGS_AT_ONCE).try_collect().await.map_err(explain)?;
            target.finish().map_err(explain)?;
            let (source, target) = (self.source.to_string(), self.target.to_string());
            Ok(Ended::well(Answer::Copied(CopiedInfo::of(source, target, &copied, tags))))
        });
        copied.map_err(|failure: Failure| failure.leaving(left.get()))
    }

    /// The one image that is meant, and the tag that it gets.
    async fn one(
        &self,
        source: &Arc<dyn Pull>,
        selected: Option<&Digest>,
    ) -> Result<Result<Vec<(Option<ImageTag>, Digest)>, Failure>, StoreError> {
        let digest = match (selected, &self.source.digest, &self.source.tag) {
            (Some(digest), _, _) | (None, Some(digest), _) => digest.clone(),
            (None, None, Some(tag)) => match source.resolve(tag).await? {
                Some(found) => found.digest,
                None => return Ok(Err(no_such_tag(&self.source).into())),
            },
            (None, None, None) => return Ok(Err(which(&self.source).into())),
        };
        let tag = self.target.tag.clone().or_else(|| match self.target.digest {
            None => self.source.tag.clone(),
            Some(_) => None,
        });
        Ok(Ok(vec![(tag, digest)]))
    }
}

/// Everything that is tagged.
async fn tagged(source: &dyn Pull) -> Result<Vec<(Option<ImageTag>, Digest)>, StoreError> {
    let resolve = |tag: ImageTag| async move {
        let found = source.resolve(&tag).await?;
        Ok::<_, StoreError>(found.map(|found| (Some(tag), found.digest)))
    };
    let tags = source.tags().await?;
    let found: Vec<_> =
        stream::iter(tags.into_iter().map(resolve)).buffered(TAGS_AT_ONCE).try_collect().await?;
    // One that is gone since it was listed is gone.
    Ok(found.into_iter().flatten().collect())
}

/// A tag, where it is to point, and where it points.
struct SeenTag<'a> {
    tag: &'a ImageTag,
    to: &'a Digest,
    was: Option<Digest>,
}

async fn look<'a>(store: &dyn Store, tag: &'a ImageTag, to: &'a Digest) -> Result<SeenTag<'a>, StoreError> {
    let was = store.resolve(tag).await?.map(|was| was.digest);
    Ok(SeenTag { tag, to, was })
}

async fn point(store: &dyn Store, seen: SeenTag<'_>) -> Result<CopiedTag, StoreError> {
    let SeenTag { tag, to, was } = seen;
    if was.as_ref() != Some(to) {
        store.point(tag, to, was.as_ref()).await?;
    }
    Ok(CopiedTag { tag: tag.to_string(), digest: to.to_string(), was: was.map(|was| was.to_string()) })
}

fn no_such_tag(source: &Place) -> Diagnostic {
    usage(format!("there is no {source}"))
        .help("`crane ls` and `plimsoll copy --all-tags` know which tags there are")
}

fn which(source: &Place) -> Diagnostic {
    usage(format!("`{source}` does not say which image"))
        .help("name a tag or a digest, or copy everything that is tagged with `--all-tags`")
}

/// A line for each blob that was sent.
pub(super) struct Lines {
    talk: Talk,
    shown: bool,
}

impl Lines {
    /// Lines of this command, where it shows progress.
    pub(super) fn of(session: &Session<'_>) -> Arc<dyn Progress> {
        Arc::new(Lines { talk: session.streams.talk.clone(), shown: session.shows_progress() })
    }
}

impl Progress for Lines {
    fn sent(&self, blob: &Descriptor) {
        if self.shown {
            self.talk.say(&format!("sent {} ({} bytes)", blob.digest, blob.size));
        }
    }
}
