//! What happens in the world without us: pushes, moved git tags, collected content, outages, late requests.

use bytes::Bytes;
use plimsoll_engine::domain::chart::ListedVersion;
use plimsoll_engine::domain::claim::ClaimName;
use plimsoll_engine::domain::git::{GitLine, GitTag, Oid, TagAt};
use plimsoll_engine::world::chart_repositories::Beside;
use plimsoll_oci::model::{Descriptor, ImageManifest, Manifest, MediaType};
use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};

use super::fault::Weather;
use super::history::{Author, Change};
use super::sea::{GitRef, Late, Sea, is_hidden};

impl Sea {
    /// Makes a git tag on the remote, or makes it anew: a new tag object on a new commit. Gives what it is now.
    pub fn make_git_tag(&self, name: &str) -> TagAt {
        let commit = self.new_oid();
        self.put_git_tag(name, commit)
    }

    /// Makes a git tag anew on the commit that it is on: only the tag object is another.
    ///
    /// # Panics
    /// When there is no such tag.
    pub fn remake_git_tag(&self, name: &str) -> TagAt {
        let tag = self.git_tag(name).expect("the tag is there");
        self.put_git_tag(name, tag.commit)
    }

    /// Makes a branch or pull request have these commits, the newest first.
    pub fn push_line(&self, line: &GitLine, commits: Vec<Oid>) {
        self.waters().lines.insert(line.to_string(), commits);
    }

    /// Deletes a git tag.
    pub fn delete_git_tag(&self, name: &str) {
        let name = GitTag(name.to_owned());
        let mut waters = self.waters();
        let from = waters.git_tags.remove(&name).map(|tag| tag.object);
        waters.note(Author::Stranger, Change::GitTag { name, from, to: None });
    }

    /// Deletes a claim.
    pub fn lose_claim(&self, name: &ClaimName) {
        let mut waters = self.waters();
        let from = waters.claims.remove(name).map(|standing| standing.claim);
        waters.note(Author::Stranger, Change::Claim { name: name.clone(), from, to: None });
    }

    /// Points an image tag at an image of somebody else's, new each time. Gives its digest.
    pub fn push_foreign(&self, repository: &ImageRepository, tag: &ImageTag) -> Digest {
        let digest = self.put_foreign(repository);
        self.waters().point(Author::Stranger, repository, tag, &digest);
        digest
    }

    fn put_foreign(&self, repository: &ImageRepository) -> Digest {
        let mut waters = self.waters();
        waters.strangers += 1;
        let config = Bytes::from(format!("{{\"stranger\":{}}}", waters.strangers));
        let manifest = Manifest::from_image(ImageManifest {
            schema_version: 2,
            media_type: Some(MediaType::MANIFEST),
            artifact_type: None,
            config: Descriptor::of(MediaType::CONFIG, &config),
            layers: Vec::new(),
            subject: None,
            annotations: std::collections::BTreeMap::new(),
        });
        let digest = manifest.digest().clone();
        let held = waters.repository(repository);
        held.blobs.insert(Digest::of(&config), config);
        held.manifests.insert(digest.clone(), manifest);
        digest
    }

    /// Has an image of somebody else's under a tag, new each time, in a repository where nobody releases: what a release
    /// finds when it looks an image up. It is no part of the history. Gives its digest.
    pub fn host_image(&self, repository: &ImageRepository, tag: &ImageTag) -> Digest {
        let digest = self.put_foreign(repository);
        let mut waters = self.waters();
        waters.hosts.insert(repository.clone());
        waters.repository(repository).tags.insert(tag.clone(), digest.clone());
        drop(waters);
        digest
    }

    /// Has a file in every commit.
    pub fn commit_file(&self, path: &str, text: &str) {
        self.waters().texts.insert(path.to_owned(), text.to_owned());
    }

    /// Points an image tag at something that is in the repository already.
    ///
    /// # Panics
    /// When it is not.
    pub fn point_by_hand(&self, repository: &ImageRepository, tag: &ImageTag, to: &Digest) {
        assert!(self.waters().point(Author::Stranger, repository, tag, to), "{to} is not in {repository}");
    }

    /// Writes a file of the ledger.
    pub fn write_by_hand(&self, name: &str, bytes: Vec<u8>) {
        let mut waters = self.waters();
        waters.files.insert(name.to_owned(), bytes);
        waters.note(Author::Stranger, Change::File(name.to_owned()));
    }

    /// Removes an image tag.
    pub fn remove_tag(&self, repository: &ImageRepository, tag: &ImageTag) {
        let mut waters = self.waters();
        let from = waters.repository(repository).tags.remove(tag);
        let (repository, tag) = (repository.clone(), tag.clone());
        waters.note(Author::Stranger, Change::Tag { repository, tag, from, to: None });
    }

    /// The registry collects what no tag holds. Gives how many blobs and manifests went.
    pub fn collect(&self, repository: &ImageRepository) -> usize {
        let mut waters = self.waters();
        let gone = waters.repository(repository).collect();
        waters.note(Author::Stranger, Change::Removed(repository.clone()));
        gone
    }

    /// Somebody lists a chart of his own.
    pub fn list_by_hand(&self, listed: &ListedVersion, package: &Digest) {
        self.waters().listed.insert(listed.clone(), package.clone());
    }

    /// Somebody deletes the files of a chart from beside its index.
    pub fn tidy_by_hand(&self, listed: &ListedVersion) {
        self.waters().beside.insert(listed.clone(), Beside::default());
    }

    /// Somebody takes a chart off its index.
    pub fn unlist_by_hand(&self, listed: &ListedVersion) {
        self.waters().listed.remove(listed);
    }

    /// Somebody deletes the pages of a tag.
    pub fn delete_pages(&self, tag: &str) {
        self.waters().pages.retain(|page| page.tag.0 != tag);
    }

    /// Somebody takes a file off the pages of a tag, or puts other bytes in its place.
    pub fn change_asset(&self, tag: &str, name: &str, bytes: Option<Bytes>) {
        let mut waters = self.waters();
        for page in waters.pages.iter_mut().filter(|page| page.tag.0 == tag) {
            page.assets.retain(|(of, _)| of != name);
            page.assets.extend(bytes.clone().map(|bytes| (name.to_owned(), bytes)));
        }
    }

    /// Somebody deletes a manifest with everything below it and every tag on it.
    pub fn delete_content(&self, repository: &ImageRepository, root: &Digest) {
        let mut waters = self.waters();
        waters.repository(repository).delete(root);
        waters.deleted = true;
        waters.note(Author::Stranger, Change::Removed(repository.clone()));
    }

    /// The next `calls` calls to a repository fail; 0 ends an outage.
    pub fn break_down(&self, repository: &ImageRepository, calls: u32) {
        self.waters().outages.insert(repository.clone(), calls);
    }

    /// The registry does not list the tags of a repository.
    pub fn refuse_listing(&self, repository: &ImageRepository) {
        self.waters().unlisted.insert(repository.clone());
    }

    /// The registry answers a machine as if it had no such repository, and lets it write nothing there.
    pub fn veil(&self, machine: &str, repository: &ImageRepository) {
        self.waters().veils.insert((machine.to_owned(), repository.clone()));
    }

    /// The machine is let in again.
    pub fn unveil(&self, machine: &str, repository: &ImageRepository) {
        self.waters().veils.remove(&(machine.to_owned(), repository.clone()));
    }

    /// Makes the repositories those of one machine's own registry: who settles moving tags can keep others out.
    pub fn keep_locks(&self) {
        self.waters().locks = true;
    }

    /// Lets chance act on every effect from now on; `None` ends it.
    pub fn set_weather(&self, weather: Option<Box<dyn Weather>>) {
        self.waters().weather = weather;
    }

    /// How many requests were given up by their senders and may still arrive.
    pub fn late_requests(&self) -> usize {
        self.waters().late.len()
    }

    /// The oldest late request arrives. Gives whether it did anything.
    pub fn let_late_request_arrive(&self) -> bool {
        let mut waters = self.waters();
        if waters.late.is_empty() {
            return false;
        }
        match waters.late.remove(0) {
            Late::Swap(request) => waters.swap(Author::Late, request),
            Late::Point { repository, tag, to } => waters.point(Author::Late, &repository, &tag, &to),
        }
    }

    /// The oldest late request is lost for good.
    pub fn lose_late_request(&self) {
        let mut waters = self.waters();
        if !waters.late.is_empty() {
            waters.late.remove(0);
        }
    }

    /// Somebody removes what keeps untagged content in a repository: as if there were no hold tags.
    pub fn lose_holds(&self, repository: &ImageRepository) {
        let mut waters = self.waters();
        waters.deleted = true;
        waters.repository(repository).tags.retain(|tag, _| !is_hidden(tag));
    }

    fn put_git_tag(&self, name: &str, commit: Oid) -> TagAt {
        let object = self.new_oid();
        let name = GitTag(name.to_owned());
        let mut waters = self.waters();
        let new = GitRef { object: object.clone(), commit: commit.clone() };
        let from = waters.git_tags.insert(name.clone(), new).map(|tag| tag.object);
        waters.note(Author::Stranger, Change::GitTag { name: name.clone(), from, to: Some(object.clone()) });
        TagAt { name, object, commit, on_remote: true }
    }

    fn new_oid(&self) -> Oid {
        let mut waters = self.waters();
        waters.strangers += 1;
        format!("{:040x}", waters.strangers).parse().expect("forty hexadecimal characters")
    }
}
