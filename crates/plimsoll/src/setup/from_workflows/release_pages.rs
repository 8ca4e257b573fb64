//! Who makes release pages, and what of them no release does.

use super::workflow::Workflow;
use super::{Carried, WorkflowFile};

/// Who makes release pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::setup) enum Page {
    /// A workflow.
    Made,
    /// A workflow, or GoReleaser, as a draft that a person publishes.
    Drafted,
    /// GoReleaser, beside the files that it puts on them.
    ByGoreleaser,
    /// A person, which sets a workflow off.
    ByHand,
}

/// What is said of pages once it is known who makes them.
#[derive(Clone, Debug, Default)]
pub(super) struct PageRemarks {
    /// What leaves them drafts.
    drafts: Vec<String>,
    /// Whether a workflow publishes drafts by itself.
    are_published: bool,
    /// The workflows that they set off, and that release nothing.
    followers: Vec<String>,
}

impl Carried {
    /// Takes over what a workflow does with release pages.
    pub(super) fn add_pages(&mut self, file: &WorkflowFile, workflow: &Workflow, repository: Option<&str>) {
        self.take_page(workflow.page(repository));
        self.left.extend(workflow.tell_pages_elsewhere(&file.path, repository));
        self.left.extend(workflow.tell_files_of_pages(&file.path, repository));
        self.page_remarks.drafts.extend(workflow.drafts_of_pages(&file.path, repository));
        self.page_remarks.are_published |= workflow.publishes_drafts();
        let is_follower = workflow.follows_pages() && !workflow.publishes() && !workflow.runs_plimsoll();
        self.page_remarks.followers.extend(is_follower.then(|| file.path.clone()));
    }

    /// Takes over what GoReleaser's file says of them. A workflow may publish its draft.
    pub(super) fn add_page_of_goreleaser(&mut self, path: &str, page: Option<Page>) {
        let page = match self.page_remarks.are_published {
            true => page.and(Some(Page::ByGoreleaser)),
            false => page,
        };
        self.take_page(page);
        let is_draft = page == Some(Page::Drafted);
        self.page_remarks.drafts.extend(is_draft.then(|| format!("{path}: `draft: true` of `release`")));
    }

    /// What is published by itself is more than a draft.
    fn take_page(&mut self, page: Option<Page>) {
        if matches!(self.page, None | Some(Page::Drafted)) {
            self.page = page.or(self.page);
        }
    }

    /// Tells what a release would do otherwise with pages.
    pub(super) fn tell_pages(&mut self) {
        let remarks = std::mem::take(&mut self.page_remarks);
        match self.page {
            Some(Page::Drafted) => self.left.extend(remarks.drafts.into_iter().map(|what| {
                format!(
                    "{what} leaves the release page a draft that somebody publishes, and [forge] publishes it at once: without [forge] it stays as it is"
                )
            })),
            Some(Page::Made | Page::ByGoreleaser) => self.left.extend(remarks.followers.into_iter().map(|path| {
                format!(
                    "{path}: a release page sets it off, and one that a job makes with its own token sets nothing off: `token` under [forge] names another"
                )
            })),
            Some(Page::ByHand) | None => {}
        }
    }
}
