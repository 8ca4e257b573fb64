use bytes::Bytes;
use plimsoll_oci::layout::LocalRegistry;
use plimsoll_oci::model::View;

use super::super::{PublishError, Published, publish};
use super::{Artifact, CHART, PROVENANCE, tag_of};
use crate::chart::{Chart, ChartFile};
use crate::package::package;

const YAML: &str = "apiVersion: v2\nname: app\nversion: 1.2.3+b.1\ndescription: a <b> & c\nhome: https://h\n\
    sources: [https://s, https://t]\nmaintainers: [{name: A, email: a@b.c}, {name: B}]\n\
    annotations: {org.opencontainers.image.title: other, org.opencontainers.image.licenses: MIT}\n";

fn package_of(yaml: &str) -> Bytes {
    let file = ChartFile { path: "Chart.yaml".into(), bytes: yaml.as_bytes().to_vec() };
    package(&Chart::from_files(vec![file]).unwrap(), 0).unwrap().1.into()
}

fn artifact(yaml: &str) -> Artifact {
    Artifact::of_package(package_of(yaml), None, "1970-01-01T00:00:00Z").unwrap()
}

#[test]
fn config_and_annotations_are_helm_s() {
    let artifact = artifact(YAML);
    assert_eq!(artifact.tag.as_str(), "1.2.3_b.1");
    assert_eq!(
        std::str::from_utf8(&artifact.blobs[0].1).unwrap(),
        r#"{"name":"app","home":"https://h","sources":["https://s","https://t"],"version":"1.2.3+b.1","description":"a \u003cb\u003e \u0026 c","maintainers":[{"name":"A","email":"a@b.c"},{"name":"B"}],"apiVersion":"v2","annotations":{"org.opencontainers.image.licenses":"MIT","org.opencontainers.image.title":"other"}}"#
    );
    let said: Vec<String> = artifact
        .manifest
        .annotations()
        .iter()
        .map(|(key, value)| format!("{}={value}", &key[25..]))
        .collect();
    assert_eq!(
        said,
        [
            "authors=A (a@b.c), B",
            "created=1970-01-01T00:00:00Z",
            "description=a <b> & c",
            "licenses=MIT",
            "source=https://s",
            "title=app",
            "url=https://h",
            "version=1.2.3+b.1"
        ]
    );
    let text = std::str::from_utf8(artifact.manifest.bytes()).unwrap();
    assert!(text.starts_with(
        r#"{"schemaVersion":2,"config":{"mediaType":"application/vnd.cncf.helm.config.v1+json","#
    ));
    assert!(text.contains(r"a \u003cb\u003e \u0026 c"));
}

#[test]
fn layers_are_sorted_by_digest() {
    for provenance in ["a", "b", "c", "d"] {
        let artifact = Artifact::of_package(package_of(YAML), Some(provenance.into()), "").unwrap();
        let View::Image(view) = artifact.manifest.view() else { panic!() };
        assert!(view.layers[0].digest.hex() < view.layers[1].digest.hex());
        let mut kinds: Vec<_> = view.layers.iter().map(|layer| layer.media_type.clone()).collect();
        kinds.sort();
        assert_eq!(kinds, [CHART, PROVENANCE]);
    }
}

#[test]
fn versions_become_tags() {
    assert_eq!(tag_of("1.0.0-rc.1+a-b").unwrap().as_str(), "1.0.0-rc.1_a-b");
    assert!(tag_of(&"1".repeat(129)).is_err());
}

#[tokio::test]
async fn a_version_is_published_once() {
    let home = tempfile::tempdir().unwrap();
    let store = LocalRegistry::open(home.path()).repository(&"r.example/charts/app".parse().unwrap());
    let artifact = artifact(YAML);
    assert_eq!(publish(&store, &artifact).await.unwrap(), Published::Now);
    assert_eq!(publish(&store, &artifact).await.unwrap(), Published::Before);
    let other = self::artifact(&format!("{YAML}icon: https://i\n"));
    let error = publish(&store, &other).await.unwrap_err();
    assert!(matches!(error, PublishError::Taken { .. }), "{error}");
}
