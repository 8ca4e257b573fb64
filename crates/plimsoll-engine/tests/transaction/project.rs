//! The project that is released in the tests: two images in two repositories, and a mirror of the first.

use std::collections::BTreeMap;

use plimsoll_engine::domain::app_compose::AppCompose;
use plimsoll_engine::domain::artifact::ArtifactName;
use plimsoll_engine::domain::chart::{
    Chart, ChartPage, ChartRepository, ChartTags, ImagePart, ImageValue, InRegistry, Rendering, TagsMade,
    VersionPolicy,
};
use plimsoll_engine::domain::chart_number::ChartBump;
use plimsoll_engine::domain::claim::{ClaimName, Holder};
use plimsoll_engine::domain::compose::{Builds, ComposeSettings, Paths, Runs, ThirdParty};
use plimsoll_engine::domain::deployment::{DeployOn, Deployment, Deployments, Keeper};
use plimsoll_engine::domain::git::TagAt;
use plimsoll_engine::domain::occasion::Occasion;
use plimsoll_engine::domain::page::{PagePolicy, PageText, Teller};
use plimsoll_engine::domain::project::{
    Assemble, AssembledFile, Image, ImageTags, Input, Mirror, Origin, Project,
};
use plimsoll_engine::domain::provenance::{Elsewhere, Workplace};
use plimsoll_engine::domain::source::{Ancestry, Source};
use plimsoll_engine::domain::time::Moment;
use plimsoll_engine::plan::{Plan, plan_release};
use plimsoll_engine::run::order::{Order, Takeover};
use plimsoll_oci::model::Platform;
use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};
use plimsoll_tags::git_tag::{Prereleases, TagPattern, TagPolicy};
use plimsoll_tags::notation::short::Template;
use plimsoll_tags::rule::TagRule;
use plimsoll_tags::version::{Scheme, Version};
use plimsoll_testkit::world::Aboard;

use crate::stage::{Deploys, Settings};

/// Where image `a` goes first.
pub(crate) const R1: &str = "one.test/acme/a";
/// Where image `b` goes.
pub(crate) const R2: &str = "two.test/acme/b";
/// The mirror of image `a`.
pub(crate) const M1: &str = "mirror.test/acme/a";
/// Where an image of somebody else's is, which the compose file names.
pub(crate) const R3: &str = "three.test/library/postgres";
/// The compose file.
pub(crate) const COMPOSE: &str = "docker-compose.yml";
/// What it says.
pub(crate) const COMPOSE_TEXT: &str = "\
name: app
services:
  a:
    image: ${A:-one.test/acme/a:dev}  # released
  also-a: {image: mirror.test/acme/a}
  b:
    image: two.test/acme/b
    build: .
  db: {image: three.test/library/postgres:16}
";
/// Where the chart goes.
pub(crate) const C1: &str = "charts.test/acme/app";
/// The chart's files.
pub(crate) const CHART_TEXTS: [(&str, &str); 3] = [
    ("deploy/app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 0.0.1 # of the chart\nappVersion: none\n"),
    ("deploy/app/values.yaml", "a: {image: one.test/acme/a, digest: \"\"}\nb: \"\" # pinned\n"),
    (
        "deploy/app/templates/pod.yaml",
        "image: {{ .Values.b }}\nother: { image: \"{{ .Values.a.image }}@{{ .Values.a.digest }}\" }\n",
    ),
];
/// What `Chart.yaml` declares: the first number of the chart, where it has numbers of its own.
pub(crate) const FIRST_NUMBER: &str = "0.0.1";
/// The environment that follows versions, where there are pages.
pub(crate) const ENVIRONMENT: &str = "production";
/// The version that most tests release.
pub(crate) const V1: &str = "v1.0.0";
/// After how many seconds a claim counts as dead.
pub(crate) const STALE: u64 = 3600;

/// A repository by name.
pub(crate) fn repository(name: &str) -> ImageRepository {
    name.parse().expect("the tests know repositories")
}

/// An image tag.
pub(crate) fn image_tag(text: &str) -> ImageTag {
    text.parse().expect("the tests know image tags")
}

/// The claim of a git tag's version.
pub(crate) fn claim_name(git_tag: &str) -> ClaimName {
    let version = git_tag.strip_prefix('v').expect("git tags begin with `v`").to_owned();
    ClaimName { component: "app".parse().expect("a name"), version }
}

/// What an [`Order`] borrows.
pub(crate) struct Voyage {
    /// The git tag.
    pub(crate) tag: TagAt,
    source: Source,
    pub(crate) plan: Plan,
    /// The claim.
    pub(crate) name: ClaimName,
    me: Holder,
    workplace: Workplace,
    page: Option<PageText>,
}

/// A run that is aboard, as claims name it.
pub(crate) fn holder(aboard: &Aboard) -> Holder {
    Holder {
        run: aboard.run().to_owned(),
        url: None,
        ci: None,
        host: aboard.machine().to_owned(),
        boot: None,
        process: None,
        since: Moment(0),
    }
}

impl Voyage {
    /// What a run that is aboard needs to release a tag.
    pub(crate) fn new(project: &Project, aboard: &Aboard, tag: TagAt) -> Voyage {
        let source = Source {
            tag: Some(tag.clone()),
            commit: tag.commit.clone(),
            commit_time: Moment(1_767_000_000),
            on_default_branch: Ancestry::On,
        };
        let name = claim_name(&tag.name.0);
        let version = Version::parse(Scheme::Semver, &name.version).expect("git tags are versions");
        let occasion = match version.is_prerelease() {
            true => Occasion::Prerelease(version),
            false => Occasion::Version(version),
        };
        let plan =
            plan_release(project, &source, &occasion, &tag.name.0).expect("the project can be planned");
        let me = holder(aboard);
        let page = Some(PageText {
            title: tag.name.to_string(),
            about: "What is new.".into(),
            teller: Teller::Text,
        });
        let workplace = Workplace::Elsewhere(Elsewhere::default());
        Voyage { tag, source, plan, name, me, workplace, page }
    }

    /// The order to release it.
    pub(crate) fn order<'a>(&'a self, project: &'a Project, takeover: Takeover) -> Order<'a> {
        let Voyage { tag, source, plan, name, me, workplace, page } = self;
        let page = page.as_ref().filter(|_| project.pages == PagePolicy::Version);
        Order {
            project,
            source,
            tag,
            plan,
            name,
            me,
            takeover,
            workplace,
            chart_bump: ChartBump::Patch,
            installs: None,
            page,
        }
    }
}

/// The project of a stage.
pub(crate) fn project(settings: &Settings) -> Project {
    let mirror = settings.mirror.map(|necessity| Mirror { repository: repository(M1), necessity });
    Project {
        name: "app".parse().expect("a name"),
        description: None,
        license: None,
        source: None,
        url: None,
        version_files: Vec::new(),
        tags: TagPolicy::new(
            TagPattern::parse("v{version}").expect("a pattern"),
            None,
            Prereleases::Allowed,
            Scheme::Semver,
        )
        .expect("a policy"),
        images: vec![
            image(
                "a",
                R1,
                mirror,
                settings.platforms.0,
                &["v{version}", "sha-{sha}", "{major}.{minor}", "latest"],
            ),
            image("b", R2, None, settings.platforms.1, &["v{version}", "sha-{sha}", "latest"]),
        ],
        charts: (settings.deploys == Deploys::Everything).then(|| chart(settings)).into_iter().collect(),
        compose: (settings.deploys == Deploys::Everything).then(|| ComposeSettings {
            file: COMPOSE.into(),
            folder: "releases".into(),
            services: BTreeMap::from([("also-a".into(), Runs::Image("a".parse().expect("a name")))]),
            third_party: ThirdParty::Resolve,
            leave: Vec::new(),
            builds: Builds::Drop,
            paths: Paths::Rebase,
        }),
        app_compose: (settings.deploys == Deploys::Everything).then(|| AppCompose::named("app")),
        signing: settings.signing,
        signed_since: Vec::new(),
        statements: settings.statements(),
        posting: settings.posting,
        records_directory: "releases".into(),
        claim: settings.claim,
        pages: settings.pages,
        deployments: Deployments { wanted: environments(settings.pages), keeper: Keeper::Forge },
        config: Digest::of(b"configuration"),
    }
}

/// Where there are pages there are environments.
fn environments(pages: PagePolicy) -> Vec<Deployment> {
    let production = Deployment {
        on: DeployOn::Version,
        environment: ENVIRONMENT.into(),
        url: Some("https://app.test".into()),
    };
    (pages != PagePolicy::Never).then_some(production).into_iter().collect()
}

/// What the chart is called in the project. Numbers of its own stand under this name, so it can't be the project's then.
pub(crate) fn chart_name(version: VersionPolicy) -> ArtifactName {
    let name = match version {
        VersionPolicy::Match => "app",
        VersionPolicy::Independent => "app-chart",
    };
    name.parse().expect("a name")
}

fn chart(settings: &Settings) -> Chart {
    let version = settings.chart_version;
    let value = |path: &str, image: &str, part| ImageValue {
        path: plimsoll_edit::path::KeyPath::parse(path).expect("a path"),
        image: image.parse().expect("a name"),
        part,
    };
    Chart {
        name: chart_name(version),
        chart: "app".into(),
        path: "deploy/app".into(),
        version,
        tags: match version {
            VersionPolicy::Match => None,
            VersionPolicy::Independent => {
                let pattern = TagPattern::parse("app-{version}").expect("a pattern");
                Some(ChartTags { pattern, page: ChartPage::Own, made: TagsMade::WithReleases })
            }
        },
        values: vec![value("a.digest", "a", ImagePart::Digest), value("b", "b", ImagePart::Reference)],
        repository: repository(match settings.in_registry {
            InRegistry::Tagged => C1,
            InRegistry::ByDigest => R1,
        }),
        in_registry: settings.in_registry,
        pgp_key: settings.pgp_key.map(str::to_owned),
        listed_in: Some(ChartRepository {
            branch: "gh-pages".into(),
            url: "https://charts.test/app".into(),
            packages: settings.packages,
        }),
        rendering: Rendering::Required,
        presets: Vec::new(),
        app_version: None,
        allow: Vec::new(),
    }
}

fn image(name: &str, place: &str, mirror: Option<Mirror>, platforms: &[&str], tags: &[&str]) -> Image {
    let rule = |text: &&str| TagRule::of(Template::parse(text).expect("a template"));
    let file = AssembledFile {
        input: Input::File,
        from: format!("dist/{{arch}}/{name}"),
        to: format!("/{name}"),
        mode: None,
    };
    Image {
        name: name.parse().expect("a name"),
        repository: repository(place),
        mirrors: mirror.into_iter().collect(),
        platforms: platforms.iter().map(|arch| Platform::new("linux", arch)).collect(),
        origin: Origin::Assemble(Assemble {
            base: None,
            files: vec![file],
            entrypoint: None,
            command: None,
            env: BTreeMap::new(),
            user: None,
            working_directory: None,
            ports: Vec::new(),
        }),
        labels: BTreeMap::new(),
        annotations: BTreeMap::new(),
        smoke: None,
        tags: ImageTags { release: tags.iter().map(rule).collect(), ..ImageTags::default() },
    }
}
