//! `site`: the ledger as pages.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use plimsoll_engine::check::Findings;
use plimsoll_engine::ledger::bearing::{asking, find_elsewhere};
use plimsoll_engine::ledger::catalogue::Catalogue;
use plimsoll_engine::ledger::release::{Comparing, Release};
use plimsoll_engine::run::hearing::{Hearing, Unheard};
use plimsoll_tags::version::Version;

use super::arguments::Where;
use super::chart_ledgers::{ChartLedger, read_chart_ledgers};
use super::compose::{make_folder, read_bounded, write_whole};
use super::ending::{Ended, Failure, Outcome, usage};
use super::session::Session;
use super::subject::{Library, Reach};
use crate::output::Answer;
use crate::output::json::difference::ListedCommit;
use crate::output::json::images::leave_out;
use crate::output::json::problem::Problem;
use crate::output::json::release::ReleaseInfo;
use crate::output::json::releases::{ListedRelease, Releases};
use crate::output::json::site::SiteDone;
use crate::output::json::whatis::StandingInfo;
use crate::output::site::{Changes, GENERATOR, Site, SiteChart, SiteFile, SiteRelease, render};

/// The page that people come to.
const INDEX: &str = "index.html";
/// How much of a page is read to see who made it, in bytes.
const HEAD: u64 = 4096;
/// How many commits of one release are shown.
const MOST_COMMITS: usize = 200;

/// Writes the ledger as a static site
///
/// A page lists releases, and each has one of its own. Digests with what it takes to pull, verify and deploy them, what is new in each release, what was said of it later. Pages ask
/// nothing of any other server, and may lie beside a chart repository's index.yaml: other files of the folder stay as they are.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll site                        into the folder `site`
  plimsoll site --into public
  plimsoll site --ref origin/main --into gh-pages")]
pub(super) struct SiteCommand {
    /// The folder
    #[arg(long, value_name = "FOLDER", env = "PLIMSOLL_INTO", default_value = "site")]
    pub into: PathBuf,
    /// Where.
    #[command(flatten)]
    pub at: Where,
}

impl SiteCommand {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        let (site, warnings) = session.look(self.read(session))?;
        let folder = session.path(&self.into);
        let files = render(&site);
        for name in files.keys() {
            refuse_others(&folder.join(name), &self.into.join(name))?;
        }
        // The first page links to all others: it is written when they are there.
        let (first, others): (Vec<_>, Vec<_>) = files.iter().partition(|(name, _)| *name == INDEX);
        for (name, text) in others.into_iter().chain(first) {
            let (path, shown) = (folder.join(name), self.into.join(name));
            let above = path.parent().unwrap_or(&folder);
            make_folder(above, &self.into.display().to_string())?;
            write_whole(&path, &shown.display().to_string(), text.as_bytes())?;
        }
        let done = SiteDone {
            schema: SiteDone::SCHEMA,
            folder: self.into.display().to_string(),
            index: self.into.join(INDEX).display().to_string(),
            releases: site.releases.len(),
            problems: warnings.all().iter().map(Problem::from).collect(),
            files: files.into_keys().collect(),
        };
        Ok(Ended::with(Answer::Site(done), warnings))
    }

    async fn read(&self, session: &Session<'_>) -> Result<(Site, Findings), Failure> {
        let library = Library::open(session, "site", None, &self.at, Reach::Everything).await?;
        let mut catalogue = library.read().await?;
        let said = library.hear(&mut catalogue).await?;
        library.check_emptiness(&catalogue, &said).inspect_err(|_| library.quiet())?;
        library.check_lost(&catalogue).inspect_err(|_| library.quiet())?;
        let newest = library.judge_newest(&catalogue, &said);
        let project = library.subject.as_ref().map(|subject| subject.project());
        let component = project.map(|project| &project.name);
        let mut warnings = library.warnings(&catalogue.doubts);
        let (charts, doubted) = read_chart_ledgers(session, &library, self.at.git_ref.as_deref()).await?;
        warnings.extend(library.warn_of(&said).into_iter().chain(doubted));
        let source = library.source.clone();
        let list = Releases::of(component, catalogue.entries(), newest, &said, source, &warnings);
        let list = Releases { charts: charts.iter().map(ChartLedger::listed).collect(), ..list };
        let mut releases = read_pages(&library, &catalogue, &said, &list.releases).await?;
        for ChartLedger { library, catalogue, said, list } in &charts {
            releases.extend(read_pages(library, catalogue, said, &list.releases).await?);
            library.quiet();
        }
        library.quiet();
        let name = match (component, catalogue.entries().first()) {
            (Some(name), _) => name.to_string(),
            (None, Some(entry)) => entry.component.to_string(),
            (None, None) => library.source.place.clone(),
        };
        let source = project.and_then(|project| project.source.as_deref()).and_then(web_address);
        let heard = std::iter::once(&said).chain(charts.iter().map(|chart| &chart.said));
        let unheard: BTreeSet<_> = heard.flat_map(find_unheard).collect();
        let unheard = unheard.into_iter().collect();
        Ok((Site { name, source, list, releases, unheard }, warnings))
    }
}

/// What the pages say of each release of a ledger, in the order of its list.
async fn read_pages(
    library: &Library,
    catalogue: &Catalogue,
    said: &Hearing,
    list: &[ListedRelease],
) -> Result<Vec<SiteRelease>, Failure> {
    let found = read_releases(library, catalogue).await?;
    let asked: Vec<_> = found
        .iter()
        .filter(|release| release.state.is_published())
        .map(|release| {
            let component = &release.record.component;
            (component, asking(&release.version, &release.record, said.marks.of(component)))
        })
        .collect();
    let mut releases = Vec::new();
    for (place, release) in found.iter().enumerate() {
        let changes = match find_before(release, &found[place..]) {
            Some(before) => {
                let commits = read_commits(library, before, release).await;
                Some(Changes::between(before, release, commits))
            }
            None => None,
        };
        let listed = list.get(place);
        let component = &release.record.component;
        let siblings = asked.iter().filter(|(of, _)| *of == component).map(|(_, asked)| asked.clone());
        let siblings: Vec<_> = siblings.collect();
        let mut info = ReleaseInfo::of(release, &said.marks, library.source.clone(), &Findings::default());
        let marks = said.marks.of(component);
        leave_out(&mut info.images, &find_elsewhere(&release.version, &siblings, marks));
        releases.push(SiteRelease {
            info,
            standing: listed.map_or(StandingInfo::Unpublished, |listed| listed.standing),
            replaced_by: listed.and_then(|listed| listed.replaced_by.clone()),
            files: SiteFile::of(release),
            charts: SiteChart::of(release),
            changes,
        });
    }
    Ok(releases)
}

/// The places that could not be asked what was said later.
fn find_unheard(said: &Hearing) -> impl Iterator<Item = String> {
    let former = said.former.iter().map(|former| &former.unheard);
    said.unread.iter().chain(former).map(Unheard::place)
}

/// The whole of each release of a catalogue, in its order. Only those are read that were not read to know whether they count.
async fn read_releases(library: &Library, catalogue: &Catalogue) -> Result<Vec<Release>, Failure> {
    if catalogue.releases().len() == catalogue.entries().len() {
        return Ok(catalogue.releases().to_vec());
    }
    let mut found = Vec::new();
    for entry in catalogue.entries() {
        // Whoever asks by the version has the release at once, whatever its git tag looks like.
        found.push(library.find(&entry.written, Comparing::Strictly).await?);
    }
    Ok(found)
}

/// The highest version below that one, of the same component; `rest` has the highest first. A release is compared with no
/// pre-release unless it is one.
fn find_before<'a>(release: &Release, rest: &'a [Release]) -> Option<&'a Release> {
    let counts = |version: &Version| release.version.is_prerelease() || !version.is_prerelease();
    rest.iter().find(|other| {
        other.record.component == release.record.component
            && other.version < release.version
            && counts(&other.version)
    })
}

/// The commits that are new, if this clone has them.
async fn read_commits(library: &Library, before: &Release, after: &Release) -> Option<Vec<ListedCommit>> {
    let repository = &library.subject.as_ref()?.repository;
    let commits = repository.read_commits_between(&before.tag.commit, &after.tag.commit).await.ok()?;
    let listed = |(commit, subject)| ListedCommit { commit: ToString::to_string(&commit), subject };
    Some(commits.into_iter().map(listed).take(MOST_COMMITS).collect())
}

/// The address where a source's commits have pages, if it is one that a browser opens.
fn web_address(source: &str) -> Option<String> {
    let address = source.trim_end_matches('/').trim_end_matches(".git");
    (address.starts_with("https://") && !address.contains('@')).then(|| address.to_owned())
}

/// Refuses a place where a file is that somebody else made.
fn refuse_others(file: &Path, shown: &Path) -> Result<(), Failure> {
    if !file.exists() {
        return Ok(());
    }
    let shown = shown.display().to_string();
    let head = read_bounded(file, &shown, HEAD)?;
    let head = String::from_utf8_lossy(&head);
    if head.contains(GENERATOR) || head.contains(Releases::SCHEMA) {
        return Ok(());
    }
    let message = format!("{shown} is there, and it is no file of `plimsoll site`");
    Err(usage(message).help("name another folder with `--into`; one beside it can be linked to").into())
}
