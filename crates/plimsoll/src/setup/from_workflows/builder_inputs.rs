//! What a build is given beside its Dockerfile: caches, secrets, SSH agents, further contexts, a network.

mod given;

use plimsoll_tags::notation::action::record::parse_lines;

pub(in crate::setup) use self::given::Given;

use super::expression::{Filled, Known};
use super::image::DraftImage;
use super::logins::Part;
use super::workflow::Step;

/// Inputs of docker/build-push-action that are read here.
pub(super) const INPUTS: [&str; 8] =
    ["build-contexts", "cache-from", "cache-to", "network", "secret-envs", "secret-files", "secrets", "ssh"];

/// Reads them. What can't be carried over is told, and what a secret is never.
pub(super) fn read(step: &Step, known: &Known<'_>, image: &mut DraftImage) {
    let lines = |input: &str| parse_lines(step.input(input).unwrap_or_default());
    for input in ["cache-from", "cache-to"] {
        for line in lines(input) {
            add_cache(input, &line, known, image);
        }
    }
    for line in lines("secrets") {
        add_secret("secrets", &line, Some, known, image);
    }
    for line in lines("secret-envs") {
        // It names a variable, which the step is given or the job has.
        let of_step = |name: String| {
            let given = step.env.get(&name).or_else(|| known.values.get(&format!("env.{name}")));
            given.cloned()
        };
        add_secret("secret-envs", &line, of_step, known, image);
    }
    for line in lines("secret-files") {
        match line.split_once('=').filter(|(_, path)| is_inside(path)) {
            Some((id, path)) => {
                let path = path.trim_start_matches("./");
                image.given.secrets.push((id.to_owned(), format!("file:{path}")));
            }
            None => image.left.push(format!("secret-files: {line}")),
        }
    }
    for line in lines("ssh") {
        match known.fill(&line) {
            // The agent is the one that the job has.
            Filled::Unknown { text, expression } if expression == "env.SSH_AUTH_SOCK" => {
                image.given.ssh.extend(text.split('=').next().map(str::to_owned));
            }
            Filled::Known(line) => image.given.ssh.push(line),
            Filled::Unknown { text, .. } => image.left.push(format!("ssh: {text}")),
        }
    }
    for line in lines("build-contexts") {
        match (known.fill(&line), line.split_once('=')) {
            (Filled::Known(line), Some(_)) => image.given.contexts.extend(
                line.split_once('=')
                    .map(|(name, place)| (name.to_owned(), place.trim_start_matches("./").to_owned())),
            ),
            (Filled::Known(text) | Filled::Unknown { text, .. }, _) => {
                image.left.push(format!("build-contexts: {text}"));
            }
        }
    }
    if let Some(network) = step.input("network") {
        match network {
            "default" | "none" | "host" => image.given.network = Some(network.to_owned()),
            other => image.left.push(format!("network: {other}")),
        }
    }
}

/// Takes over a place of caches. A folder of the job is gone with it.
pub(super) fn add_cache(input: &str, line: &str, known: &Known<'_>, image: &mut DraftImage) {
    // Where each platform has a job of its own, what tells them apart has a word.
    let of_platform = |expression: &str| match expression {
        "env.PLATFORM_PAIR" => Some("{platform}".to_owned()),
        _ => None,
    };
    let line = with_platform(line, known, image);
    let cache = match known.fill_with(&line, &of_platform) {
        Filled::Known(cache) if is_whole(&cache) => cache,
        Filled::Known(text) | Filled::Unknown { text, .. } => {
            image.left.push(format!("{input}: {text}"));
            return;
        }
    };
    if cache.contains("type=local") {
        image.left.push(format!("{input}: {cache} (a folder that is gone with its job)"));
        return;
    }
    let caches = if input == "cache-from" { &mut image.given.cache_from } else { &mut image.given.cache_to };
    if !caches.contains(&cache) {
        caches.push(cache);
    }
}

/// Whether nothing in it changes with what is released but the words that a configuration has for caches.
fn is_whole(cache: &str) -> bool {
    !cache.replace("{platform}", "").replace("{image}", "").contains(['$', '{'])
}

/// Puts the word for the platform in the place of the matrix's value that is the image's only one, or its architecture.
fn with_platform(line: &str, known: &Known<'_>, image: &DraftImage) -> String {
    let [platform] = image.platforms.as_slice() else { return line.to_owned() };
    let mut line = line.to_owned();
    for (name, value) in known.values.iter().filter(|(name, _)| name.starts_with("matrix.")) {
        let is_it = value == platform
            || platform.replace('/', "-") == *value
            || platform.split_once('/').is_some_and(|(_, architecture)| architecture == value);
        if is_it {
            for spelled in [format!("${{{{ {name} }}}}"), format!("${{{{{name}}}}}")] {
                line = line.replace(&spelled, "{platform}");
            }
        }
    }
    line
}

/// Takes over a secret, which is named and never written down.
fn add_secret(
    input: &str,
    line: &str,
    find: impl Fn(String) -> Option<String>,
    known: &Known<'_>,
    image: &mut DraftImage,
) {
    let Some((id, value)) = line.trim_matches('"').split_once('=') else {
        image.left.push(format!("{input}: a line without a value"));
        return;
    };
    let value = find(value.trim_matches('"').to_owned());
    let value = value.map(|value| match known.fill(&value) {
        Filled::Known(text) | Filled::Unknown { text, .. } => text,
    });
    match value.as_deref().and_then(Part::read) {
        Some(Part::Variable(name)) => image.given.secrets.push((id.to_owned(), format!("env:{name}"))),
        Some(Part::Setting(name)) => {
            image.given.secrets.push((id.to_owned(), format!("env:{name}")));
            image.given.plain.push(name);
        }
        Some(Part::Written(_)) | None => {
            image.left.push(format!("{input}: {id}: it is no secret of the forge by itself"))
        }
    }
}

/// Takes over `--secret id=…,env=…` of a command.
pub(super) fn add_secret_flag(value: &str, image: &mut DraftImage) {
    let of = |key: &str| value.split(',').find_map(|field| field.trim().strip_prefix(key)?.strip_prefix('='));
    let place = match (of("id"), of("env"), of("src").or_else(|| of("source"))) {
        (Some(id), Some(name), None) if is_variable_name(name) => Some((id, format!("env:{name}"))),
        (Some(id), None, Some(path)) if is_inside(path) => {
            Some((id, format!("file:{}", path.trim_start_matches("./"))))
        }
        // Without a place it is the variable that is called so.
        (Some(id), None, None) if is_variable_name(id) => Some((id, format!("env:{id}"))),
        _ => None,
    };
    match place {
        Some((id, place)) => image.given.secrets.push((id.to_owned(), place)),
        None => image.left.push(format!("build flag: --secret {value}")),
    }
}

fn is_variable_name(name: &str) -> bool {
    let is_part = |sign: char| sign.is_ascii_alphanumeric() || sign == '_';
    !name.is_empty() && name.chars().all(is_part) && !name.starts_with(|sign: char| sign.is_ascii_digit())
}

/// Whether a path leads into the repository.
fn is_inside(path: &str) -> bool {
    !path.is_empty() && !path.starts_with(['/', '~', '$']) && !path.contains("..") && !path.contains('$')
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn given(inputs: &[(&str, &str)]) -> (Given, Vec<String>) {
        let with = inputs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let env = [("TOKEN".to_owned(), "${{ secrets.HIDDEN }}".to_owned())].into();
        let step = Step { with, env, ..Step::default() };
        let values: BTreeMap<String, String> =
            [("matrix.platform", "linux/arm64"), ("matrix.arch", "arm64"), ("env.PLAIN", "plain")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into();
        let mut image = DraftImage { platforms: vec!["linux/arm64".to_owned()], ..DraftImage::default() };
        read(&step, &Known { values: &values, repository: Some("acme/app") }, &mut image);
        (image.given, image.left)
    }

    #[test]
    fn caches_keep_their_places() {
        for (written, want) in [
            ("type=gha", "type=gha"),
            ("type=gha,scope=build-${{ matrix.platform }}", "type=gha,scope=build-{platform}"),
            (
                "type=registry,ref=ghcr.io/${{ github.repository }}/cache:${{ matrix.arch }}",
                "type=registry,ref=ghcr.io/acme/app/cache:{platform}",
            ),
            ("type=gha,scope=${{ env.PLATFORM_PAIR }}", "type=gha,scope={platform}"),
        ] {
            let (found, left) = given(&[("cache-from", written), ("cache-to", written)]);
            assert_eq!((found.cache_from, found.cache_to), (vec![want.to_owned()], vec![want.to_owned()]));
            assert_eq!(left, [""; 0]);
        }
        let (found, left) =
            given(&[("cache-from", "type=local,src=/tmp/a\ntype=gha,scope=${{ steps.a.outputs.b }}")]);
        assert_eq!(found, Given::default());
        assert_eq!(
            left,
            [
                "cache-from: type=local,src=/tmp/a (a folder that is gone with its job)",
                "cache-from: type=gha,scope=${{ steps.a.outputs.b }}"
            ]
        );
    }

    #[test]
    fn secrets_are_named_and_never_said() {
        let (found, left) = given(&[
            (
                "secrets",
                "npm=${{ secrets.npm_token }}\n\"github=${{ github.token }}\"\nopen=${{ vars.OPEN }}\nbad=a5ecret\nworse=${{ env.PLAIN }}",
            ),
            ("secret-envs", "a=TOKEN\nb=NOBODY"),
            ("secret-files", "c=./ci/c.txt\nd=/run/d"),
        ]);
        let named: Vec<String> = found.secrets.iter().map(|(id, place)| format!("{id} {place}")).collect();
        assert_eq!(
            named,
            [
                "npm env:NPM_TOKEN",
                "github env:GITHUB_TOKEN",
                "open env:OPEN",
                "a env:HIDDEN",
                "c file:ci/c.txt"
            ]
        );
        assert_eq!(found.plain, ["OPEN"]);
        assert_eq!(
            left,
            [
                "secrets: bad: it is no secret of the forge by itself",
                "secrets: worse: it is no secret of the forge by itself",
                "secret-envs: b: it is no secret of the forge by itself",
                "secret-files: d=/run/d"
            ]
        );
    }

    #[test]
    fn the_rest_is_as_it_was() {
        let (found, left) = given(&[
            ("ssh", "default=${{ env.SSH_AUTH_SOCK }}\ndeploy=ci/key"),
            ("build-contexts", "base=docker-image://alpine:3\ndist=./dist\nother=${{ inputs.a }}"),
            ("network", "host"),
        ]);
        assert_eq!(found.ssh, ["default", "deploy=ci/key"]);
        let place = |name: &str, place: &str| (name.to_owned(), place.to_owned());
        assert_eq!(found.contexts, [place("base", "docker-image://alpine:3"), place("dist", "dist")]);
        assert_eq!(found.network.as_deref(), Some("host"));
        assert_eq!(left, ["build-contexts: other=${{ inputs.a }}"]);
        assert_eq!(given(&[("network", "farm")]).1, ["network: farm"]);
    }

    #[test]
    fn secrets_of_commands_are_read() {
        for (flag, want) in [
            ("id=npm,env=NPM_TOKEN", Some("env:NPM_TOKEN")),
            ("type=env,id=npm", Some("env:npm")),
            ("id=npm,src=ci/npm", Some("file:ci/npm")),
            ("id=npm,src=$HOME/.npmrc", None),
            ("src=a", None),
        ] {
            let mut image = DraftImage::default();
            add_secret_flag(flag, &mut image);
            let found = image.given.secrets.first().map(|(_, place)| place.as_str());
            assert_eq!((found, image.left.is_empty()), (want, want.is_some()), "{flag}");
        }
    }
}
