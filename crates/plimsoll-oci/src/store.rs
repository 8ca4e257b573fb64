//! One repository in one place, read and written: a layout, an archive, a registry.

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::content::Content;
use crate::model::{Descriptor, Manifest, MediaType, ModelError};
use crate::name::{Digest, ImageRepository, ImageTag};

/// What an asynchronous role returns.
pub type Work<'a, T, E = StoreError> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'a>>;

/// A repository, read. `None` is "not there"; everything else that is not the answer is an error.
pub trait Pull: Send + Sync {
    /// Hears that so many questions are to come, side by side, in a moment: a place at a distance may open connections
    /// while the first of them is answered. Nothing is asked by it.
    fn expect(&self, _questions: usize) {}
    /// What a tag points at.
    fn resolve<'a>(&'a self, tag: &'a ImageTag) -> Work<'a, Option<Descriptor>>;
    /// A manifest by digest; its bytes have that digest.
    fn manifest<'a>(&'a self, at: &'a Digest) -> Work<'a, Option<Manifest>>;
    /// As [`Pull::manifest`], for who wants the manifest and not to know whether it is still there: one that went by just
    /// now need not be fetched again.
    fn manifest_to_read<'a>(&'a self, at: &'a Digest) -> Work<'a, Option<Manifest>> {
        self.manifest(at)
    }
    /// A blob by digest. Nothing is read before it is opened.
    fn blob<'a>(&'a self, at: &'a Descriptor) -> Work<'a, Option<Arc<dyn Content>>>;
    /// As [`Pull::blob`], for who reads it at once. That it is not there may show only when it is opened, as
    /// [`StoreError::Missing`]: where asking costs a round trip nobody asks.
    fn blob_to_read<'a>(&'a self, at: &'a Descriptor) -> Work<'a, Option<Arc<dyn Content>>> {
        self.blob(at)
    }
    /// All tags, in no particular order.
    fn tags(&self) -> Work<'_, Vec<ImageTag>>;
    /// The manifests that refer to `subject`, of one artifact type or of all.
    fn referrers<'a>(&'a self, subject: &'a Digest, kind: Option<&'a MediaType>)
    -> Work<'a, Vec<Descriptor>>;
    /// The tag under which everybody who attaches something to `subject` writes the list of it, where the place is known to keep
    /// none by itself. Nothing is asked by it: who has listed referrers knows.
    fn referrers_tag(&self, _subject: &Digest) -> Option<ImageTag> {
        None
    }
}

/// The same repository, written. One method is one effect; what is there already is not sent again.
pub trait Store: Pull {
    /// Makes a blob be there; `mount_from` names a repository of the same registry that has it.
    fn put_blob<'a>(
        &'a self,
        content: &'a dyn Content,
        mount_from: Option<&'a ImageRepository>,
    ) -> Work<'a, ()>;
    /// Makes a manifest be there under its digest; listed among its subject's referrers if it has one.
    fn put_manifest<'a>(&'a self, manifest: &'a Manifest) -> Work<'a, ()>;
    /// Makes manifests be there that refer to others; as [`Store::put_manifest`], but that a list under a tag, which everybody writes,
    /// is written once for all of them that refer to the same: there are registries that let no tag be written twice.
    fn put_referrers<'a>(&'a self, manifests: &'a [Manifest]) -> Work<'a, ()> {
        Box::pin(async move {
            for manifest in manifests {
                self.put_manifest(manifest).await?;
            }
            Ok(())
        })
    }
    /// Points a tag at a manifest that is there. `was` is what the tag pointed at when last seen, `None` if it was
    /// not there: places that can compare refuse with [`StoreError::TagMoved`] if that has changed, others write.
    /// A tag that points at `to` already is left alone.
    fn point<'a>(&'a self, tag: &'a ImageTag, to: &'a Digest, was: Option<&'a Digest>) -> Work<'a, ()>;
    /// Writes what a tag points at under it once more, so that nothing changes: a place that lets no tag be written twice refuses it
    /// with [`StoreError::Immutable`]. Nothing is written where there is no such tag, or where every tag can be written.
    fn rewrite<'a>(&'a self, _tag: &'a ImageTag) -> Work<'a, ()> {
        Box::pin(async { Ok(()) })
    }
}

/// Deleting, which no step of a release can name.
pub trait Prune: Store {
    /// Removes a tag.
    fn remove_tag<'a>(&'a self, tag: &'a ImageTag) -> Work<'a, ()>;
    /// Removes a manifest by digest.
    fn remove_manifest<'a>(&'a self, at: &'a Digest) -> Work<'a, ()>;
}

/// Why a repository could not be read or written.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The place did not answer, or stopped answering.
    #[error("{place} can't be reached: {why}")]
    Unreachable {
        /// Host or path.
        place: String,
        /// What happened, without secrets.
        why: String,
    },
    /// The place wants credentials: there are none, or they are refused.
    #[error("{place} refused {}", credential.as_deref().map_or("access: no credentials were found".into(), |c| format!("the credentials from {c}")))]
    Unauthorized {
        /// The registry.
        place: String,
        /// Where the credentials came from; none if there were none.
        credential: Option<String>,
    },
    /// The credentials are good but not for this.
    #[error("{place} does not allow {action}: {why}")]
    Denied {
        /// Registry or repository.
        place: String,
        /// `pull` or `push`.
        action: &'static str,
        /// What it said.
        why: String,
    },
    /// The registry keeps its tags from being moved.
    #[error("{place} does not let tag `{tag}` be written again")]
    Immutable {
        /// The repository.
        place: String,
        /// The tag.
        tag: ImageTag,
    },
    /// The tag no longer points at what it pointed at when last seen.
    #[error("tag `{tag}` of {place} was moved meanwhile")]
    TagMoved {
        /// The repository.
        place: String,
        /// The tag.
        tag: ImageTag,
    },
    /// Too many requests, also after waiting.
    #[error("{place} asks for fewer requests")]
    Busy {
        /// The registry.
        place: String,
        /// How long it wants to be left alone, if it said.
        retry_after: Option<Duration>,
    },
    /// No room, or over a quota.
    #[error("{place} has no room: {why}")]
    Full {
        /// Registry or path.
        place: String,
        /// What it said.
        why: String,
    },
    /// Something answered that is no registry.
    #[error("{place} does not answer like a registry: {found}")]
    NotARegistry {
        /// The address.
        place: String,
        /// The start of what came, or its content type.
        found: String,
    },
    /// A registry answered in a way that no other variant tells.
    #[error("{place} answered {status} to {action}: {message}")]
    Rejected {
        /// Registry or repository.
        place: String,
        /// What was asked.
        action: String,
        /// HTTP status.
        status: u16,
        /// Its error codes and messages, bounded.
        message: String,
    },
    /// A list that everybody writes names something that is gone, and the registry takes no such list.
    #[error("{place}:{tag} lists {} that is not there any more, and the registry refuses to write such a list", match gone.len() { 1 => "something".to_owned(), several => format!("{several} things") })]
    ListsGone {
        /// The repository.
        place: String,
        /// The tag of the list.
        tag: ImageTag,
        /// What is gone.
        gone: Vec<Digest>,
        /// What is still there, of whoever attached it.
        there: Vec<Digest>,
    },
    /// Bytes that are not what their digest says.
    #[error("content under {want} has digest {found}")]
    Lies {
        /// The digest asked for.
        want: Digest,
        /// The digest of what came.
        found: Digest,
    },
    /// More or fewer bytes than said.
    #[error("content {digest} has {found} bytes, not {want}")]
    Size {
        /// The content.
        digest: Digest,
        /// The size said.
        want: u64,
        /// The size found.
        found: u64,
    },
    /// More than is read of such a thing.
    #[error("{what} has {size} bytes, more than the limit of {limit}")]
    TooLarge {
        /// Digest or kind of thing.
        what: String,
        /// Its size, as far as known.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// More than are read of such things.
    #[error("{what} has {count} entries, more than the {limit} that are read")]
    TooMany {
        /// The list.
        what: String,
        /// How many it has.
        count: u64,
        /// How many are read.
        limit: u64,
    },
    /// A manifest or config that can't be read.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Content that should be there is not.
    #[error("{digest} is not in {place}")]
    Missing {
        /// Repository or path.
        place: String,
        /// The content.
        digest: Digest,
    },
    /// A layout or archive whose own files are broken.
    #[error("{path}: {why}")]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The file system refused.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: Arc<std::io::Error>,
    },
    /// The place can only be read.
    #[error("{place} can only be read")]
    ReadOnly {
        /// The place.
        place: String,
    },
}

impl StoreError {
    /// An error of the file system at `path`; a full disk becomes [`StoreError::Full`].
    pub fn io(path: impl Into<PathBuf>, source: std::io::Error) -> StoreError {
        let path = path.into();
        match source.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                StoreError::Full { place: path.display().to_string(), why: source.to_string() }
            }
            _ => StoreError::Io { path, source: Arc::new(source) },
        }
    }

    /// True if the same call may well succeed later.
    pub fn is_temporary(&self) -> bool {
        match self {
            StoreError::Unreachable { .. } | StoreError::Busy { .. } => true,
            StoreError::Rejected { status, .. } => *status >= 500 || matches!(status, 408 | 425 | 429),
            _ => false,
        }
    }
}
