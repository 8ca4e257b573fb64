//! Lines of scripts that push something, by their words.

use std::collections::BTreeMap;

use super::super::script::{self, Script};

/// Commands of scripts by which something leaves the job.
const DEEDS: [&str; 13] = [
    "cosign sign",
    "cosign attest",
    "notation sign",
    "gpg --",
    "oras push",
    "flux push",
    "mod push",
    "git push",
    "gh release upload",
    "npm publish",
    "cargo publish",
    "twine upload",
    "helm cm-push",
];
/// Commands that push images.
const PUSHES: [&str; 41] = [
    "docker push",
    "docker image push",
    "podman push",
    "buildah push",
    "nerdctl push",
    "nerdctl image push",
    "img push",
    "compose push",
    "crane push",
    "crane copy",
    "crane cp",
    "crane tag",
    "crane append",
    "crane mutate",
    "regctl image copy",
    "regctl index create",
    "oras copy",
    "oras cp",
    "docker-bake",
    "manifest push",
    "docker trust sign",
    "kamal build push",
    "kamal deploy",
    "az acr build",
    "az acr import",
    "gcloud builds submit",
    "container:push",
    "push-container-image",
    "docker:publish",
    "werf converge",
    "werf build",
    "werf publish",
    "PublishContainer",
    "goreleaser release",
    "kaniko/executor",
    "ko build",
    "ko publish",
    "ko resolve",
    "apko publish",
    "jib:build",
    "skaffold build",
];
/// Programs whose `--push` pushes images.
const BUILDERS: [&str; 8] = ["buildah", "buildx", "depot", "docker", "earthly", "nerdctl", "podman", "bake"];
/// What runs commands that stand in another file.
const RUNNERS: [&str; 7] = ["make ", "just ", "task ", "mage ", "bash ", "sh ", "./"];
/// What pushes something else.
const OTHERS: [&str; 4] = ["oras push", "flux push", "mod push", "helm cm-push"];
/// What is read elsewhere, or says what files of `docker buildx bake` are called.
const ELSEWHERE: [&str; 3] = ["goreleaser release", "imagetools create", "docker-bake"];
/// How places of the machine begin that skopeo copies to.
const HERE: [&str; 6] =
    ["containers-storage:", "dir:", "docker-archive:", "docker-daemon:", "oci-archive:", "oci:"];
/// What only shows a command.
const SHOWING: [&str; 3] = ["echo ", "printf ", "cat "];
/// How much of a command is told.
const LONGEST: usize = 120;

/// What a script does that a release does too, or does not do at all, and that is not understood.
pub(super) fn find_deeds(run: &str) -> Vec<&'static str> {
    let whole = run.replace("\\\n", " ");
    let lines: Vec<String> =
        whole.lines().filter(|line| !line.trim_start().starts_with('#')).map(evenly).collect();
    let uploads = lines.iter().any(|line| uploads(line)).then_some("curl --upload-file");
    DEEDS.into_iter().filter(|deed| lines.iter().any(|line| line.contains(deed))).chain(uploads).collect()
}

/// Whether a line sends a file somewhere.
fn uploads(line: &str) -> bool {
    let mut words = line.split_whitespace();
    words.any(|word| word.rsplit('/').next() == Some("curl"))
        && words.any(|word| word == "-T" || word.starts_with("--upload-file"))
}

/// A line with one blank where there are several.
fn evenly(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a line of a script pushes images.
pub(super) fn pushes(line: &str, run: &str) -> bool {
    let line = evenly(line);
    let line = line.as_str();
    let builds = ["--local", "--push=false"].iter().any(|flag| line.contains(flag));
    let stays = (line.contains("ko build") && builds) || (copies_by_skopeo(line) && ends_on_machine(line));
    let is_known = !stays && (copies_by_skopeo(line) || PUSHES.iter().any(|command| line.contains(command)));
    // Other programs push other things.
    let is_known = is_known || (line.contains("--push") && BUILDERS.iter().any(|word| run.contains(word)));
    // Buildpacks are published.
    let is_pack = line.contains("pack build") && line.contains("--publish");
    !line.starts_with('#') && (is_known || is_pack || pushes_from_build(line) || pushes_as_output(line))
}

/// Whether skopeo copies something, as a program or as an image that is run.
fn copies_by_skopeo(line: &str) -> bool {
    let mut words = line.split_whitespace().map(|word| word.trim_matches(['"', '\'', '(', ')', '`']));
    words.any(script::is_skopeo) && words.any(|word| matches!(word, "copy" | "sync"))
}

/// Whether what a builder makes goes to a registry, or the files of compose say where.
fn pushes_as_output(line: &str) -> bool {
    // A cache goes to a registry, too.
    let is_output = |word: &str| {
        line.match_indices(word).any(|(at, _)| {
            let before = line.get(..at).unwrap_or_default().trim_end_matches(['"', '\'', '=', ' ']);
            before.ends_with("--output") || before.ends_with(" -o")
        })
    };
    let is_image = line.contains("push=true") && (is_output("type=image") || line.contains("buildctl"));
    let is_pushed = line.split_whitespace().any(|word| word == "push");
    let is_compose = is_pushed && (line.contains("docker compose ") || line.contains("docker-compose "));
    is_image || is_compose || is_output("type=registry") || is_output("type=$")
}

/// Whether a build tool of Java pushes images, or what makes them on its way to where they run.
fn pushes_from_build(line: &str) -> bool {
    if line.contains("gcloud run deploy") && line.contains("--source") {
        return true;
    }
    let is_tool = line.contains("gradle") || line.contains("mvn");
    let mut words = line.split_whitespace();
    let is_jib = |word: &str| word == "jib" || word.ends_with(":jib") || word.ends_with("jib:build");
    let is_deployed = line.contains("docker") && line.contains("deploy");
    let is_spring = line.contains("--publishImage") || line.contains("build-image.publish=true");
    is_tool && (is_spring || is_deployed || words.any(is_jib))
}

/// Whether the last word of a command is a place of the machine itself.
fn ends_on_machine(line: &str) -> bool {
    let last = line.split_whitespace().next_back().unwrap_or_default().trim_matches(['"', '\'']);
    HERE.iter().any(|begin| last.starts_with(begin))
}

/// Whether a line runs another file that pushes images by its name.
pub(super) fn names_a_push(line: &str) -> bool {
    let line = line.trim_start();
    let lower = line.to_ascii_lowercase();
    RUNNERS.iter().any(|runner| line.starts_with(runner))
        && lower.contains("docker")
        && lower.contains("push")
}

/// Whether a script pushes what is no image to somewhere else, as far as variables of its job say.
pub(super) fn pushes_something_else(run: &str, values: &BTreeMap<String, String>) -> bool {
    let is_here = |text: &str| ["localhost", "127.0.0.1"].iter().any(|host| text.contains(host));
    let mut here =
        values.iter().filter(|(_, value)| is_here(value)).filter_map(|(name, _)| name.strip_prefix("env."));
    let goes_here = is_here(run) || here.any(|name| run.contains(name));
    let mut lines = run.lines().filter(|line| !line.trim_start().starts_with('#'));
    !goes_here && lines.any(|line| OTHERS.iter().any(|command| line.contains(command)) || uploads(line))
}

/// The lines that push images and that the reader of scripts makes nothing of.
pub(in crate::setup::from_workflows) fn unread(run: &str) -> Vec<String> {
    let whole = run.replace("\\\n", " ");
    let is_shown = |line: &&str| SHOWING.iter().any(|word| line.starts_with(word));
    let is_elsewhere = |line: &&str| ELSEWHERE.iter().any(|word| line.contains(word));
    let lines = whole.lines().map(str::trim).filter(|line| pushes(line, line));
    let lines = lines.filter(|line| !is_shown(line) && !is_elsewhere(line));
    let mut found: Vec<String> = Vec::new();
    for line in lines.filter(|line| script::read(line) == Script::default()) {
        let line = evenly(line);
        let line = match line.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
            None => line,
        };
        if !found.contains(&line) {
            found.push(line);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaves_the_job_is_named() {
        for (run, want) in [
            ("helm cm-push app.tgz museum", &["helm cm-push"][..]),
            (
                "curl -sSf -u $USER:$PASSWORD \\\n  -T app.tgz https://charts.example/",
                &["curl --upload-file"],
            ),
            ("/usr/bin/curl --upload-file=app.tgz https://charts.example/", &["curl --upload-file"]),
            ("cosign  sign a/b", &["cosign sign"]),
            ("flux push artifact oci://a/b\ncosign sign a/b", &["cosign sign", "flux push"]),
            ("# helm cm-push app.tgz museum\ncurl https://a.example/", &[]),
        ] {
            assert_eq!(find_deeds(run), want, "{run}");
        }
        assert!(pushes("  docker   push a/b", ""));
    }

    #[test]
    fn each_line_that_pushes_is_read_or_told() {
        for (run, want) in [
            ("docker push a/b:1\nko build ./cmd", &["ko build ./cmd"][..]),
            ("docker buildx build --push -t a/b:1 .", &[]),
            ("docker buildx build --push $TAGS .", &["docker buildx build --push $TAGS ."]),
            ("push() { docker push $1; }", &[]),
            ("if docker push a/b:1; then echo yes; fi", &[]),
            ("for t in a b; do docker push x/y:$t; done", &[]),
            ("ls | xargs -n1 docker push", &["ls | xargs -n1 docker push"]),
            ("docker --config x push a/b:1", &[]),
            ("docker-compose push", &["docker-compose push"]),
            ("docker compose push", &[]),
            ("pack build a/b --publish", &["pack build a/b --publish"]),
            ("# docker push a/b\necho docker push a/b", &[]),
            ("docker push localhost:5000/a", &[]),
            ("./gradlew :app:jib -x test", &["./gradlew :app:jib -x test"]),
            ("./gradlew jibDockerBuild", &[]),
            ("docker buildx build --cache-to type=registry,ref=a/b .", &[]),
            ("docker compose -f a.yml push", &["docker compose -f a.yml push"]),
            ("az acr build -r a -t b:1 .", &["az acr build -r a -t b:1 ."]),
            ("ko build --local .", &[]),
            ("skopeo copy \"oci:image:$tag\" \"docker-daemon:$name\"", &[]),
            ("skopeo copy oci:image $name", &["skopeo copy oci:image $name"]),
            (
                "docker run --rm quay.io/containers/skopeo:v1.18.0 \\\n  copy --all docker://a.example/b:1 docker://$TO",
                &[],
            ),
            (
                "docker run quay.io/skopeo/stable:latest copy oci:image $name",
                &["docker run quay.io/skopeo/stable:latest copy oci:image $name"],
            ),
            ("docker run quay.io/skopeo/stable inspect docker://a/b:1", &[]),
            ("skopeo --debug copy oci:image $name", &["skopeo --debug copy oci:image $name"]),
            ("docker run example/skopeo:v1 copy docker://a/b:1 dir:out", &[]),
            ("docker run example/skopeo:v1 inspect docker://a/b:1", &[]),
        ] {
            assert_eq!(unread(run), want, "{run}");
        }
    }
}
