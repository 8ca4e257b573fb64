//! Registries by name, as they are known to differ from each other: which refusals they make and how they word them.
//!
//! Where a vendor documents nothing, the harsher of two ways is taken. The sources stand beside each row.

use serde_json::json;

use super::access::{Door, OAuth};
use super::wire::Answer;
use super::{Again, Creation, Habits, Immutable, Locations, Referrers, Storage, Tags};

/// A registry that others run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vendor {
    /// JFrog Artifactory: no referrers before 7.90; overwriting is a right.
    Artifactory,
    /// Google Artifact Registry, with immutable tags.
    ArtifactRegistry,
    /// Docker Hub, with immutable tags (docker/hub-feedback#2466).
    DockerHub,
    /// Amazon ECR, with immutable tags (aws/containers-roadmap#2380).
    Ecr,
    /// GitHub's registry: no referrers, a redirect to the user interface instead (artifacthub/hub#4785).
    Ghcr,
    /// GitLab's: no referrers, and the fallback tag resolves to the subject (oras-project/oras-go#1396).
    GitLab,
    /// Harbor, with immutable tags (goharbor/harbor, `src/server/middleware/immutable/pushmf.go`).
    Harbor,
    /// Quay, with immutable tags (quay/quay, `endpoints/v2/errors.py`).
    Quay,
}

/// How long a registry asks to be left alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Wait {
    /// It says how many seconds.
    Said(f64),
    /// It does not say.
    Unsaid,
}

impl Vendor {
    /// Every one of them.
    pub const ALL: [Self; 8] = [
        Self::Artifactory,
        Self::ArtifactRegistry,
        Self::DockerHub,
        Self::Ecr,
        Self::Ghcr,
        Self::GitLab,
        Self::Harbor,
        Self::Quay,
    ];

    /// How it behaves when nothing is wrong.
    pub fn habits(self) -> Habits {
        let tokens = |oauth| Door::Token { lifetime: Some(300), oauth };
        let usual = Habits { storage: Storage::Elsewhere(307), ..Habits::default() };
        match self {
            Self::Artifactory => Habits {
                door: Door::Basic,
                referrers: Referrers::Api,
                tags: immutable(Again::Allowed, |_, tag| {
                    let said = format!("The client does not have permission to overwrite {tag}");
                    complaint(403, "DENIED", &said)
                }),
                ..usual
            },
            Self::ArtifactRegistry => Habits {
                door: tokens(OAuth::Absent),
                storage: Storage::Elsewhere(302),
                locations: Locations::Whole,
                tags: immutable(Again::Refused, |_, tag| {
                    let said =
                        format!("cannot update tag {tag}. The repository has enabled tag immutability");
                    complaint(400, "MANIFEST_INVALID", &said)
                }),
                ..usual
            },
            Self::DockerHub => Habits {
                door: tokens(OAuth::Offered),
                referrers: Referrers::Api,
                locations: Locations::Whole,
                page: 100,
                tags: immutable(Again::Refused, |_, tag| {
                    complaint(403, "DENIED", &format!("tag {tag} is immutable"))
                }),
                ..usual
            },
            Self::Ecr => Habits {
                door: Door::Basic,
                referrers: Referrers::Pages(50),
                creation: Creation::ByHand,
                tags: immutable(Again::Refused, |repository, tag| {
                    let said = format!(
                        "The image tag '{tag}' already exists in the '{repository}' repository and cannot be \
                         overwritten because the repository is immutable."
                    );
                    complaint(400, "TAG_INVALID", &said)
                }),
                ..usual
            },
            Self::Ghcr => {
                Habits { door: tokens(OAuth::Absent), referrers: Referrers::UserInterface, ..usual }
            }
            Self::GitLab => {
                Habits { door: tokens(OAuth::Absent), referrers: Referrers::TagIsDigest, ..usual }
            }
            Self::Harbor => Habits {
                door: tokens(OAuth::Absent),
                referrers: Referrers::Api,
                storage: Storage::Here,
                tags: immutable(Again::Refused, |repository, tag| {
                    let said = format!(
                        "Failed to process request due to '{repository}:{tag}' configured as immutable."
                    );
                    complaint(412, "PRECONDITION", &said)
                }),
                ..usual
            },
            Self::Quay => Habits {
                door: tokens(OAuth::Absent),
                referrers: Referrers::Api,
                storage: Storage::Elsewhere(302),
                tags: immutable(Again::Refused, |_, _| {
                    complaint(409, "TAG_IMMUTABLE", "tag is immutable and cannot be overwritten")
                }),
                ..usual
            },
        }
    }

    /// Its refusal of too many requests, and the wait that it asks for.
    pub fn too_many(self) -> (Answer, Wait) {
        match self {
            Self::DockerHub => {
                let said = "You have reached your pull rate limit. You may increase the limit by authenticating \
                            and upgrading: https://www.docker.com/increase-rate-limit";
                (complaint(429, "TOOMANYREQUESTS", said), Wait::Unsaid)
            }
            Self::Ecr => (
                complaint(400, "ThrottlingException", "Rate exceeded").header("Connection", "close"),
                Wait::Unsaid,
            ),
            Self::Ghcr => {
                let said = "toomanyrequests: retry-after: 1250ms, allowed: 2000/minute";
                (Answer::status(429).header("Content-Type", "text/plain").body(said), Wait::Said(1.25))
            }
            Self::GitLab => {
                let answer = Answer::status(429).header("Retry-After", "7").header("RateLimit-Limit", "500");
                (answer.body("Retry later\n"), Wait::Said(7.0))
            }
            Self::ArtifactRegistry => {
                let said = "Quota exceeded for quota metric 'Requests per project per region'";
                (complaint(429, "TOOMANYREQUESTS", said), Wait::Unsaid)
            }
            // What stands before them answers, with a page.
            Self::Artifactory | Self::Harbor | Self::Quay => {
                (page(429, "429 Too Many Requests"), Wait::Unsaid)
            }
        }
    }

    /// Its refusal where there is no room left, if it has one of its own.
    pub fn full(self) -> Option<Answer> {
        match self {
            Self::Harbor => {
                let said = "adding 29.0 MiB of storage resource, which when updated to current usage of 152.4 MiB \
                            will exceed the configured upper limit of 10.0 MiB.";
                Some(complaint(403, "DENIED", said))
            }
            Self::Quay => Some(complaint(403, "DENIED", "Quota has been exceeded on namespace")),
            _ => None,
        }
    }

    /// What it answers when it is unwell: mostly a page of whatever stands before it.
    pub fn unwell(self) -> Answer {
        match self {
            Self::Ecr => complaint(500, "INTERNAL_FAILURE", "An internal error occurred."),
            Self::GitLab => Answer::status(502).body("Bad Gateway"),
            _ => page(503, "Service Unavailable"),
        }
    }
}

fn immutable(again: Again, refusal: fn(&str, &str) -> Answer) -> Tags {
    Tags::Immutable(Immutable { again, refusal })
}

/// An error as registries write it.
pub(super) fn complaint(status: u16, code: &str, message: &str) -> Answer {
    let body = json!({"errors": [{"code": code, "message": message}]});
    Answer::status(status).header("Content-Type", "application/json").body(body.to_string())
}

fn page(status: u16, title: &str) -> Answer {
    let body = format!("<html>\r\n<head><title>{title}</title></head>\r\n<body></body>\r\n</html>\r\n");
    Answer::status(status).header("Content-Type", "text/html").body(body)
}
