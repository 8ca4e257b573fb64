//! What the forge shows as the latest: the page of the highest version that counts, whichever version this run is about
//! (claim protocol, section 3).

use plimsoll_tags::version::Version;

use super::mirrors::Mirrors;
use super::stop::Stop;
use super::survey::survey;
use crate::domain::event::Event;
use crate::domain::git::GitTag;
use crate::domain::line::PublishedVersion;
use crate::domain::page::PagePolicy;
use crate::domain::project::Project;
use crate::domain::step::{Phase, StepId};
use crate::ship::ShipError;
use crate::ship::ensure::pause;
use crate::ship::key::Settles;
use crate::world::forge::{LatestPage, Page, PageStanding};
use crate::world::{Eyes, World};

/// After how many passes that all wrote something a run gives up.
const PASSES: u32 = 10;

/// What the forge shows as the latest, and what it should show.
#[derive(Clone, Debug)]
pub struct LatestCourse {
    /// What it shows; none if nothing.
    pub now: Option<GitTag>,
    /// The page that should be it; none if no version that counts has one, or if that is in doubt.
    pub head: Option<LatestHead>,
    /// What keeps it from being known which page should be it: nothing follows.
    pub doubt: Option<ShipError>,
}

/// The page of the highest version that counts.
#[derive(Clone, Debug)]
pub struct LatestHead {
    /// The version.
    pub version: Version,
    /// Its git tag.
    pub tag: GitTag,
    /// Its page.
    pub page: Page,
}

impl LatestCourse {
    /// True if it is as it should be, or nothing can be.
    pub fn is_kept(&self) -> bool {
        self.head.as_ref().is_none_or(|head| self.now.as_ref() == Some(&head.tag))
    }
}

/// Looks: first at the mark, *then* at versions and what was said of them, as for moving tags. `None` where the forge
/// decides by itself.
///
/// # Errors
/// The forge did not answer, or what counts can't be read.
pub async fn look_at_latest(
    eyes: Eyes<'_>,
    project: &Project,
    mirrors: &mut Mirrors,
) -> Result<Option<LatestCourse>, Stop> {
    let now = match eyes.forge().latest().await? {
        LatestPage::Unmarked => return Ok(None),
        LatestPage::Nothing => None,
        LatestPage::Tag(tag) => Some(tag),
    };
    let survey = survey(eyes, project, mirrors, None).await?;
    let counts =
        |version: &Version| !version.is_prerelease() && !survey.marks.pass_over(&version.to_string());
    let mut published: Vec<&PublishedVersion> =
        survey.versions.iter().filter(|published| counts(&published.version)).collect();
    published.sort_by(|one, other| other.version.cmp(&one.version));
    let (mut head, mut doubt) = (None, None);
    for PublishedVersion { version, marked_in, .. } in published {
        doubt = mirrors.find_doubt(marked_in.as_ref()).cloned();
        if doubt.is_some() {
            break;
        }
        let Some(tag) = page_tag(project, version) else { break };
        // A version without a page can't be shown; the next one below it may.
        let page = eyes.forge().find_page(&tag).await?;
        if let Some(page) = page.filter(|page| page.standing != PageStanding::Draft) {
            head = Some(LatestHead { version: version.clone(), tag, page });
            break;
        }
    }
    Ok(Some(LatestCourse { now, head, doubt }))
}

/// The git tag whose page a version has; none if versions have no pages.
fn page_tag(project: &Project, version: &Version) -> Option<GitTag> {
    let pattern = match project.pages {
        PagePolicy::Version => project.tags.version(),
        PagePolicy::Stable => project.tags.stable()?,
        PagePolicy::Never => return None,
    };
    Some(GitTag(pattern.render(version)))
}

/// Marks the page of the highest version that counts as the latest, until a look finds nothing wrong. True if the mark
/// was moved.
///
/// # Errors
/// The forge did not do it, or what counts can't be read.
pub async fn settle_latest(
    world: &World,
    project: &Project,
    _key: &impl Settles,
    mirrors: &mut Mirrors,
) -> Result<bool, Stop> {
    if project.pages == PagePolicy::Never || world.eyes().forge().kind().is_none() {
        return Ok(false);
    }
    world.watcher.see(Event::Phase(Phase::LatestPage));
    let mut wrote = false;
    for pass in 0..PASSES {
        let course = look_at_latest(world.eyes(), project, mirrors).await?;
        let Some(LatestCourse { head: Some(LatestHead { tag, page, .. }), .. }) =
            course.filter(|course| !course.is_kept())
        else {
            return Ok(wrote);
        };
        if pass > 0 {
            pause(world, pass).await?;
        }
        let step = StepId::new("forge-latest", &tag);
        world.watcher.see(Event::Started(step.clone()));
        wrote = true;
        match world.hands(&step).mark_latest(&tag, &page.id).await {
            // Whatever the answer was, the next pass looks.
            Err(error) if !error.is_temporary() => return Err(error.into()),
            _ => {}
        }
    }
    Err(Stop::Unsettled)
}
