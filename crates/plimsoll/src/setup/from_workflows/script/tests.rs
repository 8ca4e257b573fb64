//! Commands of scripts that build and push.

use super::*;

/// Names, Dockerfile, context and platforms of each image.
fn shown(run: &str) -> (Vec<String>, Vec<String>) {
    let script = read(run);
    let show = |built: &Built| {
        format!(
            "{} -f {} {} {}",
            built.names.join(" "),
            built.dockerfile.as_deref().unwrap_or("-"),
            built.context.as_deref().unwrap_or("-"),
            built.platforms.join(",")
        )
    };
    let strange = script
        .strange
        .iter()
        .chain(script.copies.iter().map(|(_, to)| to))
        .map(|name| format!("push {name}"));
    (script.built.iter().map(show).collect(), script.unread.iter().cloned().chain(strange).collect())
}

#[test]
fn builds_that_are_pushed_are_read() {
    for (run, built, unread) in [
        (
            "docker build -t \"$REG/app:$TAG\" .\ndocker push $REG/app:$TAG",
            &["$REG/app:$TAG -f - . "][..],
            &[][..],
        ),
        ("docker build -t acme/app:1 . && make test", &[], &[]),
        (
            "IMAGE=$CI_REGISTRY_IMAGE/web; docker build --pull -f docker/web.Dockerfile -t ${IMAGE}:latest --build-arg A=b ./web\ndocker tag $IMAGE:latest $IMAGE:$CI_COMMIT_TAG\ndocker push --all-tags $IMAGE",
            &[
                "$CI_REGISTRY_IMAGE/web:latest $CI_REGISTRY_IMAGE/web:$CI_COMMIT_TAG -f docker/web.Dockerfile web ",
            ],
            &[],
        ),
        (
            "docker buildx build --push \\\n  --platform linux/amd64,linux/arm64 --tag a/b:1 --tag a/b:2 .",
            &["a/b:1 a/b:2 -f - . linux/amd64,linux/arm64"],
            &[],
        ),
        (
            "/kaniko/executor --cache=true --context \"${CI_PROJECT_DIR}\" --dockerfile $CI_PROJECT_DIR/build/Dockerfile --destination a/b:$(cat VERSION)",
            &["a/b:$(cat VERSION) -f build/Dockerfile . "],
            &[],
        ),
        ("# docker push a/b\nbuildah bud -t x .; buildah push x docker://a/b:1", &[], &["push a/b:1"]),
        ("docker manifest push a/b:1", &[], &["docker manifest push a/b:1"]),
        ("docker manifest create a/b:1 a/b:x a/b:y && docker manifest push a/b:1", &["a/b:1 -f - - "], &[]),
        (
            "cd web && docker build --push -f ../Dockerfile.web -t a/b:1 .\ndocker build --push -t a/c:1 ../..",
            &["a/b:1 -f Dockerfile.web web ", "a/c:1 -f - - "],
            &[],
        ),
        ("skopeo copy docker://a/b docker://localhost:5000/a/b; docker push 127.0.0.1:5000/x", &[], &[]),
        (
            "docker run --rm -v a:/b quay.io/skopeo/stable:latest copy --multi-arch all docker://a/b:1 docker://a/b:2",
            &["a/b:2 -f - - "],
            &[],
        ),
        ("docker pull a/b && docker push a/b:2", &[], &["push a/b:2"]),
        ("docker tag a/b:1 a/c && docker push a/c", &[], &["push a/c"]),
        ("docker tag a/b:$SHA a/b:2; docker push a/b:2", &["a/b:2 -f - - "], &[]),
        ("crane push image.tar a/b:2 && crane tag a/b:2 latest", &[], &["push a/b:2", "push a/b:latest"]),
        (
            "skopeo copy --all oci:x docker://a/b:2; crane copy a/b:2 c/d:2",
            &[],
            &["push a/b:2", "push c/d:2"],
        ),
    ] {
        let (found, strange) = shown(run);
        assert_eq!(found, built, "{run}");
        assert_eq!(strange, unread, "{run}");
    }
}

#[test]
fn what_stays_on_the_machine_is_no_push() {
    assert!(read("docker build --push -t localhost:5000/a .").stays_here());
    assert!(!read("docker push localhost:5000/a; docker push a/b").stays_here());
    assert!(!read("make push").stays_here());
    for host in ["127.0.0.1:5000", "127.0.0.2", "[::1]:5000", "registry.localhost:5000"] {
        assert!(read(&format!("docker push {host}/a")).stays_here(), "{host}");
    }
    for name in ["localhost", "localhost.example/a", "10.0.0.1:5000/a", "$HOST/a"] {
        assert!(!read(&format!("docker push {name}")).stays_here(), "{name}");
    }
}

#[test]
fn what_is_not_understood_is_kept() {
    let script = read("docker build --push --shm-size 1g --secret id=a -t a/b:1 --target web .");
    assert_eq!(script.built[0].left, ["--shm-size 1g"]);
    assert_eq!(script.built[0].given, [("--secret".to_owned(), "id=a".to_owned())]);
    assert_eq!(script.built[0].target.as_deref(), Some("web"));
}

#[test]
fn what_goes_to_another_repository_unbuilt_is_a_copy() {
    for (run, copies) in [
        ("crane copy a/ci:$SHA a/app:1", &[("a/ci:$SHA", "a/app:1")][..]),
        ("skopeo copy --all docker://a/ci:x docker://a/app:1", &[("a/ci:x", "a/app:1")]),
        ("docker tag a/ci:x a/app:1\ndocker push a/app:1", &[("a/ci:x", "a/app:1")]),
        ("docker tag a/ci:x a/app:1", &[]),
        ("docker build -t a/ci:x .; docker tag a/ci:x a/app:1; docker push a/app:1", &[]),
        ("crane copy a/ci:x localhost:5000/app:1", &[]),
        ("crane copy a/app:x a/app:1", &[]),
    ] {
        let found = read(run).copies;
        let found: Vec<(&str, &str)> = found.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
        assert_eq!(found, copies, "{run}");
    }
}
