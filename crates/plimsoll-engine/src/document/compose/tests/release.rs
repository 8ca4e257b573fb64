//! Compose files of releases.

use std::collections::BTreeSet;

use super::*;
use crate::domain::compose::{ComposeSettings, Paths, Runs};

const DIGEST: &str = "sha256:4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a";

fn settings() -> ComposeSettings {
    ComposeSettings {
        file: "deploy/compose.yml".into(),
        folder: "releases".into(),
        services: BTreeMap::new(),
        third_party: ThirdParty::Resolve,
        leave: Vec::new(),
        builds: Builds::Drop,
        paths: Paths::Keep,
    }
}

fn released() -> Vec<Released> {
    let reference = |name: &str| format!("{name}:1.4.0@{DIGEST}").parse().unwrap();
    let references = vec![reference("ghcr.io/acme/app"), reference("docker.io/acme/app")];
    vec![Released { name: "app".parse().unwrap(), references, tags: BTreeSet::new() }]
}

/// The file as it is released, every other image being in its registry.
fn release(settings: &ComposeSettings, text: &str) -> Result<String, DeploymentError> {
    release_of(&released(), settings, text)
}

fn release_of(
    released: &[Released],
    settings: &ComposeSettings,
    text: &str,
) -> Result<String, DeploymentError> {
    let deployment = Deployment { settings, released };
    let file = read(text);
    let references = deployment.references(&file)?;
    let found = references.into_iter().map(|reference| {
        let digest = digest_of(&reference);
        (reference, Ok(digest))
    });
    deployment.pin(&file, &found.collect())
}

fn refused(settings: &ComposeSettings, text: &str) -> Vec<String> {
    match release(settings, text).unwrap_err() {
        DeploymentError::Unpinned(all) => whys(&all),
        DeploymentError::Paths(all) => all.iter().map(ToString::to_string).collect(),
        other => vec![other.to_string()],
    }
}

#[test]
fn of_images_in_one_repository_the_tag_tells_which_is_meant() {
    let one = |name: &str, tags: &[&str]| {
        let reference = |repository: &str| {
            let (tag, digest) = (tags[0], digest_of(&format!("{name}:1").parse().unwrap()));
            format!("{repository}:{tag}@{digest}").parse().unwrap()
        };
        let tags = tags.iter().map(|tag| tag.parse().unwrap()).collect();
        let references = vec![reference("ghcr.io/acme/shop"), reference("docker.io/acme/shop")];
        Released { name: name.parse().unwrap(), references, tags }
    };
    let released =
        [one("web", &["1.4.0", "1.4", "latest"]), one("worker", &["1.4.0-worker", "1.4-worker", "edge"])];
    let text = |image: &str| format!("services:\n  app:\n    image: {image}\n");
    let (web, worker) = (&released[0].references[0], &released[1].references[0]);
    for (written, want) in [
        ("ghcr.io/acme/shop", web.to_string()),
        ("ghcr.io/acme/shop:1.4", web.to_string()),
        ("ghcr.io/acme/shop:1.4.0-worker", worker.to_string()),
        ("ghcr.io/acme/shop:${TAG:-edge}", worker.to_string()),
        ("acme/shop:edge", released[1].references[1].to_string().replace("docker.io/", "")),
    ] {
        let pinned = release_of(&released, &settings(), &text(written)).unwrap();
        assert_eq!(pinned, text(&want), "{written}");
    }
    for written in ["ghcr.io/acme/shop:1.3.0", "ghcr.io/acme/shop:dev-worker"] {
        let refused = match release_of(&released, &settings(), &text(written)).unwrap_err() {
            DeploymentError::Unpinned(all) => whys(&all),
            other => vec![other.to_string()],
        };
        let why = format!(
            "3:app: `{written}` may be `web` or `worker` of this release: all of them go to that repository, and none \
             alone has that tag"
        );
        assert_eq!(refused, [why]);
        let services = BTreeMap::from([("app".to_owned(), Runs::Image("worker".parse().unwrap()))]);
        let said = ComposeSettings { services, ..settings() };
        assert_eq!(release_of(&released, &said, &text(written)), Ok(text(&worker.to_string())));
    }
}

fn third_party(reference: &str) -> String {
    format!("{reference}@{}", digest_of(&reference.parse().unwrap()))
}

#[test]
fn services_run_what_goes_to_the_repository_that_they_name() {
    let text = "\
name: app
services:
  app:
    image: ${IMAGE:-ghcr.io/acme/app:dev}  # ours
    build: .
  mirrored: {image: acme/app}
  db: {image: 'postgres:16'}
";
    let want = format!(
        "\
name: app
services:
  app:
    image: ghcr.io/acme/app:1.4.0@{DIGEST}  # ours
  mirrored: {{image: acme/app:1.4.0@{DIGEST}}}
  db: {{image: '{}'}}
",
        third_party("postgres:16")
    );
    assert_eq!(release(&settings(), text), Ok(want));
}

#[test]
fn the_configuration_says_what_services_run_whose_file_does_not() {
    let text = "services:\n  app: {image: \"${IMAGE}\"}\n  job: {extends: app}\n  web: {image: nginx:1}\n";
    let services = BTreeMap::from([
        ("app".to_owned(), Runs::Image("app".parse().unwrap())),
        ("nginx:1".to_owned(), Runs::Reference(Box::new("nginx:1.27".parse().unwrap()))),
    ]);
    let pinned = release(&ComposeSettings { services, ..settings() }, text);
    let want = format!(
        "services:\n  app: {{image: \"ghcr.io/acme/app:1.4.0@{DIGEST}\"}}\n  job: {{extends: app}}\n  web: {{image: {}}}\n",
        third_party("nginx:1.27")
    );
    assert_eq!(pinned, Ok(want));
    let services = BTreeMap::from([("cache".to_owned(), Runs::Image("app".parse().unwrap()))]);
    let unknown = refused(&ComposeSettings { services, ..settings() }, text);
    assert_eq!(unknown, ["`cache` under `services` is no service or image of it"]);
}

#[test]
fn what_is_built_and_not_released_is_named() {
    let text =
        "services:\n  worker:\n    image: acme/worker:1\n    build: worker\n  tool:\n    build: tool\n";
    assert_eq!(
        refused(&settings(), text),
        [
            "3:worker: it is built, and no image of this release goes to `acme/worker:1`",
            "5:tool: it is built, and no released image is named for it",
        ]
    );
    let leave = vec!["worker".to_owned(), "tool".to_owned()];
    assert_eq!(release(&ComposeSettings { leave, ..settings() }, text), Ok(text.to_owned()));
    let leave = vec!["worcer".to_owned()];
    let unknown = refused(&ComposeSettings { leave, ..settings() }, text);
    assert_eq!(unknown, ["`worcer` under `leave` is no service of it"]);
}

#[test]
fn a_service_that_is_left_alone_leaves_no_other_unpinned() {
    let text = "services:\n  a: {image: debug:1}\n  b: {extends: a}\n";
    let left = |names: &[&str]| {
        let leave = names.iter().map(|name| (*name).to_owned()).collect();
        ComposeSettings { leave, ..settings() }
    };
    assert_eq!(refused(&left(&["a"]), text), ["3:b: its image comes from service `a`, which is left alone"]);
    assert_eq!(release(&left(&["a", "b"]), text), Ok(text.to_owned()));
    assert_eq!(whys(&read(text).find_unpinned(&["a".to_owned()])).len(), 1);
}

#[test]
fn what_others_release_stays_where_that_is_wanted_and_names_a_version() {
    let keep = ComposeSettings { third_party: ThirdParty::Keep, ..settings() };
    let text =
        format!("services:\n  app: {{image: acme/app:1.4.0@{DIGEST}}}\n  db: {{image: postgres:16}}\n");
    assert_eq!(release(&keep, &text), Ok(text.clone()));
    for image in ["postgres", "postgres:latest"] {
        let refused = refused(&keep, &text.replace("postgres:16", image));
        assert_eq!(refused, [format!("3:db: `{image}` is kept, but names no version")]);
    }
}

#[test]
fn paths_are_led_to_where_they_led() {
    let rebase = ComposeSettings { paths: Paths::Rebase, ..settings() };
    let text = "services:\n  app:\n    image: acme/app\n    env_file: [./app.env]\n    volumes: [\"../data:/data\"]\n";
    let want = text
        .replace("acme/app", &format!("acme/app:1.4.0@{DIGEST}"))
        .replace("./app.env", "../deploy/app.env")
        .replace("../data", "../deploy/../data");
    assert_eq!(release(&rebase, text), Ok(want));
    let refused = refused(&rebase, &text.replace("../data", "../../data"));
    assert_eq!(refused, ["line 5: `../../data` leads out of the project"]);
}
