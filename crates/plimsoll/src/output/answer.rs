//! What a command found out, whatever the format.

use plimsoll_engine::domain::diagnostic::Diagnostic;
use plimsoll_http::secret::unspoken;

use super::human;
use super::ink::Ink;
use super::json;
use super::json::app_compose::AppComposeInfo;
use super::json::audit::AuditInfo;
use super::json::built::BuildDone;
use super::json::chart::{
    ChartDependencies, ChartProvenance, IndexedCharts, LintedChart, PackagedChart, PublishedChart,
};
use super::json::check::CheckReport;
use super::json::compose::ComposeInfo;
use super::json::copied::CopiedInfo;
use super::json::demo::DemoDone;
use super::json::deployed::Deployed;
use super::json::difference::DifferenceInfo;
use super::json::doctor::DoctorInfo;
use super::json::exported::ExportedInfo;
use super::json::file::FileInfo;
use super::json::garbage::Garbage;
use super::json::ignored::Ignored;
use super::json::image_signatures::ImageSignatures;
use super::json::images::Images;
use super::json::imported::ImportedInfo;
use super::json::init::InitDone;
use super::json::key::KeyInfo;
use super::json::next::NextInfo;
use super::json::plan::PlanInfo;
use super::json::publish_plan::PublishPlanInfo;
use super::json::published::PublishDone;
use super::json::rebuilt::Rebuilt;
use super::json::release::ReleaseInfo;
use super::json::released::ReleaseDone;
use super::json::releases::Releases;
use super::json::signature::SignatureInfo;
use super::json::signed::{SignedImages, SignedInfo};
use super::json::site::SiteDone;
use super::json::source::SourceInfo;
use super::json::statement::StatementInfo;
use super::json::status::Status;
use super::json::tagged::TaggedInfo;
use super::json::tags::TagsInfo;
use super::json::verification::VerificationInfo;
use super::json::version::VersionInfo;
use super::json::whatis::WhatIsInfo;
use super::json::withdrawn::WithdrawnInfo;
use super::visible::visible;

/// What a command found out.
#[derive(Clone, Debug)]
pub enum Answer {
    /// A text that is the same in every format: a schema, a completion script, a manual page.
    Text(String),
    /// Of `check`.
    Check(CheckReport),
    /// Of `build`.
    Built(BuildDone),
    /// Of `plan`.
    Plan(PlanInfo),
    /// Of `plan` for a branch or pull request.
    PublishPlan(PublishPlanInfo),
    /// Of `release` and `rehearse`.
    Released(ReleaseDone),
    /// Of `publish`.
    Published(PublishDone),
    /// Of `release` and `publish` for a CI job that is no occasion for them.
    Ignored(Ignored),
    /// Of `status`.
    Status(Status),
    /// Of `tags`.
    Tags(TagsInfo),
    /// Of `verify`.
    Verification(VerificationInfo),
    /// Of `list`.
    Releases(Releases),
    /// Of `info` and `latest`.
    Release(ReleaseInfo),
    /// Of `images`.
    Images(Images),
    /// Of `app-compose` and `compose`.
    File(FileInfo),
    /// Of `whatis`.
    WhatIs(WhatIsInfo),
    /// Of `diff`.
    Difference(DifferenceInfo),
    /// Of `ledger rebuild`.
    Rebuilt(Rebuilt),
    /// Of `site`.
    Site(SiteDone),
    /// Of `withdraw`.
    Withdrawn(WithdrawnInfo),
    /// Of `audit`.
    Audit(AuditInfo),
    /// Of `tag`.
    Tagged(TaggedInfo),
    /// Of `yank`, `unyank`, `rollback` and `unhold`.
    Statement(StatementInfo),
    /// Of `version`.
    Version(VersionInfo),
    /// Of `compose pin`, `compose unpin` and `compose generate`.
    Compose(ComposeInfo),
    /// Of `app-compose hash`.
    AppCompose(AppComposeInfo),
    /// Of `chart lint`.
    ChartLinted(LintedChart),
    /// Of `chart package`.
    ChartPackaged(PackagedChart),
    /// Of `chart index merge`.
    ChartIndexed(IndexedCharts),
    /// `chart provenance`.
    ChartProvenance(ChartProvenance),
    /// `chart dependencies`.
    ChartDependencies(ChartDependencies),
    /// Of `chart publish`.
    ChartPublished(PublishedChart),
    /// Of `deploy`.
    Deployed(Deployed),
    /// Of `copy`.
    Copied(CopiedInfo),
    /// Of `doctor`.
    Doctor(DoctorInfo),
    /// Of `export`.
    Exported(ExportedInfo),
    /// Of `import`.
    Imported(ImportedInfo),
    /// Of `registry gc`.
    Garbage(Garbage),
    /// Of `init`.
    Init(InitDone),
    /// Of `version next`.
    Next(NextInfo),
    /// Of `verify file`.
    Signature(SignatureInfo),
    /// Of `verify image`.
    ImageSignatures(ImageSignatures),
    /// Of `sign`.
    Signed(SignedInfo),
    /// What was signed of several images.
    SignedImages(SignedImages),
    /// Of `key`.
    Key(KeyInfo),
    /// Of `demo`.
    Demo(DemoDone),
}

impl Answer {
    /// For programs; with what people are told beside it.
    pub fn render_json(&self, problems: &[Diagnostic]) -> String {
        let text = self.json(problems);
        if self.is_file() { text } else { json::masked(&text) }
    }

    fn json(&self, problems: &[Diagnostic]) -> String {
        match self {
            Answer::Text(text) => text.clone(),
            Answer::Check(answer) => json::render_beside(answer, problems),
            Answer::Built(answer) => json::render_beside(answer, problems),
            Answer::Plan(answer) => json::render_beside(answer, problems),
            Answer::PublishPlan(answer) => json::render_beside(answer, problems),
            Answer::Released(answer) => json::render_beside(answer, problems),
            Answer::Published(answer) => json::render_beside(answer, problems),
            Answer::Ignored(answer) => json::render_beside(answer, problems),
            Answer::Status(answer) => json::render_beside(answer, problems),
            Answer::Tags(answer) => json::render_beside(answer, problems),
            Answer::Verification(answer) => json::render_beside(answer, problems),
            Answer::Releases(answer) => json::render_beside(answer, problems),
            Answer::Release(answer) => json::render_beside(answer, problems),
            Answer::Images(answer) => json::render_beside(answer, problems),
            Answer::File(answer) => json::render_beside(answer, problems),
            Answer::WhatIs(answer) => json::render_beside(answer, problems),
            Answer::Difference(answer) => json::render_beside(answer, problems),
            Answer::Rebuilt(answer) => json::render_beside(answer, problems),
            Answer::Site(answer) => json::render_beside(answer, problems),
            Answer::Withdrawn(answer) => json::render_beside(answer, problems),
            Answer::Statement(answer) => json::render_beside(answer, problems),
            Answer::Audit(answer) => json::render_beside(answer, problems),
            Answer::Tagged(answer) => json::render_beside(answer, problems),
            Answer::Version(answer) => json::render_beside(answer, problems),
            Answer::Compose(answer) => json::render_beside(answer, problems),
            Answer::AppCompose(answer) => json::render_beside(answer, problems),
            Answer::ChartLinted(answer) => json::render_beside(answer, problems),
            Answer::ChartPackaged(answer) => json::render_beside(answer, problems),
            Answer::ChartIndexed(answer) => json::render_beside(answer, problems),
            Answer::ChartDependencies(answer) => json::render_beside(answer, problems),
            Answer::ChartProvenance(answer) => json::render_beside(answer, problems),
            Answer::ChartPublished(answer) => json::render_beside(answer, problems),
            Answer::Deployed(answer) => json::render_beside(answer, problems),
            Answer::Copied(answer) => json::render_beside(answer, problems),
            Answer::Doctor(answer) => json::render_beside(answer, problems),
            Answer::Exported(answer) => json::render_beside(answer, problems),
            Answer::Imported(answer) => json::render_beside(answer, problems),
            Answer::Garbage(answer) => json::render_beside(answer, problems),
            Answer::Init(answer) => json::render_beside(answer, problems),
            Answer::Next(answer) => json::render_beside(answer, problems),
            Answer::Signature(answer) => json::render_beside(answer, problems),
            Answer::ImageSignatures(answer) => json::render_beside(answer, problems),
            Answer::Signed(answer) => json::render_beside(answer, problems),
            Answer::SignedImages(answer) => json::render_beside(answer, problems),
            Answer::Key(answer) => json::render_beside(answer, problems),
            Answer::Demo(answer) => json::render_beside(answer, problems),
        }
    }

    /// For people. Where the text is data that goes into a file it is left as it is; elsewhere a terminal obeys nothing of it, and
    /// private keys and tokens are masked.
    pub fn render_text(&self, ink: Ink) -> String {
        let text = self.text(ink);
        if self.is_file() { text } else { unspoken(&visible(&text, ink)).into_owned() }
    }

    /// Whether it is data that goes into a file. What looks like a secret there is whoever's the file is.
    fn is_file(&self) -> bool {
        matches!(
            self,
            Answer::Text(_) | Answer::Compose(_) | Answer::AppCompose(_) | Answer::ChartProvenance(_)
        )
    }

    fn text(&self, ink: Ink) -> String {
        match self {
            Answer::Text(text) => text.clone(),
            Answer::Check(answer) => human::check::render(answer),
            Answer::Built(answer) => human::built::render(answer, ink),
            Answer::Plan(answer) => human::plan::render(answer, ink),
            Answer::PublishPlan(answer) => human::publish_plan::render(answer, ink),
            Answer::Released(answer) => human::released::render(answer, ink),
            Answer::Published(answer) => human::published::render(answer, ink),
            Answer::Ignored(answer) => human::ignored::render(answer),
            Answer::Status(answer) => human::status::render(answer, ink),
            Answer::Tags(answer) => human::tags::render(answer),
            Answer::Verification(answer) => human::verification::render(answer, ink),
            Answer::Releases(answer) => human::releases::render(answer, ink),
            Answer::Release(answer) => human::release::render(answer, ink),
            Answer::Images(answer) => human::images::render(&answer.images, ink),
            Answer::File(answer) => human::file::render(answer, ink),
            Answer::WhatIs(answer) => human::whatis::render(answer, ink),
            Answer::Difference(answer) => human::difference::render(answer, ink),
            Answer::Rebuilt(answer) => human::rebuilt::render(answer),
            Answer::Site(answer) => human::site::render(answer),
            Answer::Withdrawn(answer) => human::withdrawn::render(answer),
            Answer::Statement(answer) => human::statement::render(answer),
            Answer::Audit(answer) => human::audit::render(answer, ink),
            Answer::Tagged(answer) => human::tagged::render(answer),
            Answer::Version(answer) => human::version::render(answer),
            Answer::Compose(answer) => human::compose::render(answer),
            Answer::AppCompose(answer) => human::app_compose::render(answer),
            Answer::ChartLinted(answer) => human::chart::render_lint(answer),
            Answer::ChartPackaged(answer) => human::chart::render_package(answer),
            Answer::ChartIndexed(answer) => human::chart::render_index(answer),
            Answer::ChartDependencies(answer) => human::chart::render_dependencies(answer),
            Answer::ChartProvenance(answer) => answer.message.clone(),
            Answer::ChartPublished(answer) => human::chart::render_publish(answer),
            Answer::Deployed(answer) => human::deployed::render(answer),
            Answer::Copied(answer) => human::copied::render(answer),
            Answer::Doctor(answer) => human::doctor::render(answer, ink),
            Answer::Exported(answer) => human::exported::render(answer, ink),
            Answer::Imported(answer) => human::imported::render(answer, ink),
            Answer::Garbage(answer) => human::garbage::render(answer),
            Answer::Init(answer) => human::init::render(answer),
            Answer::Next(answer) => human::next::render(answer),
            Answer::Signature(answer) => human::signature::render(answer, ink),
            Answer::ImageSignatures(answer) => human::image_signatures::render(answer, ink),
            Answer::Signed(answer) => human::signed::render(answer),
            Answer::SignedImages(answer) => human::signed::render_all(answer),
            Answer::Key(answer) => human::key::render(answer),
            Answer::Demo(answer) => human::demo::render(answer, ink),
        }
    }

    /// What people are told beside the data, on standard error.
    pub fn remarks(&self) -> Vec<String> {
        match self {
            Answer::Built(answer) => human::built::remarks(answer),
            Answer::Plan(answer) => human::plan::remarks(answer),
            Answer::PublishPlan(answer) => human::publish_plan::remarks(answer),
            Answer::Released(answer) => human::released::remarks(answer),
            Answer::Published(answer) => human::published::remarks(answer),
            Answer::Status(answer) => human::status::remarks(answer),
            Answer::Tags(answer) => human::tags::remarks(answer),
            Answer::Verification(answer) => human::verification::remarks(answer),
            Answer::Releases(answer) => human::releases::remarks(answer),
            Answer::Version(answer) => human::version::remarks(answer),
            Answer::Compose(answer) => human::compose::remarks(answer),
            Answer::AppCompose(answer) => human::app_compose::remarks(answer),
            Answer::Deployed(answer) => human::deployed::remarks(answer),
            Answer::Imported(answer) => human::imported::remarks(answer),
            Answer::Copied(answer) => vec![human::copied::remark(answer)],
            Answer::Signed(answer) => human::signed::remark(answer).into_iter().collect(),
            Answer::Release(answer) => answer.source.remark().into_iter().collect(),
            Answer::Images(answer) => answer.source.iter().filter_map(SourceInfo::remark).collect(),
            Answer::File(answer) => answer.source.remark().into_iter().collect(),
            Answer::WhatIs(answer) => human::whatis::remarks(answer),
            Answer::Difference(answer) => human::difference::remarks(answer),
            Answer::Init(answer) => human::init::remarks(answer),
            Answer::Statement(answer) => human::statement::remarks(answer),
            Answer::Audit(answer) => human::audit::remarks(answer),
            Answer::Tagged(answer) => human::tagged::remarks(answer),
            Answer::Withdrawn(answer) => human::withdrawn::remarks(answer),
            Answer::Next(answer) => human::next::remarks(answer),
            Answer::Doctor(answer) => human::doctor::remarks(answer),
            Answer::Text(_)
            | Answer::Check(_)
            | Answer::Ignored(_)
            | Answer::Rebuilt(_)
            | Answer::Site(_)
            | Answer::ChartLinted(_)
            | Answer::ChartPackaged(_)
            | Answer::ChartIndexed(_)
            | Answer::ChartDependencies(_)
            | Answer::ChartProvenance(_)
            | Answer::ChartPublished(_)
            | Answer::Exported(_)
            | Answer::Garbage(_)
            | Answer::Signature(_)
            | Answer::ImageSignatures(_)
            | Answer::SignedImages(_)
            | Answer::Key(_)
            | Answer::Demo(_) => Vec::new(),
        }
    }
}
