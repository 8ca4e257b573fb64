//! Whichever builder makes it: one shape.

use serde_json::{Value, json};

use crate::yard::{Kind, Sea, Yard};

const DOCKERFILE: &str = "\
FROM scratch AS unused
ARG BUILD_DATE
FROM scratch
ARG VERSION
ARG VCS_REF
LABEL org.opencontainers.image.title=\"Its own title\" given=$VERSION commit=$VCS_REF
COPY app /app
ENTRYPOINT [\"/app\"]
";

/// What a builder made: the answer of `images`, the index, and the config of each platform's image.
struct Made {
    image: Value,
    index: Value,
}

#[track_caller]
fn make(kind: Kind, platforms: &[&str]) -> Option<Made> {
    let yard = Yard::new(kind, Sea::Local)?;
    let image = "labels = { \"org.example.team\" = \"one\" }\nannotations = { \"org.example.note\" = \"two\" }\n\
                 secrets = { token = \"env:TOKEN\" }";
    // The commit is the same for all of them; only the configuration beside it differs.
    yard.commit("", DOCKERFILE);
    std::fs::write(yard.environment.root().join("config.toml"), yard.config(platforms, image, "")).unwrap();
    let release = yard.plimsoll("release v1.0.0 --config ../config.toml");
    let release = release.set("TOKEN", "hunter2-hunter2-hunter2");
    release.run().expect_success();
    let image = yard.json("images v1.0.0 --config ../config.toml")["images"][0].clone();
    let index = yard.manifest(&image["digest"]);
    // A second run finds everything done, without a builder.
    assert_eq!(yard.json("release v1.0.0 --config ../config.toml")["status"], "already-released");
    Some(Made { image, index })
}

#[track_caller]
fn check(made: &Made, platforms: &[&str]) {
    let labels = &made.image["labels"];
    for (label, want) in [
        // Configured, over the Dockerfile's own, over inferred.
        ("org.example.team", "one"),
        ("org.opencontainers.image.title", "Its own title"),
        ("org.opencontainers.image.version", "1.0.0"),
        ("org.opencontainers.image.description", "A test."),
        ("given", "1.0.0"),
    ] {
        assert_eq!(labels[label], want, "{labels:#}");
    }
    assert_eq!(labels["commit"], labels["org.opencontainers.image.revision"]);
    assert!(!labels.to_string().contains("hunter2"));
    let index = &made.index;
    assert_eq!(index["mediaType"], "application/vnd.oci.image.index.v1+json");
    let listed: Vec<&Value> = index["manifests"].as_array().unwrap().iter().collect();
    let found: Vec<String> = listed
        .iter()
        .map(|manifest| {
            let platform = &manifest["platform"];
            let variant = platform["variant"].as_str().map(|variant| format!("/{variant}"));
            let (os, architecture) =
                (platform["os"].as_str().unwrap(), platform["architecture"].as_str().unwrap());
            format!("{os}/{architecture}{}", variant.unwrap_or_default())
        })
        .collect();
    assert_eq!(found, platforms);
    for manifest in listed {
        assert_eq!(manifest["mediaType"], "application/vnd.oci.image.manifest.v1+json");
        assert_eq!(manifest["annotations"], index["annotations"], "annotations of index and descriptors");
    }
    assert_eq!(index["annotations"]["org.opencontainers.image.title"], "Its own title");
    assert_eq!(index["annotations"]["org.example.note"], "two");
}

#[test]
fn every_builder_makes_the_same_shape() {
    let platforms = ["linux/amd64", "linux/arm64", "linux/arm/v7"];
    let made: Vec<Option<Made>> =
        [Kind::Buildctl, Kind::Buildx, Kind::Buildah].map(|kind| make(kind, &platforms)).into();
    let mut shapes = Vec::new();
    for made in made.iter().flatten() {
        check(made, &platforms);
        let mut shape = made.index.clone();
        for manifest in shape["manifests"].as_array_mut().unwrap() {
            manifest["digest"] = json!("…");
            manifest["size"] = json!(0);
        }
        shapes.push(shape);
    }
    assert!(shapes.windows(2).all(|pair| pair[0] == pair[1]), "{shapes:#?}");
    // Two programs on BuildKit, on two machines, agree to the last byte.
    if let [Some(buildctl), Some(buildx), _] = made.as_slice() {
        assert_eq!(buildctl.image["digest"], buildx.image["digest"]);
    }
}

#[test]
fn attestations_are_kept_for_their_platforms_where_they_are_asked_for() {
    for kind in [Kind::Buildctl, Kind::Buildx] {
        let Some(yard) = Yard::new(kind, Sea::Local) else { return };
        let platforms = ["linux/amd64", "linux/arm64"];
        yard.commit(&yard.config(&platforms, "builder-attestations = [\"provenance\"]", ""), DOCKERFILE);
        yard.run("release v1.0.0");
        let image = yard.json("images v1.0.0")["images"][0].clone();
        let index = yard.manifest(&image["digest"]);
        let listed = index["manifests"].as_array().unwrap();
        assert_eq!(listed.len(), 4, "{index:#}");
        for (image, attestation) in listed.iter().zip(&listed[2..]) {
            assert_eq!(attestation["platform"], json!({ "architecture": "unknown", "os": "unknown" }));
            assert_eq!(attestation["annotations"]["vnd.docker.reference.digest"], image["digest"]);
        }
    }
    let Some(yard) = Yard::new(Kind::Buildah, Sea::Local) else { return };
    yard.commit(&yard.config(&["linux/amd64"], "builder-attestations = [\"provenance\"]", ""), DOCKERFILE);
    let (error, exit) = yard.error("release v1.0.0");
    assert_eq!((&error["code"], exit), (&json!("builder-unusable"), Some(8)), "{error:#}");
}
