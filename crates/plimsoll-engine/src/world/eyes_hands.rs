//! Eyes look, hands touch: the split that makes "plan changes nothing" a fact that the compiler checks.

use std::sync::Arc;

use bytes::Bytes;
use plimsoll_helm::index::Use;
use plimsoll_oci::name::ImageRepository;
use plimsoll_oci::store::Pull;

use super::chart_program::ChartProgram;
use super::chart_repositories::{ChartRepositoriesView, Listing};
use super::chart_signer::ChartSigner;
use super::chart_sources::ChartSources;
use super::claims::{ClaimId, ClaimsView, Swap};
use super::clock::Clock;
use super::forge::{Asset, ForgeView};
use super::gate::{Effect, Subject, Verb};
use super::gated_store::GatedStore;
use super::git::GitView;
use super::journal;
use super::ledger::{LedgerFile, LedgerView, Replacement};
use super::liveness::Liveness;
use super::origins::Origins;
use super::scanner::Scanner;
use super::signatures::SignaturesView;
use super::stores::StoresView;
use super::tree::Tree;
use super::workshop::WorkshopView;
use super::{World, WorldError};
use crate::domain::attestation::{Attestation, Signed};
use crate::domain::chart::ListedVersion;
use crate::domain::claim::{Claim, ClaimName};
use crate::domain::deployment::{DeploymentId, DeploymentState, NewDeployment};
use crate::domain::event::{Event, Watcher};
use crate::domain::git::{GitTag, Oid, TagAt};
use crate::domain::page::{NewPage, PageId};
use crate::domain::step::StepId;

/// Looks at the world; can't change it.
#[derive(Clone, Copy)]
pub struct Eyes<'a>(&'a World);

/// Changes the world, through the gate, in the name of one step.
#[derive(Clone, Copy)]
pub struct Hands<'a> {
    world: &'a World,
    step: &'a StepId,
}

impl World {
    /// Eyes on this world.
    pub fn eyes(&self) -> Eyes<'_> {
        Eyes(self)
    }

    /// Hands in this world, for one step.
    pub fn hands<'a>(&'a self, step: &'a StepId) -> Hands<'a> {
        Hands { world: self, step }
    }
}

impl<'a> Eyes<'a> {
    /// Git.
    pub fn git(self) -> &'a dyn GitView {
        &*self.0.git
    }

    /// The commit's files.
    pub fn tree(self) -> &'a dyn Tree {
        &*self.0.tree
    }

    /// Claims.
    pub fn claims(self) -> &'a dyn ClaimsView {
        &*self.0.claims
    }

    /// An image repository.
    pub fn pull(self, repository: &ImageRepository) -> Arc<dyn Pull> {
        self.0.stores.pull(repository)
    }

    /// Image repositories, by name.
    pub fn stores(self) -> &'a dyn StoresView {
        &*self.0.stores
    }

    /// Whose signatures count.
    pub fn signatures(self) -> &'a dyn SignaturesView {
        &*self.0.signatures
    }

    /// Content that something else made.
    pub fn origins(self) -> &'a dyn Origins {
        &*self.0.origins
    }

    /// Chart repositories over HTTP.
    pub fn chart_repositories(self) -> &'a dyn ChartRepositoriesView {
        &*self.0.chart_repositories
    }

    /// Where the charts come from that charts need.
    pub fn chart_sources(self) -> &'a dyn ChartSources {
        &*self.0.chart_sources
    }

    /// What renders charts.
    pub fn chart_program(self) -> &'a dyn ChartProgram {
        &*self.0.chart_program
    }

    /// Who signs the provenance of charts.
    pub fn chart_signer(self) -> &'a dyn ChartSigner {
        &*self.0.chart_signer
    }

    /// What lists what is in images.
    pub fn scanner(self) -> &'a dyn Scanner {
        &*self.0.scanner
    }

    /// The local layout.
    pub fn workshop(self) -> &'a dyn WorkshopView {
        &*self.0.workshop
    }

    /// The ledger's files.
    pub fn ledger(self) -> &'a dyn LedgerView {
        &*self.0.ledger
    }

    /// The pages that people look at.
    pub fn forge(self) -> &'a dyn ForgeView {
        &*self.0.forge
    }

    /// Whether other runs live.
    pub fn liveness(self) -> &'a dyn Liveness {
        &*self.0.liveness
    }

    /// Time and chance.
    pub fn clock(self) -> &'a dyn Clock {
        &*self.0.clock
    }

    /// Whoever watches, for work that outlives a look.
    pub fn watcher(self) -> Arc<dyn Watcher> {
        self.0.watcher.clone()
    }

    /// Tells whoever watches.
    pub fn tell(self, event: Event) {
        self.0.watcher.see(event);
    }
}

impl<'a> Hands<'a> {
    /// Eyes on the same world.
    pub fn eyes(self) -> Eyes<'a> {
        Eyes(self.world)
    }

    /// An image repository.
    pub fn store(self, repository: &ImageRepository) -> GatedStore<'a> {
        GatedStore::new(self, repository, self.world.stores.store(repository))
    }

    /// Compares and swaps a claim; see [`super::claims::Claims::swap`].
    pub async fn swap(
        self,
        name: &ClaimName,
        expected: Option<&ClaimId>,
        new: Option<&Claim>,
        with_tag: Option<&TagAt>,
    ) -> Result<Option<ClaimId>, WorldError> {
        let bytes = new.map(Claim::bytes);
        let subject = Subject::Claim(name.clone(), new.map(|claim| claim.state));
        let swap = Swap { name, expected, new: bytes.as_deref(), with_tag };
        self.through_gate(Verb::Swap, subject, self.world.claims.swap(swap)).await
    }

    /// Signs an attestation, in its form; see [`super::signatures::Signatures::sign`].
    pub async fn sign(self, attestation: &Attestation, payload: &[u8]) -> Result<Signed, WorldError> {
        let subject =
            Subject::Statement(attestation.subject.digest.clone(), attestation.predicate_type.clone());
        let signed = async { Ok(self.world.signatures.sign(attestation, payload).await?) };
        self.through_gate(Verb::Sign, subject, signed).await
    }

    /// Writes files of one release to the ledger; the effect goes by the first one's name.
    pub async fn write_files(self, files: &[LedgerFile]) -> Result<(), WorldError> {
        let subject = Subject::File(files.first().map(|file| file.name.clone()).unwrap_or_default());
        self.through_gate(Verb::WriteFile, subject, self.world.ledger.write(files)).await
    }

    /// Puts files of the ledger in place of damaged ones; see [`super::ledger::Ledger::replace`].
    pub async fn replace_files(self, files: &[Replacement]) -> Result<Option<String>, WorldError> {
        let subject = Subject::File(files.first().map(|one| one.file.name.clone()).unwrap_or_default());
        self.through_gate(Verb::WriteFile, subject, self.world.ledger.replace(files)).await
    }

    /// Lists a package in a chart repository over HTTP.
    pub async fn list_chart(self, listing: Listing<'_>) -> Result<(), WorldError> {
        let subject = Subject::ListedChart(listing.version.clone());
        self.through_gate(Verb::ListChart, subject, self.world.chart_repositories.list(listing)).await
    }

    /// Marks a listed chart as one not to be used, or takes that back.
    pub async fn mark_chart(self, version: &ListedVersion, wanted: Use) -> Result<(), WorldError> {
        let subject = Subject::ListedChart(version.clone());
        let marking = self.world.chart_repositories.mark(version, wanted);
        self.through_gate(Verb::MarkChart, subject, marking).await
    }

    /// Makes a git tag; see [`super::git::Git::make_tag`].
    pub async fn make_tag(self, tag: &GitTag, commit: &Oid) -> Result<(), WorldError> {
        let subject = Subject::GitTag(tag.clone());
        self.through_gate(Verb::MakeTag, subject, self.world.git.make_tag(tag, commit)).await
    }

    /// Deletes a git tag, here and on the remote.
    pub async fn delete_tag(self, tag: &GitTag, object: &Oid) -> Result<(), WorldError> {
        let subject = Subject::GitTag(tag.clone());
        self.through_gate(Verb::DeleteTag, subject, self.world.git.delete_tag(tag, object)).await
    }

    /// Begins a page; see [`super::forge::Forge::draft`].
    pub async fn draft_page(self, page: &NewPage) -> Result<(), WorldError> {
        let subject = Subject::Page(page.tag.clone());
        self.through_gate(Verb::Draft, subject, self.world.forge.draft(page)).await
    }

    /// Adds a file to the page of a tag; see [`super::forge::Forge::attach`].
    pub async fn attach(
        self,
        tag: &GitTag,
        page: &PageId,
        name: &str,
        bytes: Bytes,
    ) -> Result<(), WorldError> {
        let subject = Subject::Asset(tag.clone(), name.to_owned());
        self.through_gate(Verb::Attach, subject, self.world.forge.attach(page, name, bytes)).await
    }

    /// Takes a file off the page of a tag; see [`super::forge::Forge::detach`].
    pub async fn detach(self, tag: &GitTag, page: &PageId, asset: &Asset) -> Result<(), WorldError> {
        let subject = Subject::Asset(tag.clone(), asset.name.clone());
        self.through_gate(Verb::Detach, subject, self.world.forge.detach(page, asset)).await
    }

    /// Shows the page of a tag to everybody; see [`super::forge::Forge::publish`].
    pub async fn publish_page(self, tag: &GitTag, page: &PageId) -> Result<(), WorldError> {
        let subject = Subject::Page(tag.clone());
        self.through_gate(Verb::Publish, subject, self.world.forge.publish(page)).await
    }

    /// Shows the page of a tag as the latest; see [`super::forge::Forge::mark_latest`].
    pub async fn mark_latest(self, tag: &GitTag, page: &PageId) -> Result<(), WorldError> {
        let subject = Subject::Page(tag.clone());
        self.through_gate(Verb::MarkLatest, subject, self.world.forge.mark_latest(page)).await
    }

    /// Throws a draft of a tag's page away; see [`super::forge::Forge::discard`].
    pub async fn discard_draft(self, tag: &GitTag, page: &PageId) -> Result<(), WorldError> {
        let subject = Subject::Page(tag.clone());
        self.through_gate(Verb::Discard, subject, self.world.forge.discard(page)).await
    }

    /// Makes an entry of a deployment; see [`super::deployments::Deployments::begin_deployment`].
    pub async fn begin_deployment(self, deployment: &NewDeployment) -> Result<(), WorldError> {
        let subject = Subject::Deployment(deployment.environment.clone(), DeploymentState::Pending);
        self.through_gate(Verb::Deploy, subject, self.world.forge.begin_deployment(deployment)).await
    }

    /// Says how far a deployment is; see [`super::deployments::Deployments::report_deployment`].
    pub async fn report_deployment(
        self,
        id: &DeploymentId,
        deployment: &NewDeployment,
        state: DeploymentState,
    ) -> Result<(), WorldError> {
        let subject = Subject::Deployment(deployment.environment.clone(), state);
        self.through_gate(Verb::Report, subject, self.world.forge.report_deployment(id, deployment, state))
            .await
    }

    /// Gives the bundle of a signed statement to the forge; see [`super::forge::Forge::post_attestation`].
    pub async fn post_attestation(self, attestation: &Attestation, bundle: &Bytes) -> Result<(), WorldError> {
        let subject =
            Subject::Statement(attestation.subject.digest.clone(), attestation.predicate_type.clone());
        self.through_gate(Verb::Post, subject, self.world.forge.post_attestation(bundle)).await
    }

    pub(super) async fn through_gate<T>(
        self,
        verb: Verb,
        subject: Subject,
        effect: impl Future<Output = Result<T, WorldError>>,
    ) -> Result<T, WorldError> {
        let named = Effect { step: self.step.clone(), verb, subject };
        self.world.gate.before(&named).await?;
        self.world.journal.note(journal::Attempt::Trying, &named);
        let outcome = effect.await;
        self.world.gate.after(&named, outcome.as_ref().map(|_| ())).await?;
        let attempt = if outcome.is_ok() { journal::Attempt::Done } else { journal::Attempt::Unclear };
        self.world.journal.note(attempt, &named);
        outcome
    }
}
