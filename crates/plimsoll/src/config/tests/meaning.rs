use plimsoll_engine::domain::build::{ContextFrom, Network, SecretFrom};
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::Severity;
use plimsoll_engine::domain::project::{ClaimPolicy, Content, Origin};
use plimsoll_engine::domain::target::Necessity;
use plimsoll_http::profile::Wire;
use plimsoll_oci::name::Digest;
use plimsoll_tags::git_tag::Prereleases;
use plimsoll_tags::rule::TagRule;
use plimsoll_tags::table::Table;
use plimsoll_tags::version::Scheme;
use proptest::prelude::*;

use super::samples::samples;
use super::{NOWHERE, read, read_right};
use crate::config::{Credentials, Destination, Setting, Surroundings, parse};
use crate::wire::{Author, Committing, Landing, SignOff};

fn sample(name: &str) -> String {
    samples("valid").into_iter().find(|(found, _)| found == name).unwrap().1
}

fn written(rules: &[TagRule]) -> Vec<String> {
    rules.iter().map(|rule| rule.to_string()).collect()
}

#[test]
fn four_lines_are_enough() {
    let text = sample("least.toml");
    let project = read_right(&text).project;
    assert_eq!(project.name.as_str(), "app");
    assert_eq!((project.description, project.license, project.source, project.url), (None, None, None, None));
    assert_eq!(project.version_files, []);
    assert_eq!(project.tags.version().to_string(), "v{version}");
    assert_eq!(project.tags.stable(), None);
    assert_eq!((project.tags.prerelease(), project.tags.scheme()), (Prereleases::Refused, Scheme::Semver));
    assert_eq!(project.records_directory, "releases");
    assert_eq!(project.claim, ClaimPolicy::Held { stale_after: 21_600 });
    assert_eq!(project.config, Digest::of(text.as_bytes()));
    let [image] = project.images.as_slice() else { panic!() };
    assert_eq!(image.name.as_str(), "app");
    assert_eq!(image.repository.to_string(), "ghcr.io/acme/app");
    assert_eq!((image.mirrors.len(), image.platforms.len()), (0, 0));
    assert_eq!(image.origin, Origin::Import(Content::Layout { path: "dist/image".into(), tag: None }));
    assert_eq!(written(&image.tags.release), ["{version}", "{major}.{minor}", "latest"]);
    assert!(image.tags.promotion.is_empty() && image.tags.branches.is_empty());
    assert!(image.tags.pull_request.is_empty());
}

#[test]
fn every_key_reaches_its_place() {
    let config = read_right(&sample("every-key.toml"));
    assert_eq!(config.destination, Destination::Local);
    let project = config.project;
    assert_eq!(project.name.as_str(), "every-key");
    assert_eq!(project.description.as_deref(), Some("Has every key."));
    assert_eq!(project.license.as_deref(), Some("Apache-2.0 OR MIT"));
    assert_eq!(project.source.as_deref(), Some("https://git.example.org/acme/every-key"));
    assert_eq!(project.url.as_deref(), Some("https://every-key.example.org"));
    let files: Vec<_> =
        project.version_files.iter().map(|file| (file.path.as_str(), file.pattern.as_deref())).collect();
    assert_eq!(files, [("Cargo.toml", None), ("src/version.h", Some("#define VERSION \"{version}\""))]);
    assert_eq!(project.tags.version().to_string(), "release/{version}");
    assert_eq!(project.tags.stable().unwrap().to_string(), "stable/{version}");
    assert_eq!(project.tags.prerelease(), Prereleases::Allowed);
    assert_eq!(project.records_directory, "docs/releases");
    let author = Author { name: "Release Bot".into(), email: "bot@example.org".into() };
    let (landing, sign_off) = (Landing::Proposal, SignOff::Yes);
    let committing = Committing { base: "main".into(), landing, author: Some(author), sign_off };
    assert_eq!(config.committing, Some(committing));
    assert_eq!(project.claim, ClaimPolicy::Held { stale_after: 5400 });

    let [tool, server, worker, base, on_a_base, built] = project.images.as_slice() else { panic!() };
    let platforms: Vec<String> = tool.platforms.iter().map(ToString::to_string).collect();
    assert_eq!(platforms, ["linux/amd64", "linux/arm64"]);
    let mirrors: Vec<_> =
        tool.mirrors.iter().map(|mirror| (mirror.repository.to_string(), mirror.necessity)).collect();
    assert_eq!(
        mirrors,
        [
            ("docker.io/acme/tool".into(), Necessity::Required),
            ("quay.io/acme/tool".into(), Necessity::Optional)
        ]
    );
    assert_eq!(tool.labels["org.example.team"].to_string(), "release");
    assert_eq!(tool.annotations, tool.labels);
    assert_eq!(written(&tool.tags.release), ["v{version}", "{major}.{minor}", "sha-{sha}", "latest"]);
    assert!(tool.tags.release[3].condition.is_some() && tool.tags.release[0].condition.is_none());
    assert_eq!(written(&tool.tags.promotion), ["stable"]);
    assert_eq!(written(&tool.tags.branches["main"]), ["main", "sha-{sha}"]);
    assert_eq!(written(&tool.tags.branches["release/1.x"]), ["next"]);
    assert_eq!(written(&tool.tags.pull_request), ["pr-{number}"]);
    assert_eq!(tool.tags.platforms[&Table::PullRequest].len(), 1);

    let Origin::Assemble(assemble) = &tool.origin else { panic!() };
    assert_eq!(assemble.base, None);
    let files: Vec<_> =
        assemble.files.iter().map(|file| (file.from.as_str(), file.to.as_str(), file.mode)).collect();
    assert_eq!(
        files,
        [
            ("dist/{os}-{arch}{variant}/tool", "/usr/bin/tool", Some(0o755)),
            ("LICENSE", "/usr/share/doc/tool/LICENSE", None)
        ]
    );
    assert_eq!(assemble.entrypoint.as_deref().unwrap(), ["/usr/bin/tool"]);
    assert_eq!(assemble.command.as_deref().unwrap(), ["--help"]);
    assert_eq!(assemble.env["TOOL_HOME"], "/var/lib/tool");
    assert_eq!(assemble.user.as_deref(), Some("1000:1000"));
    assert_eq!(assemble.working_directory.as_deref(), Some("/var/lib/tool"));
    assert_eq!(assemble.ports, ["8080/tcp", "5353/udp"]);

    let layout = Content::Layout { path: "dist/server".into(), tag: Some("latest".into()) };
    assert_eq!(server.origin, Origin::Import(layout));
    assert_eq!(worker.origin, Origin::Import(Content::Archive { path: "dist/worker.tar".into(), tag: None }));
    let Origin::Dockerfile(recipe) = &built.origin else { panic!() };
    assert_eq!((recipe.file.as_str(), recipe.context.as_str()), ("docker/built.Dockerfile", ""));
    assert_eq!(recipe.secrets["npm"], SecretFrom::Variable("NPM_TOKEN".into()));
    assert_eq!(recipe.contexts["dist"], ContextFrom::Directory("dist".into()));
    assert_eq!((recipe.network, recipe.attestations.len()), (Network::None, 2));
    assert_eq!(built.smoke.as_deref(), Some(&["/usr/bin/built".to_owned(), "--version".to_owned()][..]));
    assert_eq!((config.build.limit, config.build.program.as_deref()), (5400, Some("buildx")));
    assert_eq!((config.gates.limit, config.gates.source.as_slice()), (1800, &["make test".to_owned()][..]));
    let Origin::Import(Content::Registry(reference)) = &base.origin else { panic!() };
    assert_eq!(reference.repository.to_string(), "ghcr.io/upstream/base");
    let Origin::Assemble(assemble) = &on_a_base.origin else { panic!() };
    let archive = Content::Archive { path: "dist/base.tar".into(), tag: Some("base".into()) };
    assert_eq!((&assemble.base, assemble.files.len()), (&Some(archive), 1));

    let hub = &config.registries[&"docker.io".parse().unwrap()];
    let Some(Credentials::Login { username: Setting::Variable(username), password }) = &hub.credentials
    else {
        panic!()
    };
    assert_eq!((username.name(), password.name()), ("HUB_USER", "HUB_PASSWORD"));
    let own = &config.registries[&"registry.example.org:5000".parse().unwrap()];
    assert!(matches!(&own.credentials, Some(Credentials::Token(token)) if token.name() == "REGISTRY_TOKEN"));
    assert_eq!((own.certificate_authority.as_deref(), own.wire), (Some("ci/registry-ca.pem"), Wire::Https));
}

#[test]
fn short_forms_mean_what_long_ones_do() {
    let config = read_right(&sample("words.toml"));
    assert_eq!(config.destination, Destination::Remote);
    assert_eq!(config.project.claim, ClaimPolicy::Held { stale_after: 21_600 });
    assert_eq!(config.project.tags.scheme(), Scheme::Pep440);
    let image = &config.project.images[0];
    assert_eq!(image.repository.to_string(), "docker.io/acme/app");
    assert_eq!(written(&image.tags.release), ["{version}", "latest"]);
    let ghcr = &config.registries[&"ghcr.io".parse().unwrap()];
    assert!(
        matches!(&ghcr.credentials, Some(Credentials::Login { username: Setting::Written(name), .. }) if name == "acme-bot")
    );
    assert_eq!(read_right(&sample("unclaimed.toml")).project.claim, ClaimPolicy::None);
}

#[test]
fn what_the_file_leaves_out_comes_from_the_surroundings() {
    let text = sample("least.toml");
    let surroundings = Surroundings {
        directory: Some("checkout"),
        remote: Some("git@github.com:MarcAntoineRaymond/GomenHashai.git"),
        texts: &|path| match path {
            "Cargo.toml" => Some("[workspace]\nmembers = []\n".into()),
            "pyproject.toml" => Some("[project]\nversion = 1\n".into()),
            "VERSION" => Some("1.2.3\n".into()),
            _ => None,
        },
    };
    let project = parse("plimsoll.toml", &text, surroundings).unwrap().project;
    assert_eq!(project.name.as_str(), "gomenhashai");
    assert_eq!(project.source.as_deref(), Some("https://github.com/MarcAntoineRaymond/GomenHashai"));
    let files: Vec<&str> = project.version_files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(files, ["pyproject.toml", "VERSION"]);

    // One that configures tools, and one whose version is worked out, name none; a broken one is there to be mended.
    for (text, want) in [("[tool.ruff]\n", 0), ("[project]\ndynamic = [\"version\"]\n", 0), ("[project", 1)] {
        let surroundings = Surroundings {
            texts: &|path| (path == "pyproject.toml").then(|| text.to_owned()),
            ..surroundings
        };
        assert_eq!(
            parse("plimsoll.toml", &sample("least.toml"), surroundings).unwrap().project.version_files.len(),
            want
        );
    }

    let silent = format!("version.files = []\n{text}");
    assert_eq!(parse("plimsoll.toml", &silent, surroundings).unwrap().project.version_files, []);

    let nameless = Surroundings { directory: Some("---"), ..NOWHERE };
    let problems = parse("plimsoll.toml", &text, nameless).unwrap_err();
    assert_eq!(problems[0].code, Code::MissingKey);
}

#[test]
fn defaults_are_merged_key_by_key() {
    let project = read_right(
        r#"
        [image-defaults]
        platforms = ["linux/arm64"]
        assemble.files = [{ from = "a", to = "/a" }]
        assemble.user = "1"
        labels = { team = "a", floor = "2" }
        tags.release = ["v{version}"]
        tags.promotion = []
        [[image]]
        name = "own"
        repository = "ghcr.io/acme/own"
        assemble.user = "2"
        labels = { team = "b" }
        tags.release = ["{version}"]
        [[image]]
        name = "taken"
        repository = "ghcr.io/acme/taken"
        import.layout = "dist"
        "#,
    )
    .project;
    let [own, taken] = project.images.as_slice() else { panic!() };
    let Origin::Assemble(assemble) = &own.origin else { panic!() };
    assert_eq!((assemble.user.as_deref(), assemble.files.len()), (Some("2"), 1));
    assert_eq!(own.labels["team"].to_string() + &own.labels["floor"].to_string(), "b2");
    assert_eq!(written(&own.tags.release), ["{version}"]);
    // One way to make an image keeps out the default's other way.
    assert!(matches!(taken.origin, Origin::Import(_)));
    assert_eq!(written(&taken.tags.release), ["v{version}"]);
}

#[test]
fn a_list_of_defaults_that_an_image_replaces_is_told() {
    let warnings = |own: &str| {
        let text = format!(
            "[image-defaults]\nimport.layout = \"dist\"\ntags = [\"{{version}}\"]\n[[image]]\nname = \"a\"\nrepository = \"ghcr.io/acme/a\"\n{own}\n"
        );
        read_right(&text).warnings
    };
    assert!(warnings("").iter().all(|warning| !warning.message.contains("image-defaults")));
    let told = warnings("tags.release = [\"{version}\"]");
    assert!(told.iter().any(|warning| warning.message.contains("image-defaults")), "{told:?}");
}

#[test]
fn a_problem_of_the_defaults_is_told_once_where_it_stands() {
    let problems = read(
        r#"
        image-defaults.platforms = ["linux/amd46"]
        image = [
            { name = "a", repository = "ghcr.io/acme/a", import.layout = "a" },
            { name = "b", repository = "ghcr.io/acme/b", import.layout = "b" },
        ]
        "#,
    )
    .unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:#?}");
    assert_eq!(problems[0].place.as_ref().unwrap().line, 2);
}

/// By the versions of its own family of tags alone: those of a chart with its own begin anew.
#[test]
fn what_was_released_before_signing_began_need_not_be_signed() {
    let config = read_right(&sample("every-key.toml"));
    let must = |tag: &str| {
        let project = config.clone().for_tag(tag).project;
        let version = project.tags.read(tag).version().cloned();
        project.must_be_signed(&version.unwrap_or_else(|| panic!("{tag} is a release")))
    };
    for (tag, wanted) in [
        ("release/0.9.9", false),
        ("release/1.0.0-rc.1", false),
        ("release/1.0.0", true),
        ("release/2.0.0", true),
        ("server-0.2.9", false),
        ("server-0.3.0", true),
        ("server-0.9.0", true),
    ] {
        assert_eq!(must(tag), wanted, "{tag}");
    }
    let text = sample("every-key.toml");
    let open = text.replace("since = [\"release/1.0.0\", \"server-0.3.0\"]\n", "");
    assert_ne!(open, text);
    let project = read_right(&open).project;
    let first = project.tags.read("release/0.0.1").version().cloned().unwrap();
    assert!(project.must_be_signed(&first), "nothing says that it began later");
}

#[test]
fn what_never_applies_is_a_warning() {
    let config = read_right(
        r#"
        [[image]]
        repository = "ghcr.io/acme/app"
        import.layout = "dist"
        [image.tags]
        release = ["{version}", "{version}"]
        promotion = ["stable"]
        pull-request = [{ tag = "pr-{number}", if = "on-default-branch" }]
        "#,
    );
    let found: Vec<_> = config
        .warnings
        .iter()
        .map(|warning| (warning.severity, warning.code, warning.place.as_ref().unwrap().line))
        .collect();
    assert_eq!(found, [6, 7, 8].map(|line| (Severity::Warning, Code::TagRule, line)));
}

#[test]
fn a_file_without_images_says_so_and_can_be_checked() {
    for text in ["", "[project]\nname = \"app\"\n", "image = []"] {
        let config = read_right(text);
        assert!(config.project.images.is_empty());
        assert_eq!(
            config.warnings.iter().map(|warning| warning.code).collect::<Vec<_>>(),
            [Code::MissingKey]
        );
    }
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_do_no_harm() {
    let text = format!("\u{feff}{}", sample("every-key.toml").replace('\n', "\r\n"));
    assert_eq!(read_right(&text).project.images.len(), 6);
    let problems = read("\u{feff}[project]\r\nnmae = 1\r\n").unwrap_err();
    let place = problems[0].place.as_ref().unwrap();
    assert_eq!((place.line, place.column), (2, 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever is cut out of a file or put into it, it is read or refused with a place inside it.
    #[test]
    fn no_text_is_too_strange(at in 0..1000_usize, length in 0..40_usize, put in "\\PC{0,6}|[\\[\\]{}\"'=,.#\n]{0,6}") {
        let sample = sample("every-key.toml");
        let chars: Vec<char> = sample.chars().collect();
        let at = at * chars.len() / 1000;
        let text: String = chars[..at].iter().copied().chain(put.chars()).chain(chars.iter().skip(at + length).copied()).collect();
        if let Err(problems) = read(&text) {
            prop_assert!(!problems.is_empty());
            for problem in problems {
                prop_assert_ne!(problem.code, Code::Bug);
                let place = problem.place.unwrap();
                prop_assert!(text.get(place.span).is_some());
            }
        }
    }

    #[test]
    fn any_text_at_all_is_answered(text in "\\PC{0,80}") {
        let _ = read(&text);
    }
}

#[test]
fn deep_nesting_is_refused_and_nothing_overflows() {
    for (open, close) in [("[", "]"), ("{a=", "}")] {
        let deep = format!("a = {}1{}", open.repeat(20_000), close.repeat(20_000));
        assert_eq!(read(&deep).unwrap_err()[0].code, Code::ConfigSyntax);
        let unclosed = format!("a = {}", open.repeat(20_000));
        assert_eq!(read(&unclosed).unwrap_err()[0].code, Code::ConfigSyntax);
    }
}
