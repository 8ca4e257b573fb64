use std::collections::BTreeMap;

use plimsoll_oci::model::MediaType;

use super::*;
use crate::domain::claim::{RecordFormat, SealedImage};
use crate::domain::target::Necessity;
use crate::domain::time::Moment;

fn seal() -> Seal {
    let name = || "app".parse().unwrap();
    let image = SealedImage {
        media_type: MediaType::INDEX,
        size: 1,
        platforms: BTreeMap::new(),
        labels: BTreeMap::new(),
        unknown: BTreeMap::new(),
    };
    let target = |place: &str| Target {
        artifact: name(),
        repository: place.parse().unwrap(),
        necessity: Necessity::Required,
        version_tags: vec!["v1.4.0".parse().unwrap()],
        first_wins: Vec::new(),
        moving: vec!["latest".parse().unwrap()],
        unknown: BTreeMap::new(),
    };
    Seal {
        time: Moment(0),
        format: RecordFormat::Two,
        artifacts: [(name(), Digest::of(b"app"))].into(),
        images: [(name(), image)].into(),
        charts: BTreeMap::new(),
        files: BTreeMap::new(),
        signing: None,
        statements: Vec::new(),
        targets: vec![target("ghcr.io/acme/app"), target("docker.io/acme/app")],
        record: Digest::of(b""),
        unknown: BTreeMap::new(),
    }
}

#[test]
fn own_images_are_named_as_they_were_sealed() {
    let (seal, digest, other) = (seal(), Digest::of(b"app"), Digest::of(b"other"));
    let said = |image: &str| match judge(&seal, image) {
        Judgement::Own(Ok(())) => "ours".to_owned(),
        Judgement::Own(Err(why)) => why.to_string(),
        Judgement::Foreign(_) => "theirs".to_owned(),
        Judgement::NoReference => "nothing".to_owned(),
    };
    let after = format!("which is no reference: after `acme/app` stands `:@{digest}`");
    for (image, want) in [
        (format!("ghcr.io/acme/app:v1.4.0@{digest}"), "ours"),
        (format!("ghcr.io/acme/app@{digest}"), "ours"),
        (format!("acme/app@{digest}"), "ours"),
        ("ghcr.io/acme/app:v1.4.0".into(), "ours"),
        ("acme/app:v1.4.0".into(), "ours"),
        ("ghcr.io/acme/app:1.4.0".into(), "and the release writes `v1.4.0`"),
        ("ghcr.io/acme/app:latest".into(), "and the release writes `v1.4.0`"),
        (format!("ghcr.io/acme/app:1.4.0@{digest}"), "and the release writes `v1.4.0`"),
        ("ghcr.io/acme/app".into(), "which names neither a version nor a digest"),
        (
            "quay.io/acme/app:v1.4.0".into(),
            "and the release goes to `ghcr.io/acme/app`, `docker.io/acme/app`",
        ),
        ("quay.io/acme/app:v1".into(), "theirs"),
        ("app:latest".into(), "and the release goes to `ghcr.io/acme/app`, `docker.io/acme/app`"),
        ("redis:7".into(), "theirs"),
        ("UPPER CASE".into(), "nothing"),
        // As templates have it whose values are mistyped.
        ("ghcr.io/acme/app:".into(), "which is no reference: after `ghcr.io/acme/app` stands `:`"),
        ("ghcr.io/acme/app@".into(), "which is no reference: after `ghcr.io/acme/app` stands `@`"),
        ("ghcr.io/acme/app:@".into(), "which is no reference: after `ghcr.io/acme/app` stands `:@`"),
        ("acme/app:v1.4.0@".into(), "which is no reference: after `acme/app` stands `:v1.4.0@`"),
        (format!("acme/app:@{digest}"), after.as_str()),
        (
            "ghcr.io/acme/app:v1.4.0 ".into(),
            "which is no reference: after `ghcr.io/acme/app` stands `:v1.4.0 `",
        ),
        ("app:".into(), "and the release goes to `ghcr.io/acme/app`, `docker.io/acme/app`"),
        ("ghcr.io/acme/application:".into(), "nothing"),
        ("localhost:5000/acme/side:".into(), "nothing"),
        (":v1.4.0".into(), "nothing"),
        (format!("@{digest}"), "nothing"),
    ] {
        assert_eq!(said(&image), want, "{image}");
    }
    let wrong = said(&format!("ghcr.io/acme/app@{other}"));
    assert_eq!(wrong, format!("and the digest that is released is {digest}"));
    assert!(said(&format!("quay.io/else/named@{digest}")).starts_with("and the release goes to"));
}
