//! The workflows that `init` writes are run: what happens on a forge sets them off, and their steps are executed in order,
//! each job on a machine with nothing on it.
//!
//! | workflow | GitHub | Forgejo | GitLab |
//! |---|---|---|---|
//! | release by a tag, by a page, by hand | run | run (pages: GitHub's) | run |
//! | release of images built for each platform on its own runner | run, if buildah is here | not written | not written |
//! | pull request: rehearse, comment, publish | run | run (no comment) | run (rehearse) |
//! | branch | run | run | run |
//! | chart | run | run | run |
//! | operate | run | run | run |
//! | audit | run | run | run |
//! | a configuration that `init` drafts, by a tag and by a page | run, if buildah is here | not run | not run |
//!
//! Where act and gitlab-ci-local are, they run them, too: each tag, page, branch, pull request and chart, and all of operate. What
//! their runners read otherwise than ours does not go unseen.
//!
//! What is not run: `docker buildx create` and the emulation of other platforms, for which programs of these names stand
//! here, and the environments in which somebody must agree, which are the forge's.

mod act;
mod actions;
mod drafted;
mod expressions;
mod foreign;
mod forge;
mod gitlab_ci_local;
mod guarded;
mod operating;
mod pipelines;

use plimsoll_testkit::{builders, tools};

use actions::Event;
use forge::{Forge, Host, Images, Setup};
use pipelines::Pipeline;

/// Tags of branches and pull requests.
const IMAGE: &str = "tags.release = [\"{version}\"]\ntags.\"branch:main\" = [\"main\"]\ntags.pull-request = [\"pr-{number}\"]\n";
/// Releases are set off by pages.
const BY_PAGES: &str = "--on release --actions none";
/// A chart with numbers, git tags, and an entry in a chart repository of its own.
const CHART: &str = "[[chart]]\npath = \"charts/app\"\noci = \"oci://REGISTRY/charts\"\nrender = \"if-present\"\nimage = { \"image.digest\" = \"app.digest\" }\nversion = \"independent\"\ngit-tag = \"chart-{version}\"\nhttp = { branch = \"gh-pages\", url = \"https://acme.github.io/app\" }\n";
const CHART_FILES: [(&str, &str); 3] = [
    ("charts/app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 0.4.0\nicon: https://acme.test/a.png\n"),
    ("charts/app/values.yaml", "image: { digest: \"\" }\n"),
    ("charts/app/templates/a.yaml", "digest: {{ .Values.image.digest }}\n"),
];

/// Beside an image, a chart.
const WITH_CHART: Setup<'static> =
    Setup { options: "--actions none", tables: CHART, files: &CHART_FILES, ..Setup::PLAIN };

#[test]
fn a_tag_ends_in_a_release_and_people_operate_on_it() {
    for host in [Host::GitHub, Host::Forgejo] {
        for actions in ["pinned", "none"] {
            let forge =
                Forge::new(host, Setup { options: &format!("--actions {actions}"), ..Setup::default() });
            release_and_operate(&forge);
        }
    }
}

/// A tag sets off a release, which people then take back, and what comes by the clock.
fn release_and_operate(forge: &Forge) {
    assert_eq!(forge.see(&Event::tag("v1.0.0")).well(), ["plimsoll-release/release"]);
    assert!(forge.manifest("acme/app", "1.0.0").is_some());
    // By hand, which is how a release that stopped is finished.
    forge.run("plimsoll-release", &Event::by_hand(&[("tag", "v1.0.0")])).well();
    forge.tag("v1.0");
    let no_tag = forge.run("plimsoll-release", &Event::by_hand(&[("tag", "v1.0")])).failure.unwrap();
    assert!(no_tag.contains("tag-invalid"), "{no_tag}");
    if forge.host == Host::GitHub {
        assert_eq!(forge.github.releases().len(), 1);
    }
    let state = || forge.scene.plimsoll("list").run().stdout().to_owned();
    let operate = |act| {
        let asked = [("act", act), ("tag", "v1.0.0"), ("reason", "it sinks"), ("how", "do it")];
        forge.run("plimsoll-operate", &Event::by_hand(&asked)).well()
    };
    assert_eq!(operate("verify"), ["plimsoll-operate/preview"]);
    assert!(!state().contains("yanked"), "{}", state());
    assert_eq!(operate("yank"), ["plimsoll-operate/preview", "plimsoll-operate/act"]);
    assert!(state().contains("yanked"), "{}", state());
    operate("unyank");
    assert!(!state().contains("yanked"), "{}", state());
    assert_eq!(forge.see(&Event::schedule()).well(), ["plimsoll-audit/audit"]);
}

#[test]
fn a_page_that_a_person_publishes_is_completed() {
    complete_page(&Forge::new(Host::GitHub, Setup { options: BY_PAGES, ..Setup::default() }));
}

/// A page that a person publishes sets off a release.
fn complete_page(forge: &Forge) {
    assert_eq!(forge.see(&Event::tag("v1.0.0")).well(), [""; 0]);
    forge.github.make_release("v1.0.0", "The first", false);
    assert_eq!(forge.see(&Event::page("v1.0.0")).well(), ["plimsoll-release/release"]);
    let pages = forge.github.releases();
    assert_eq!((pages.len(), pages[0].title.as_str()), (1, "The first"));
    assert!(pages[0].assets.iter().any(|asset| asset.name == "v1.0.0-release-info.json"));
    assert!(forge.manifest("acme/app", "1.0.0").is_some());
}

#[test]
fn a_branch_and_a_pull_request_are_published_and_rehearsed() {
    let Some(_) = tools::require("jq") else { return };
    for host in [Host::GitHub, Host::Forgejo] {
        for actions in ["pinned", "none"] {
            let options = format!("--actions {actions}");
            publish_and_rehearse(&Forge::new(
                host,
                Setup { options: &options, image: IMAGE, ..Setup::default() },
            ));
        }
    }
}

/// Branches are published, pull requests rehearsed; those of people who may write here are published, too.
fn publish_and_rehearse(forge: &Forge) {
    assert_eq!(forge.see(&Event::branch("other")).well(), [""; 0]);
    assert_eq!(forge.see(&Event::branch("main")).well(), ["plimsoll-branch/publish"]);
    assert!(forge.manifest("acme/app", "main").is_some());
    forge.scene.repo.push("origin", ["HEAD:refs/pull/5/merge"]);
    let stranger = forge.see(&Event::pull_request("stranger/app")).well();
    assert_eq!(stranger, ["plimsoll-pull-request/rehearse"]);
    assert!(forge.manifest("acme/app", "pr-5").is_none());
    let own = forge.see(&Event::pull_request("acme/app")).well();
    let comments = || std::fs::read_to_string(&forge.comments).unwrap();
    match forge.host {
        Host::GitHub => {
            assert_eq!(own.join(" ").matches("comment").count(), 1, "{own:?}");
            assert!(comments().contains("acme/app"), "{}", comments());
            // The next one is written over it.
            forge.see(&Event::pull_request("acme/app")).well();
            assert_eq!(comments().matches("\"id\"").count(), 1, "{}", comments());
        }
        Host::Forgejo | Host::GitLab => assert_eq!(comments(), "[]"),
    }
    assert!(own.contains(&"plimsoll-pull-request/publish".to_owned()), "{own:?}");
    assert!(forge.manifest("acme/app", "pr-5").is_some());
}

/// A chart changes on main, and gets the next number, a git tag, and an entry in the index; another tag is pushed by a person.
#[test]
fn a_chart_is_released_by_pushes_and_by_tags_of_its_own() {
    for host in Host::ALL {
        release_charts(&Forge::new(host, Setup { options: "", ..WITH_CHART }));
    }
}

/// Pushes and tags set off releases of a chart that has numbers of its own.
fn release_charts(forge: &Forge) {
    let host = forge.host;
    let see_branch = |name: &str| match host {
        Host::GitLab => forge.run_pipeline(&Pipeline::branch(name)).well(),
        Host::GitHub | Host::Forgejo => forge.see(&Event::branch(name)).well(),
    };
    let see_tag = |name: &str| match host {
        Host::GitLab => forge.run_pipeline(&Pipeline::tag(name)).well(),
        Host::GitHub | Host::Forgejo => forge.see(&Event::tag(name)).well(),
    };
    let (released, alone) = match host {
        Host::GitLab => ("plimsoll-release", "plimsoll-chart"),
        Host::GitHub | Host::Forgejo => ("plimsoll-release/release", "plimsoll-chart/chart"),
    };
    assert_eq!(see_tag("v1.0.0"), [released], "{host:?}");
    let has = |number: &str| {
        let listed = forge.remote.try_git(["show", "gh-pages:index.yaml"]).stdout().to_owned();
        let tagged = forge.remote.try_git(["rev-parse", &format!("refs/tags/chart-{number}")]);
        let parts = [
            forge.manifest("charts/app", number).is_some(),
            listed.contains(&format!("version: {number}")),
            tagged.code() == Some(0),
        ];
        assert!(parts.iter().all(|part| *part == parts[0]), "{number}: {parts:?}");
        parts[0]
    };
    assert!(has("0.4.0"), "the release of the images has the chart, too");
    // What does not touch the chart releases nothing.
    forge.change("README.md", "# App\n");
    assert_eq!(see_branch("main"), [alone]);
    assert!(!has("0.4.1"));
    forge.change("charts/app/templates/a.yaml", "# Better.\ndigest: {{ .Values.image.digest }}\n");
    assert_eq!(see_branch("main"), [alone]);
    assert!(has("0.4.1"));
    // Once more finds nothing missing.
    see_branch("main");
    assert!(!has("0.4.2"));
    forge.change("charts/app/templates/a.yaml", "# Best.\ndigest: {{ .Values.image.digest }}\n");
    forge.tag("chart-0.5.0");
    assert_eq!(see_tag("chart-0.5.0"), [released]);
    assert!(has("0.5.0"));
    forge.scene.repo.push("origin", ["HEAD:refs/heads/other"]);
    assert_eq!(see_branch("other").len(), 0);
}

/// Where there are no images, nothing has to be released before.
#[test]
fn charts_alone_are_released_by_the_first_push() {
    let tables = CHART.replace("image = { \"image.digest\" = \"app.digest\" }\n", "");
    let setup = Setup { images: Images::None, tables: &tables, files: &CHART_FILES, ..Setup::default() };
    for host in [Host::GitHub, Host::GitLab] {
        let forge = Forge::new(host, setup);
        let push = || match host {
            Host::GitLab => forge.run_pipeline(&Pipeline::branch("main")).well(),
            Host::GitHub | Host::Forgejo => forge.see(&Event::branch("main")).well(),
        };
        assert_eq!(push().len(), 1);
        assert!(forge.manifest("charts/app", "0.4.0").is_some());
        push();
        assert!(forge.manifest("charts/app", "0.4.1").is_none(), "nothing changed");
        forge.change("charts/app/templates/a.yaml", "better: true\n");
        push();
        assert!(forge.manifest("charts/app", "0.4.1").is_some());
        assert_eq!(forge.remote.try_git(["rev-parse", "refs/tags/chart-0.4.1"]).code(), Some(0));
    }
}

#[test]
fn a_pipeline_of_gitlab_releases_and_operates() {
    run_pipelines(&Forge::new(Host::GitLab, Setup { image: IMAGE, ..Setup::default() }));
}

/// Branches, merge requests, tags, the clock and people set off pipelines.
fn run_pipelines(forge: &Forge) {
    assert_eq!(forge.run_pipeline(&Pipeline::branch("main")).well(), ["plimsoll-publish"]);
    assert!(forge.manifest("acme/app", "main").is_some());
    assert_eq!(forge.run_pipeline(&Pipeline::merge_request()).well(), ["plimsoll-rehearse"]);
    assert!(forge.manifest("acme/app", "1.0.0").is_none());
    forge.tag("nightly");
    assert_eq!(forge.run_pipeline(&Pipeline::tag("nightly")).well(), [""; 0]);
    for _ in 0..2 {
        assert_eq!(forge.run_pipeline(&Pipeline::tag("v1.0.0")).well(), ["plimsoll-release"]);
    }
    assert!(forge.manifest("acme/app", "1.0.0").is_some());
    assert_eq!(forge.gitlab.releases().len(), 1);
    assert_eq!(forge.run_pipeline(&Pipeline::schedule()).well(), ["plimsoll-audit"]);
    let state = || forge.scene.plimsoll("list").run().stdout().to_owned();
    let yank = Pipeline::act("yank", "v1.0.0").with("PLIMSOLL_REASON", "it sinks");
    assert_eq!(forge.run_pipeline(&yank).well(), ["plimsoll-operate-preview"]);
    assert!(!state().contains("yanked"), "nobody agreed: {}", state());
    let agreed = yank.starting("plimsoll-operate");
    assert_eq!(forge.run_pipeline(&agreed).well(), ["plimsoll-operate-preview", "plimsoll-operate"]);
    assert!(state().contains("yanked"), "{}", state());
    let unyank = Pipeline::act("unyank", "v1.0.0").starting("plimsoll-operate");
    forge.run_pipeline(&unyank).well();
    assert!(!state().contains("yanked"), "{}", state());
    assert_eq!(forge.run_pipeline(&Pipeline::act("verify", "v1.0.0")).well(), ["plimsoll-operate-preview"]);
    assert_eq!(forge.run_pipeline(&Pipeline::act("release", "v1.0.0")).well(), ["plimsoll-release"]);
}

/// Each platform is built by a job of its own; what they hand on is released by a third.
#[test]
fn images_of_two_runners_are_one_release() {
    let Some(buildah) = tools::require("buildah") else { return };
    let image = "platforms = [\"linux/amd64\", \"linux/arm64\"]\ndockerfile = \"Dockerfile\"\n";
    let tables = format!("[build]\nwith = \"buildah\"\n{CHART}");
    let files: Vec<_> =
        CHART_FILES.into_iter().chain([("Dockerfile", "FROM scratch\nCOPY app /app\n")]).collect();
    let setup = Setup { image, tables: &tables, files: &files, ..Setup::default() };
    let mut forge = Forge::new(Host::GitHub, setup);
    forge.add_program("docker", "#!/bin/sh\n[ \"$*\" = 'buildx create --use' ]\n");
    forge.add_program("buildah", &format!("#!/bin/sh\nexec {} \"$@\"\n", buildah.path().display()));
    let mut builder = plimsoll_testkit::env::Environment::new();
    let Some(()) = builders::set_up_buildah(&mut builder, None) else { return };
    forge.take_builder(&builder);
    let jobs = forge.see(&Event::tag("v1.0.0")).well();
    assert_eq!(jobs, ["plimsoll-release/build", "plimsoll-release/build", "plimsoll-release/release"]);
    let index = forge.manifest("acme/app", "1.0.0").unwrap();
    assert!(index.contains("arm64") && index.contains("amd64"), "{index}");
    // Nothing is built for a chart's tag.
    forge.change("charts/app/templates/a.yaml", "# Better.\ndigest: {{ .Values.image.digest }}\n");
    forge.tag("chart-0.5.0");
    assert_eq!(forge.see(&Event::tag("chart-0.5.0")).well(), ["plimsoll-release/other"]);
    assert!(forge.manifest("charts/app", "0.5.0").is_some());
}

/// Dependabot's pull requests get no secret of the repository, and no job that takes one.
#[test]
fn what_dependabot_proposes_is_rehearsed_and_not_published() {
    let Some(_) = tools::require("jq") else { return };
    let forge = Forge::new(Host::GitHub, Setup { image: IMAGE, ..Setup::default() });
    forge.scene.repo.push("origin", ["HEAD:refs/pull/5/merge"]);
    let ran = forge.see(&Event::pull_request_by("acme/app", "dependabot[bot]")).well();
    assert_eq!(ran, ["plimsoll-pull-request/rehearse", "plimsoll-pull-request/comment"]);
    assert!(forge.manifest("acme/app", "pr-5").is_none());
    let ran = forge.see(&Event::pull_request_by("acme/app", "ann")).well();
    assert!(ran.contains(&"plimsoll-pull-request/publish".to_owned()), "{ran:?}");
}

#[test]
fn another_program_than_the_one_that_is_pinned_is_not_run() {
    for host in Host::ALL {
        let forge = Forge::new(host, Setup::default());
        for name in ["plimsoll-linux-amd64", "plimsoll-linux-arm64"] {
            std::fs::write(forge.downloads().join(name), "#!/bin/sh\necho gotcha\n").unwrap();
        }
        let ran = match host {
            Host::GitLab => forge.run_pipeline(&Pipeline::tag("v1.0.0")),
            Host::GitHub | Host::Forgejo => forge.see(&Event::tag("v1.0.0")),
        };
        let said = ran.failure.unwrap();
        assert!(said.contains("sha256sum") && !said.contains("gotcha"), "{said}");
        assert!(forge.manifest("acme/app", "1.0.0").is_none());
    }
}
