//! What was found on a machine, and in registries.

use super::{WIDTH, wrap};
use crate::output::ink::Ink;
use crate::output::json::doctor::{
    Answered, BuilderInfo, ChartRepositoryInfo, ClockInfo, DoctorInfo, ForgeInfo, JobInfo, PlatformInfo,
    RemoteInfo, RepositoryInfo, SigningInfo, ToolInfo,
};

/// Where values begin.
const COLUMN: usize = 20;

/// Renders it.
pub fn render(answer: &DoctorInfo, ink: Ink) -> String {
    let part = |name: &str, lines: String| format!("{}\n{lines}", ink.strong(name));
    let mut parts = vec![part("tools", lines(&answer.tools, tool))];
    parts.push(part("builders", lines(&answer.builders, builder)));
    if !answer.platforms.is_empty() {
        let platform = |one: &PlatformInfo| (one.platform.clone(), describe(one.runs).to_owned());
        parts.push(part("platforms", lines(&answer.platforms, platform)));
    }
    parts.extend(answer.job.as_ref().map(|one| part("job", job(one))));
    let release: String = [
        answer.clock.as_ref().map(clock),
        answer.remote.as_ref().map(remote),
        answer.forge.as_ref().map(forge),
        answer.signing.as_ref().map(signing),
    ]
    .into_iter()
    .flatten()
    .chain(answer.chart_repositories.iter().map(chart_repository))
    .collect();
    if !release.is_empty() {
        parts.push(part("release", release));
    }
    parts.extend(answer.repositories.iter().map(|one| repository(one, ink)));
    parts.join("\n")
}

/// Says what was not looked at.
pub fn remarks(answer: &DoctorInfo) -> Vec<String> {
    let nowhere =
        "there is no project here, a plimsoll.toml in a git repository: the machine alone was looked at";
    answer.component.is_none().then(|| nowhere.to_owned()).into_iter().collect()
}

fn lines<T>(all: &[T], line: impl Fn(&T) -> (String, String)) -> String {
    all.iter().map(line).map(|(name, value)| row(&name, &value)).collect()
}

/// A name and what is said of it, folded at the page's edge.
fn row(name: &str, value: &str) -> String {
    let mut text = format!("  {name:<width$}", width = COLUMN - 2);
    if !text.ends_with(' ') {
        text.push(' ');
    }
    let mut column = text.chars().count();
    for word in value.split_whitespace() {
        let length = word.chars().count();
        if column > COLUMN && column + length > WIDTH {
            text.truncate(text.trim_end().len());
            text.push('\n');
            text.push_str(&" ".repeat(COLUMN));
            column = COLUMN;
        }
        text.push_str(word);
        text.push(' ');
        column += length + 1;
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn tool(tool: &ToolInfo) -> (String, String) {
    let found = match (&tool.version, &tool.why) {
        (Some(version), _) => format!("{version} ({})", tool.purpose),
        (None, Some(why)) => format!("no: {why} ({})", tool.purpose),
        (None, None) => format!("no ({})", tool.purpose),
    };
    (tool.name.to_owned(), found)
}

fn builder(builder: &BuilderInfo) -> (String, String) {
    let found = match (&builder.platforms, &builder.why) {
        (_, Some(why)) => format!("no: {why}"),
        (Some(platforms), None) => wrap(0, platforms.iter().map(String::as_str)),
        (None, None) => "it does not say what it runs".to_owned(),
    };
    let mark = if builder.chosen { "builds: " } else { "" };
    (builder.name.to_owned(), format!("{mark}{found}"))
}

fn describe(runs: &str) -> &str {
    match runs {
        "native" => "native",
        "emulated" => "emulated: about ten times as slow where a RUN runs its programs",
        "not-at-all" => "not here: build it where it runs, with `plimsoll build --platform P --output DIR`",
        _ => "unknown",
    }
}

fn say(answer: Answered) -> &'static str {
    match answer {
        Answered::Yes => "yes",
        Answered::No => "no",
        Answered::Unknown => "unknown",
        Answered::NotAsked => "not needed",
    }
}

fn job(job: &JobInfo) -> String {
    let event = job.event.as_ref().map_or(String::new(), |event| format!(", set off by {event}"));
    let mut text = row("system", &format!("{}{event}", job.system));
    if job.from_fork {
        text.push_str(&row("logins", "none: its commits come from another repository"));
    }
    if let Some(proves) = job.proves_identity {
        let proves = if proves { "yes" } else { "no: the job lacks `id-token: write`" };
        text.push_str(&row("proves who it is", proves));
    }
    text
}

fn clock(clock: &ClockInfo) -> String {
    let value = match clock.ahead {
        -1..=1 => format!("that of {}", clock.registry),
        ahead @ 2.. => format!("{ahead} s ahead of {}", clock.registry),
        behind => format!("{} s behind {}", behind.unsigned_abs(), clock.registry),
    };
    row("clock", &value)
}

fn remote(remote: &RemoteInfo) -> String {
    let mut text = row("git remote", &remote.remote);
    text.push_str(&row("may push claims", say(remote.claims)));
    if remote.records != Answered::NotAsked {
        text.push_str(&row("may push records", say(remote.records)));
    }
    text
}

fn chart_repository(one: &ChartRepositoryInfo) -> String {
    let exists = match one.exists {
        Answered::No => "not there yet: the first release makes it",
        Answered::Yes => "there",
        other => say(other),
    };
    let served = match (one.served, one.exists) {
        (Answered::No, Answered::Yes) => "no: let the forge serve the branch as pages",
        (answer, _) => say(answer),
    };
    row("charts on branch", &format!("{}: {exists}", one.branch))
        + &row("may push it", say(one.push))
        + &row("index answers", &format!("{served} ({})", one.index))
}

fn forge(forge: &ForgeInfo) -> String {
    let token = if forge.token { "with a token" } else { "no token" };
    let mut text = row("forge", &format!("{} at {}, {token}", forge.kind, forge.url));
    let asked = [
        ("may make pages", forge.pages),
        ("may note deploys", forge.deployments),
        ("may attest there", forge.attestations),
    ];
    for (what, answer) in asked.into_iter().filter(|(_, answer)| *answer != Answered::NotAsked) {
        text.push_str(&row(what, say(answer)));
    }
    text
}

fn signing(signing: &SigningInfo) -> String {
    let ready = if signing.ready { "ready" } else { "not ready" };
    let with = match signing.with {
        "identity" => "by identity",
        _ => "with a key",
    };
    row("signing", &format!("{with}: {ready}"))
}

fn repository(repository: &RepositoryInfo, ink: Ink) -> String {
    let optional = if repository.required { "" } else { "  (optional)" };
    let mut text = format!("{}{optional}\n", ink.strong(&repository.repository));
    let credentials = match (&repository.credentials, &repository.amiss) {
        (Some(place), _) => format!("from {place}"),
        (None, Some(why)) => format!("none: {why}"),
        (None, None) => "none".to_owned(),
    };
    text.push_str(&row("credentials", &credentials));
    text.push_str(&row("may push", say(repository.push)));
    text.push_str(&row("everybody pulls", say(repository.public)));
    let referrers = match repository.referrers {
        Answered::No => "no: what refers to an image is listed under a tag beside it",
        other => say(other),
    };
    text.push_str(&row("referrers", referrers));
    let untagged = match repository.collects_untagged {
        Some(when) => format!("collected {when}"),
        None => "unknown".to_owned(),
    };
    let holds = if repository.hold_tags { "; hold tags keep it until a version tag does" } else { "" };
    text.push_str(&row("untagged content", &format!("{untagged}{holds}")));
    if !repository.moving_tags.is_empty() {
        text.push_str(&row("tags that move", &repository.moving_tags.join(", ")));
    }
    for advice in &repository.advice {
        text.push_str(&row("to know", advice));
    }
    text
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::output::json::doctor::PlatformInfo;

    #[test]
    fn it_fits_the_page() {
        let tool = |name, version: Option<&str>, why: Option<&str>| ToolInfo {
            name,
            version: version.map(str::to_owned),
            purpose: "smoke commands, sealed gates, build --load",
            why: why.map(str::to_owned),
        };
        let why = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?";
        let builder = |name, chosen, platforms: Option<Vec<String>>, why: Option<&str>| BuilderInfo {
            name,
            usable: why.is_none(),
            chosen,
            platforms,
            why: why.map(str::to_owned),
        };
        let many = ["amd64", "amd64/v2", "amd64/v3", "386", "arm64", "riscv64", "ppc64le", "s390x", "arm/v7"];
        let many = many.map(|name| format!("linux/{name}")).to_vec();
        let info = DoctorInfo {
            schema: DoctorInfo::SCHEMA,
            component: Some("app".into()),
            job: Some(JobInfo {
                system: "GitHub Actions",
                event: Some("tag v1.0.0".into()),
                from_fork: false,
                proves_identity: Some(false),
            }),
            clock: Some(ClockInfo { registry: "quay.io".into(), ahead: -90 }),
            remote: Some(RemoteInfo {
                remote: "https://github.com/acme/app.git".into(),
                claims: Answered::Yes,
                records: Answered::No,
            }),
            chart_repositories: vec![ChartRepositoryInfo {
                branch: "gh-pages".into(),
                exists: Answered::Yes,
                push: Answered::Yes,
                index: "https://acme.github.io/app/index.yaml".into(),
                served: Answered::No,
            }],
            forge: Some(ForgeInfo {
                kind: "GitHub",
                url: "https://github.com/acme/app".into(),
                token: true,
                pages: Answered::Unknown,
                deployments: Answered::Unknown,
                attestations: Answered::NotAsked,
            }),
            signing: Some(SigningInfo { with: "identity", ready: false }),
            tools: vec![tool("git", Some("2.39.5"), None), tool("docker", None, Some(why))],
            builders: vec![
                builder("docker buildx", false, None, Some("docker has no buildx")),
                builder("buildctl", true, Some(many), None),
            ],
            platforms: vec![
                PlatformInfo { platform: "linux/amd64".into(), runs: "native" },
                PlatformInfo { platform: "linux/arm64".into(), runs: "emulated" },
            ],
            repositories: vec![RepositoryInfo {
                repository: "quay.io/acme/app".into(),
                required: false,
                credentials: Some("docker-credential-desktop, named in /home/ada/.docker/config.json".into()),
                amiss: None,
                push: Answered::Yes,
                public: Answered::No,
                referrers: Answered::No,
                collects_untagged: Some("after an hour"),
                hold_tags: true,
                moving_tags: vec!["{major}.{minor}".into(), "latest".into()],
                advice: vec!["the package is private: make it public in its settings".into()],
            }],
        };
        let text = render(&info, Ink::Plain);
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert_snapshot!(text, @r"
        tools
          git               2.39.5 (smoke commands, sealed gates, build --load)
          docker            no: Cannot connect to the Docker daemon at
                            unix:///var/run/docker.sock. Is the docker daemon running?
                            (smoke commands, sealed gates, build --load)

        builders
          docker buildx     no: docker has no buildx
          buildctl          builds: linux/amd64, linux/amd64/v2, linux/amd64/v3,
                            linux/386, linux/arm64, linux/riscv64, linux/ppc64le,
                            linux/s390x, linux/arm/v7

        platforms
          linux/amd64       native
          linux/arm64       emulated: about ten times as slow where a RUN runs its
                            programs

        job
          system            GitHub Actions, set off by tag v1.0.0
          proves who it is  no: the job lacks `id-token: write`

        release
          clock             90 s behind quay.io
          git remote        https://github.com/acme/app.git
          may push claims   yes
          may push records  no
          forge             GitHub at https://github.com/acme/app, with a token
          may make pages    unknown
          may note deploys  unknown
          signing           by identity: not ready
          charts on branch  gh-pages: there
          may push it       yes
          index answers     no: let the forge serve the branch as pages
                            (https://acme.github.io/app/index.yaml)

        quay.io/acme/app  (optional)
          credentials       from docker-credential-desktop, named in
                            /home/ada/.docker/config.json
          may push          yes
          everybody pulls   no
          referrers         no: what refers to an image is listed under a tag beside it
          untagged content  collected after an hour; hold tags keep it until a version
                            tag does
          tags that move    {major}.{minor}, latest
          to know           the package is private: make it public in its settings
        ");
    }
}
