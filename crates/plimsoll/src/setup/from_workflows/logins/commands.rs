//! Logins by commands: `echo "$TOKEN" | docker login HOST -u USER --password-stdin`, and what other programs call the same.

use super::{DOCKER_HUB, Login, Part, add};
use crate::setup::from_workflows::expression::Known;
use crate::setup::from_workflows::script;
use crate::setup::from_workflows::spelled::in_expressions;
use crate::setup::from_workflows::tag_words::out_of_tag_words;
use crate::setup::from_workflows::workflow::Step;

/// Programs and the words with which they log in at a registry.
const LOGINS: [&[&str]; 10] = [
    &["docker", "login"],
    &["podman", "login"],
    &["buildah", "login"],
    &["nerdctl", "login"],
    &["skopeo", "login"],
    &["helm", "registry", "login"],
    &["crane", "auth", "login"],
    &["oras", "login"],
    &["regctl", "registry", "login"],
    &["cosign", "login"],
];
/// Flags without a value.
const SWITCHES: [&str; 6] =
    ["--password-stdin", "--pass-stdin", "--insecure", "--plain-http", "--debug", "--tls-verify"];

/// Finds logins in a step's script. One of which something is not known is told.
pub(super) fn find(step: &Step, known: &Known<'_>, logins: &mut Vec<Login>, left: &mut Vec<String>) {
    let all = script::commands_of(&step.run);
    for (place, words) in all.iter().enumerate() {
        let words: Vec<&str> = words.iter().map(String::as_str).skip_while(|word| *word == "sudo").collect();
        let begin = LOGINS.iter().find(|begin| words.starts_with(begin));
        let Some(arguments) = begin.and_then(|begin| words.get(begin.len()..)) else { continue };
        let written = Written::of(arguments);
        let piped = place.checked_sub(1).and_then(|before| said(all.get(before)?));
        let password = written.password.or(written.here).or(piped.filter(|_| written.is_piped));
        let registry = fill(written.registry.unwrap_or(DOCKER_HUB), step, known);
        let registry = registry.trim_start_matches("https://").trim_end_matches('/').to_owned();
        // Of a chart's address the host alone is the registry.
        let registry = registry.trim_start_matches("oci://").split('/').next().unwrap_or_default();
        let registry = match registry {
            "index.docker.io" | "registry-1.docker.io" | "hub.docker.com" => DOCKER_HUB.to_owned(),
            other => other.to_owned(),
        };
        // A pipeline of GitLab has these of itself.
        if password.is_some_and(|text| text.contains("CI_REGISTRY_PASSWORD") || text.contains("CI_JOB_TOKEN"))
        {
            continue;
        }
        let part = |text: Option<&str>| Part::read(&fill(text?, step, known));
        match (part(written.username), part(password)) {
            (_, Some(Part::Variable(name))) if name == "GITHUB_TOKEN" && registry == "ghcr.io" => {}
            (Some(username), Some(password)) if !registry.contains(['$', '{']) => {
                add(Login { registry, username, password, is_guess: false }, logins, left);
            }
            _ => left.push(format!("login at {registry}: its user or its password is worked out")),
        }
    }
}

/// Whether a line logs in somewhere.
pub(in crate::setup::from_workflows) fn is_login(line: &str) -> bool {
    script::commands(line).iter().any(|words| {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        LOGINS.iter().any(|begin| words.starts_with(begin))
    })
}

/// What is known of a word of a script, with the step's own variables.
fn fill(word: &str, step: &Step, known: &Known<'_>) -> String {
    let word = in_expressions(&out_of_tag_words(word));
    let mut values = known.values.clone();
    for (name, value) in &step.env {
        values.insert(format!("env.{name}"), value.clone());
    }
    Known { values: &values, repository: known.repository }.fill(&word).into_text()
}

/// What the words of a login say.
#[derive(Default)]
struct Written<'a> {
    registry: Option<&'a str>,
    username: Option<&'a str>,
    password: Option<&'a str>,
    /// Behind `<<<`.
    here: Option<&'a str>,
    is_piped: bool,
}

impl<'a> Written<'a> {
    fn of(arguments: &[&'a str]) -> Written<'a> {
        let mut written = Written::default();
        let mut words = arguments.iter().copied();
        while let Some(word) = words.next() {
            let (flag, value) = match word.split_once('=') {
                Some((flag, value)) if word.starts_with("--") => (flag, Some(value)),
                _ => (word, None),
            };
            match flag {
                "-u" | "--username" | "--user" => written.username = value.or_else(|| words.next()),
                "-p" | "--password" | "--pass" => written.password = value.or_else(|| words.next()),
                "--password-stdin" | "--pass-stdin" => written.is_piped = true,
                "<<<" => written.here = words.next(),
                flag if flag.starts_with("<<<") => written.here = flag.strip_prefix("<<<"),
                flag if flag.starts_with('-') => {
                    if value.is_none() && !SWITCHES.contains(&flag) {
                        words.next();
                    }
                }
                flag if flag.starts_with(['<', '>']) || flag.starts_with("2>") => {}
                registry => written.registry = Some(registry),
            }
        }
        written
    }
}

/// What a command prints that is piped into another.
fn said(words: &[String]) -> Option<&str> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["echo", text] | ["echo", "-n", text] | ["printf", "%s" | "%s\\n", text] | ["printf", text] => {
            Some(*text)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The logins of a script, in one line each, and what is told.
    fn read(run: &str) -> (Vec<String>, Vec<String>) {
        let env = [("PASS".to_owned(), "${{ secrets.HUB_TOKEN }}".to_owned())].into();
        let step = Step { run: run.to_owned(), env, ..Step::default() };
        let values = [("env.HOST".to_owned(), "quay.io".to_owned())].into();
        let known = Known { values: &values, repository: Some("acme/app") };
        let (mut logins, mut left) = (Vec::new(), Vec::new());
        find(&step, &known, &mut logins, &mut left);
        let show = |part: &Part| match part {
            Part::Written(text) => text.clone(),
            Part::Variable(name) => format!("secret:{name}"),
            Part::Setting(name) => format!("vars:{name}"),
        };
        let shown = logins
            .iter()
            .map(|login| format!("{} {} {}", login.registry, show(&login.username), show(&login.password)));
        (shown.collect(), left)
    }

    #[test]
    fn logins_of_scripts_are_those_of_the_configuration() {
        for (run, want) in [
            (
                "echo \"${{ secrets.TOKEN }}\" | docker login ghcr.example -u ${{ github.actor }} --password-stdin",
                "ghcr.example secret:GITHUB_ACTOR secret:TOKEN",
            ),
            ("echo $PASS | docker login --username acme --password-stdin", "docker.io acme secret:HUB_TOKEN"),
            ("docker login -u acme --password-stdin $HOST <<< \"$PASS\"", "quay.io acme secret:HUB_TOKEN"),
            (
                "helm registry login https://r.example/ --username=acme --password=${{ secrets.T }}",
                "r.example acme secret:T",
            ),
            (
                "sudo podman login -u ${{ vars.USER }} -p $PASS r.example",
                "r.example vars:USER secret:HUB_TOKEN",
            ),
            (
                "printf '%s' \"$PASS\" | crane auth login r.example -u acme --password-stdin",
                "r.example acme secret:HUB_TOKEN",
            ),
            (
                "oras login r.example -u acme -p $PASS; oras push r.example/a",
                "r.example acme secret:HUB_TOKEN",
            ),
        ] {
            assert_eq!(read(run), (vec![want.to_owned()], vec![]), "{run}");
        }
    }

    #[test]
    fn what_is_not_known_of_a_login_is_told() {
        for run in [
            "aws ecr get-login-password | docker login --username AWS --password-stdin 1.dkr.ecr.example",
            "docker login -u acme -p written r.example",
            "echo $OTHER | docker login -u acme --password-stdin r.example",
            "echo $PASS | docker login -u acme --password-stdin ${{ vars.HOST }}",
            "docker login r.example",
        ] {
            let (logins, left) = read(run);
            assert_eq!((logins.len(), left.len()), (0, 1), "{run}");
            assert!(left[0].starts_with("login at "), "{left:?}");
            assert!(!left[0].contains("written "), "{left:?}");
        }
        for run in [
            "echo ${{ secrets.GITHUB_TOKEN }} | docker login ghcr.io -u $ --password-stdin",
            "echo ${{ github.token }} | helm registry login ghcr.io -u ${{ github.actor }} --password-stdin",
            "docker logout",
            "# docker login x",
        ] {
            assert_eq!(read(run), (vec![], vec![]), "{run}");
        }
    }
}
