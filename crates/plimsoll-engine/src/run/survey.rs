//! What is published and what was said of it, as everything that can be asked tells now.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};

use super::mirrors::{Mirrors, repositories};
use super::stop::Stop;
use super::whole::announcement_place;
use crate::domain::claim::{Claim, State};
use crate::domain::line::PublishedVersion;
use crate::domain::marks::Marks;
use crate::domain::project::Project;
use crate::ledger::marks::{self, Heard, MarksError, Statement};
use crate::ledger::published;
use crate::statement::record::RECORD_ENDING;
use crate::world::ledger::Coverage;
use crate::world::{Eyes, WorldError};

/// Published versions, and what was said of them.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// The versions, with the tags that they ask for.
    pub versions: Vec<PublishedVersion>,
    /// What was said.
    pub marks: Marks,
    /// The bytes of every statement, by digest.
    pub statements: BTreeMap<Digest, Vec<u8>>,
    /// Which statements each repository that answered has.
    pub said_in: BTreeMap<ImageRepository, BTreeSet<Digest>>,
}

impl Survey {
    fn hear_in(&mut self, repository: &ImageRepository, said: Vec<Statement>) {
        self.said_in.insert(repository.clone(), said.iter().map(Statement::digest).collect());
        self.hear(said);
    }

    fn hear(&mut self, said: impl IntoIterator<Item = Statement>) {
        for statement in said {
            let digest = statement.digest();
            self.marks.add(digest.clone(), statement.mark);
            self.statements.insert(digest, statement.bytes);
        }
    }
}

/// Published versions and marks, as they are now; with `foreseen` as if that had been said too. Tags are listed *before*
/// claims: who has written a version tag had a claim, so that none of ours is taken for another tool's. Versions of other tools
/// are among them.
pub async fn survey(
    eyes: Eyes<'_>,
    project: &Project,
    mirrors: &mut Mirrors,
    foreseen: Option<&Statement>,
) -> Result<Survey, Stop> {
    let mut survey = Survey::default();
    let Listed { tags, claims } = listen_to_registries(eyes, project, mirrors, &mut survey).await?;
    survey.hear(read_filed(eyes, project).await?);
    survey.hear(foreseen.cloned());
    published::believe_promotions(&mut survey.marks, &claims);
    let claimed = claims.iter().map(|claim| claim.version.clone()).collect();
    survey.versions = published::by_claims(&claims, project.tags.scheme());
    let mut unclaimed = published::by_tags(project, &tags, &claimed);
    // A checkout may lack some: then the next run that has them moves the tags on.
    if !unclaimed.is_empty() {
        let files = eyes.ledger().read_all(RECORD_ENDING).await?;
        published::add_records(&project.name, &mut unclaimed, &files);
    }
    survey.versions.extend(unclaimed);
    published::add_promotions(&mut survey.versions, &claims, &survey.marks);
    Ok(survey)
}

/// What the registries say of versions, whatever the ledger's files say; of promotions, those that are believed.
///
/// # Errors
/// Claims or a required repository can't be read, or one of the marks there can't be understood.
pub async fn survey_registries(
    eyes: Eyes<'_>,
    project: &Project,
    mirrors: &mut Mirrors,
) -> Result<Survey, Stop> {
    let mut survey = Survey::default();
    let Listed { claims, .. } = listen_to_registries(eyes, project, mirrors, &mut survey).await?;
    published::believe_promotions(&mut survey.marks, &claims);
    Ok(survey)
}

/// What is listed on the way to the marks of registries.
struct Listed {
    tags: BTreeMap<ImageRepository, Vec<ImageTag>>,
    claims: Vec<Claim>,
}

async fn listen_to_registries(
    eyes: Eyes<'_>,
    project: &Project,
    mirrors: &mut Mirrors,
    survey: &mut Survey,
) -> Result<Listed, Stop> {
    let mut tags: BTreeMap<ImageRepository, Vec<ImageTag>> = BTreeMap::new();
    let configured = repositories(project);
    for repository in configured.keys() {
        if let Some((listed, said)) = read_tags_and_marks(eyes, project, repository, mirrors).await? {
            survey.hear_in(repository, said);
            tags.insert(repository.clone(), listed);
        }
    }
    let claims = published::parse_claims(&project.name, eyes.claims().list(&project.name).await?)?;
    let earlier: BTreeSet<&ImageRepository> =
        claims.iter().filter_map(marked_in).filter(|place| !configured.contains_key(place)).collect();
    for repository in earlier {
        if let Some((_, said)) = read_tags_and_marks(eyes, project, repository, mirrors).await? {
            survey.hear(said);
        }
    }
    Ok(Listed { tags, claims })
}

/// The tags of a repository, and the marks among them; `None` if it is silent.
async fn read_tags_and_marks(
    eyes: Eyes<'_>,
    project: &Project,
    repository: &ImageRepository,
    mirrors: &mut Mirrors,
) -> Result<Option<(Vec<ImageTag>, Vec<Statement>)>, Stop> {
    if mirrors.find_silence(repository).is_some() {
        return Ok(None);
    }
    let pull = eyes.pull(repository);
    let listed = pull.tags().await.map_err(WorldError::from);
    let Some(listed) = mirrors.excuse(repository, listed)? else { return Ok(None) };
    match marks::read_tagged(&*pull, repository, &project.name, &listed).await {
        Ok(read) => Ok(Some((listed, read))),
        Err(MarksError::World(error)) => Ok(mirrors.excuse(repository, Err(error))?),
        // It may say anything, of any version: who can't read it moves nothing.
        Err(other) => Err(other.into()),
    }
}

/// What the ledger's files say besides. A checkout may be of any time, and lack what was said since; but what it has was said, and
/// counts until something ends it, which the registries say. What can't be understood of a checkout is an audit's business.
async fn read_filed(eyes: Eyes<'_>, project: &Project) -> Result<Vec<Statement>, Stop> {
    match eyes.ledger().coverage() {
        Coverage::All => Ok(marks::read_filed(eyes.ledger(), &project.name).await?),
        Coverage::Checkout => {
            let mut heard = Heard::default();
            heard.listen_to_files(eyes.ledger(), Some(&project.name)).await;
            let Heard { marks, mut bytes, .. } = heard;
            let all = marks.of(&project.name).all();
            let statements = all.filter_map(|(digest, mark)| {
                Some(Statement { bytes: bytes.remove(digest)?, mark: mark.clone() })
            });
            Ok(statements.collect())
        }
    }
}

/// Where marks of a version lie at least: the first repository that it was released to.
fn marked_in(claim: &Claim) -> Option<&ImageRepository> {
    let counts = claim.state == State::Published;
    claim.seal.as_ref().filter(|_| counts).and_then(announcement_place)
}
