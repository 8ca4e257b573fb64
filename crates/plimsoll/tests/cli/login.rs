//! Whoever signs without key and token logs in with a browser; the test is the browser.

use plimsoll_http::Secret;
use plimsoll_sigstore::keyless::IdentityToken;
use plimsoll_testkit::process::{Echo, Invocation, Output};
use plimsoll_testkit::sigstore::{Authority, Issuer, PERSON, Sigstore};

use crate::scene::{CONFIG, Scene};

/// A file to sign, an issuer where people log in, and an authority that is shown their tokens.
struct Stand {
    scene: Scene,
    issuer: Issuer,
    authority: Authority,
}

impl Stand {
    fn new() -> Option<Stand> {
        let scene = Scene::empty();
        let (issuer, authority) = (Issuer::start(scene.environment())?, Authority::start());
        let config = authority.signing_config(&issuer.url());
        scene.repo.write("app.txt", "hello\n").write("signing_config.json", config);
        Some(Stand { scene, issuer, authority })
    }

    fn sign(&self) -> Invocation {
        self.scene.plimsoll("sign file app.txt --bundle app.json --signing-config signing_config.json")
    }

    /// That the authority was shown one token, of who logged in.
    #[track_caller]
    fn expect_shown(&self) {
        let shown = self.authority.shown();
        let [token] = shown.as_slice() else { panic!("{} tokens were shown", shown.len()) };
        let claims = IdentityToken::parse(&Secret::new(token.as_str())).unwrap();
        assert_eq!((claims.subject.as_str(), claims.issuer), (PERSON, self.issuer.url()));
    }
}

/// The addresses that a terminal has shown to log in at.
fn addresses(shown: &str) -> Vec<String> {
    let lines = shown.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    let lines = lines.filter_map(|line| line.trim().strip_prefix("http://"));
    lines.filter(|line| line.contains("/auth?")).map(|line| format!("http://{line}")).collect()
}

/// Runs a program before somebody who logs in wherever he is asked to: what it was, how often, and what the browser showed last.
fn run_and_log_in(command: Invocation, browse: impl Fn(&str) -> String) -> (Output, usize, String) {
    let (mut times, mut page) = (0, String::new());
    let output = command.run_before(|shown, _| {
        if let Some(address) = addresses(shown).get(times) {
            times += 1;
            page = browse(address);
        }
        None
    });
    (output, times, page)
}

#[test]
fn a_person_at_a_terminal_logs_in_with_a_browser() {
    let Some(stand) = Stand::new() else { return };
    let (output, times, page) = run_and_log_in(stand.sign(), |address| stand.issuer.log_in(address));
    let output = output.expect_code(4);
    assert!(output.stderr().contains("nobody is certified here"), "{}", output.stderr());
    assert_eq!(times, 1, "{output:?}");
    assert!(page.starts_with("HTTP/1.1 200 ") && page.contains("may be closed"), "{page}");
    stand.expect_shown();
    // Nobody sits at these.
    let alone = stand.sign().run().expect_code(2);
    assert!(alone.stderr().contains("it is not said who signs"), "{}", alone.stderr());
    let job = stand.sign().set("CI", "true").run_before(|_, _| None).expect_code(2);
    assert!(job.stderr().contains("it is not said who signs"), "{}", job.stderr());
}

#[test]
fn who_refuses_to_log_in_signs_nothing() {
    let Some(stand) = Stand::new() else { return };
    let (output, _, page) = run_and_log_in(stand.sign(), |address| stand.issuer.refuse_to_log_in(address));
    let output = output.expect_code(4);
    assert!(output.stderr().contains("access_denied: the person refused"), "{}", output.stderr());
    assert!(page.starts_with("HTTP/1.1 400 ") && page.contains("The terminal says why"), "{page}");
    assert!(stand.authority.shown().is_empty() && !stand.scene.has("app.json"));
}

#[test]
fn who_sits_elsewhere_types_the_code() {
    let Some(stand) = Stand::new() else { return };
    let type_code = |right: bool| {
        let mut typed = false;
        let command = stand.sign().set("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 22");
        command.run_before(|shown, echo| {
            let address = addresses(shown).pop()?;
            if typed || !shown.contains("Code that the browser shows: ") || echo == Echo::Shown {
                return None;
            }
            typed = true;
            let page = stand.issuer.log_in(&address);
            if right { page.lines().last().map(str::to_owned) } else { Some("another".to_owned()) }
        })
    };
    let wrong = type_code(false).expect_code(4);
    assert!(wrong.stderr().contains("the login was refused: invalid_grant"), "{}", wrong.stderr());
    let output = type_code(true).expect_code(4);
    assert!(output.stderr().contains("nobody is certified here"), "{}", output.stderr());
    assert!(!output.stderr().contains("localhost"), "{}", output.stderr());
    stand.expect_shown();
}

#[test]
fn a_browser_is_opened_where_there_is_a_screen() {
    let Some(stand) = Stand::new() else { return };
    let script = "#!/bin/sh\nprintf '%s' \"$1\" > opened.part && mv opened.part opened\n";
    stand.scene.repo.write("bin/xdg-open", script);
    let folder = stand.scene.repo.path();
    let program = folder.join("bin/xdg-open");
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}/bin:{}", folder.display(), std::env::var("PATH").unwrap());
    let mut done = false;
    let output = stand.sign().set("PATH", path).set("WAYLAND_DISPLAY", "wayland-0").run_before(|_, _| {
        if let (false, Ok(address)) = (done, std::fs::read_to_string(folder.join("opened"))) {
            done = true;
            stand.issuer.log_in(&address);
        }
        None
    });
    output.expect_code(4);
    stand.expect_shown();
}

#[test]
fn a_release_asks_for_a_login_before_it_makes_anything() {
    let Some(stand) = Stand::new() else { return };
    let trust = r#"{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}"#;
    stand.scene.repo.write("trusted_root.json", trust);
    tag(&stand.scene, &stand.issuer.url(), "v1.0.0", "");
    let release = || stand.scene.plimsoll("release v1.0.0 --local");
    let (output, times, _) = run_and_log_in(release(), |address| stand.issuer.log_in(address));
    let output = output.expect_code(4);
    assert!(output.stderr().contains("nobody is certified here"), "{}", output.stderr());
    assert_eq!(times, 1, "{}", output.stderr());
    stand.expect_shown();
    let alone = release().run().expect_code(4);
    assert!(alone.stderr().contains("nobody sits at a terminal to log in"), "{}", alone.stderr());
    // A job's own name for its token.
    tag(&stand.scene, &stand.issuer.url(), "v1.0.1", "identity-token = \"env:RELEASE_TOKEN\"");
    let release = || stand.scene.plimsoll("release v1.0.1 --local");
    let unset = release().run().expect_code(4);
    assert!(unset.stderr().contains("RELEASE_TOKEN is not set"), "{}", unset.stderr());
    let mine = release().set("RELEASE_TOKEN", stand.issuer.token()).run();
    assert!(mine.stderr().contains("nobody is certified here"), "{}", mine.stderr());
    let none = release().set("RELEASE_TOKEN", "no token").run().expect_code(4);
    assert!(none.stderr().contains("this is no identity token"), "{}", none.stderr());
}

/// A commit whose releases are signed by whoever logs in, and its tag.
fn tag(scene: &Scene, issuer: &str, name: &str, more: &str) {
    let tables = format!(
        "\n[signing]\nkeyless = true\n{more}\nsigning-config = \"signing_config.json\"\ntrusted-root = \"trusted_root.json\"\n[[trust]]\nissuer = \"{issuer}\"\nidentity = \"{PERSON}\"\n"
    );
    scene.repo.write("plimsoll.toml", format!("{CONFIG}{tables}")).write("app", name).commit(name);
    scene.repo.annotated_tag(name);
}

#[test]
fn one_login_signs_a_release_by_a_sigstore_of_ones_own() {
    let scene = Scene::empty();
    let Some(stack) = Sigstore::start(scene.environment()) else { return };
    let read = |path| std::fs::read(path).unwrap();
    scene
        .repo
        .write("signing_config.json", read(stack.signing_config()))
        .write("trusted_root.json", read(stack.trusted_root()))
        .write("app.txt", "hello\n");
    tag(&scene, &stack.issuer(), "v1.0.0", "");
    let release = scene.plimsoll("release v1.0.0 --local");
    let (output, times, _) = run_and_log_in(release, |address| stack.log_in(address));
    let output = output.expect_success();
    assert_eq!(times, 1, "{}", output.stderr());
    scene.run("verify v1.0.0 --local").expect_success();
    let with = "--trusted-root trusted_root.json --bundle app.json";
    let sign = scene.plimsoll(&format!("sign file app.txt {with} --signing-config signing_config.json"));
    run_and_log_in(sign, |address| stack.log_in(address)).0.expect_success();
    let who = format!("--certificate-identity {PERSON} --certificate-oidc-issuer {}", stack.issuer());
    scene.run(&format!("verify file app.txt {with} {who}")).expect_success();
}
