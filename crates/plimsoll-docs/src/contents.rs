//! Which pages there are, and in which order people read them.

/// A page of the repository, and its place on the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// The Markdown file, from the repository's root.
    pub source: &'static str,
    /// The file on the site, from its root.
    pub place: &'static str,
    /// What the contents call it.
    pub name: &'static str,
}

/// Pages under one heading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The heading.
    pub name: &'static str,
    /// The pages.
    pub pages: &'static [Page],
}

const fn page(source: &'static str, place: &'static str, name: &'static str) -> Page {
    Page { source, place, name }
}

/// Everything, in the order of the contents.
pub const CONTENTS: &[Part] = &[
    Part {
        name: "Begin",
        pages: &[
            page("README.md", "index.html", "Plimsoll"),
            page("docs/guide/first-release.md", "guide/first-release.html", "Your first release"),
            page("docs/guide/moving-over.md", "guide/moving-over.html", "Moving over"),
            page(
                "docs/guide/continuous-integration.md",
                "guide/continuous-integration.html",
                "Continuous integration",
            ),
            page("docs/guide/when-it-stops.md", "guide/when-it-stops.html", "When it stops"),
        ],
    },
    Part {
        name: "What is released",
        pages: &[
            page("docs/guide/build.md", "guide/build.html", "Images from Dockerfiles"),
            page("docs/guide/image-tags.md", "guide/image-tags.html", "Image tags"),
            page("docs/guide/publish.md", "guide/publish.html", "Branches and pull requests"),
            page("docs/guide/charts.md", "guide/charts.html", "Helm charts"),
            page("docs/guide/compose.md", "guide/compose.html", "Compose files and dstack"),
            page("docs/guide/signatures.md", "guide/signatures.html", "Signatures"),
            page("docs/guide/forge.md", "guide/forge.html", "Release pages"),
            page("docs/guide/deployments.md", "guide/deployments.html", "Deployments"),
            page("docs/guide/claims.md", "guide/claims.html", "Claims"),
        ],
    },
    Part {
        name: "Afterwards",
        pages: &[
            page("docs/guide/ledger.md", "guide/ledger.html", "The ledger"),
            page("docs/guide/promote.md", "guide/promote.html", "Promoting"),
            page("docs/guide/rollback.md", "guide/rollback.html", "Yanking and rolling back"),
            page("docs/guide/audit.md", "guide/audit.html", "Auditing"),
            page("docs/guide/air-gap.md", "guide/air-gap.html", "Taking a release elsewhere"),
        ],
    },
    Part {
        name: "Registries",
        pages: &[
            page(
                "docs/guide/registries-and-credentials.md",
                "guide/registries-and-credentials.html",
                "Registries and credentials",
            ),
            page("docs/guide/registry.md", "guide/registry.html", "The local registry"),
        ],
    },
    Part {
        name: "Reference",
        pages: &[
            page("docs/reference/config.md", "reference/config.html", "plimsoll.toml"),
            page("docs/reference/cli.md", "reference/cli.html", "Commands"),
            page("docs/reference/image-tags.md", "reference/image-tags.html", "Image tag rules"),
            page("docs/reference/json.md", "reference/json.html", "JSON"),
            page("docs/reference/exit-codes.md", "reference/exit-codes.html", "Exit codes"),
            page("docs/errors.md", "errors.html", "Errors"),
            page("docs/glossary.md", "glossary.html", "Glossary"),
            page("docs/benchmarks.md", "benchmarks.html", "Measurements"),
        ],
    },
    Part {
        name: "Formats",
        pages: &[
            page("docs/formats/release-info.md", "formats/release-info.html", "The record"),
            page("docs/formats/release-statement.md", "formats/release-statement.html", "The statement"),
            page("docs/formats/claim.md", "formats/claim.html", "The claim"),
            page("docs/formats/mark.md", "formats/mark.html", "Marks"),
            page("docs/formats/artifact.md", "formats/artifact.html", "Artifacts"),
            page("docs/formats/provenance.md", "formats/provenance.html", "Provenance"),
            page("docs/formats/part.md", "formats/part.html", "Parts"),
            page("docs/formats/release-archive.md", "formats/release-archive.html", "Release archives"),
        ],
    },
    Part {
        name: "The house",
        pages: &[
            page("ARCHITECTURE.md", "architecture.html", "The house"),
            page("docs/design/claim.md", "design/claim.html", "How two runs are kept apart"),
            page("docs/design/engine.md", "design/engine.html", "The engine"),
            page("docs/design/forge.md", "design/forge.html", "Forges"),
            page("docs/design/git.md", "design/git.html", "Git"),
            page("docs/design/helm.md", "design/helm.html", "Helm"),
            page("docs/design/init.md", "design/init.html", "What init drafts"),
            page("docs/design/ledger.md", "design/ledger.html", "Ledgers"),
            page("docs/design/local-registry.md", "design/local-registry.html", "The local registry"),
            page("docs/design/sigstore.md", "design/sigstore.html", "Sigstore"),
            page("CONTRIBUTING.md", "contributing.html", "Contributing"),
            page("SECURITY.md", "security.html", "Security"),
            page("CHANGELOG.md", "changelog.html", "Changes"),
        ],
    },
];

/// Every page, in order.
pub fn pages() -> impl Iterator<Item = &'static Page> {
    CONTENTS.iter().flat_map(|part| part.pages)
}

/// The page of a Markdown file.
pub fn find_page(source: &str) -> Option<&'static Page> {
    pages().find(|page| page.source == source)
}
