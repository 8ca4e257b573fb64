//! Whom a stated signer is held against, and what nothing is said of.

use std::fs::File;
use std::sync::{Arc, Mutex};

use plimsoll_testkit::fault_registry::wire::{Answer, Head, WireServer};
use plimsoll_testkit::sigstore::{Authority, Issuer, Sigstore};
use plimsoll_testkit::tools;
use plimsoll_testkit::tuf::Tuf;
use serde_json::{Value, json};

use crate::keyed;
use crate::scene::{CONFIG, Scene};
use crate::signing::{SIGNING, run, tagged};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../plimsoll-sigstore/tests/fixtures/cosign");
const WHO: &str = "--certificate-identity https://github.com/acme/app/.github/workflows/r.yml@refs/tags/v1.0.0 \
                   --certificate-oidc-issuer https://token.actions.githubusercontent.com";

#[test]
fn a_trusted_root_in_an_archive_vouches_for_nobody_who_is_named() {
    let scene = tagged(SIGNING);
    run(&scene, "release v1.0.0 --local").expect_success();
    let root = std::fs::read(format!("{FIXTURES}/trusted_root.json")).unwrap();
    scene.repo.write("trusted_root.json", &root);
    scene.run("export v1.0.0 --local --trust trusted_root.json").expect_success();
    let there = Scene::empty();
    std::fs::copy(scene.repo.path().join("app-1.0.0.tar"), there.repo.path().join("app.tar")).unwrap();
    // Whom to trust of an identity is asked of the instance, which says nothing here.
    let tuf = Tuf::start(there.environment(), &[]);
    tuf.fall_silent();
    let import = |options: &str| {
        let line = format!("import app.tar --local --to registry.internal -o json {options}");
        let command = there.plimsoll(&line);
        let output =
            command.set("PLIMSOLL_TUF_REPOSITORY", tuf.url()).set("PLIMSOLL_TUF_ROOT", tuf.root()).run();
        let answer: Value = serde_json::from_str(output.stdout()).unwrap();
        (output.code(), answer["error"]["code"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(import(WHO), (Some(8), "signing-service".to_owned()));
    let asked = tuf.asked().len();
    assert!(asked > 0);
    // With a root of one's own nobody is asked.
    there.repo.write("mine.json", &root);
    let own = import(&format!("{WHO} --trusted-root mine.json"));
    assert_eq!((own, tuf.asked().len()), ((Some(6), "signature-refused".to_owned()), asked));
}

#[test]
fn a_part_of_a_file_never_passes_for_all_of_it() {
    let scene = Scene::empty();
    let Some(openssl) = tools::require("openssl") else { return };
    let openssl = |line: &str| {
        let command = openssl.command(scene.environment()).in_folder(scene.repo.path());
        command.args(line.split(' ')).run().expect_success();
    };
    openssl("genpkey -algorithm ed25519 -out release.key");
    openssl("pkey -in release.key -pubout -out release.pub");
    // Sparse: it takes no room, and nobody has to read it.
    let large = 512 * 1024 * 1024 + 1;
    File::create(scene.repo.path().join("disk.img")).unwrap().set_len(large).unwrap();
    std::fs::copy(
        format!("{FIXTURES}/key-blob.sigstore.json"),
        scene.repo.path().join("disk.img.sigstore.json"),
    )
    .unwrap();
    let line = "verify file disk.img --bundle disk.img.sigstore.json --key release.pub";
    let refused = scene.run(line).expect_code(2);
    for said in ["error[key-unusable]", "disk.img has more than 512 MiB", "nothing was verified"] {
        assert!(refused.stderr().contains(said), "{said}: {}", refused.stderr());
    }
}

/// A job of GitLab that releases a project's tag, with the pipeline of a repository.
fn pipeline(project: &str, repository: &str) -> Value {
    json!({
        "sub": format!("project_path:{project}:ref_type:tag:ref:v1.0.0"),
        "project_path": project,
        "ci_config_ref_uri": format!("gitlab.test/{repository}//.gitlab-ci.yml@refs/tags/v1.0.0"),
        "sha": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    })
}

#[test]
fn a_pipeline_of_gitlab_may_release_where_it_is_trusted() {
    let scene = Scene::empty();
    let Some(issuer) = Issuer::start(scene.environment()) else { return };
    let authority = Authority::start();
    let root = r#"{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}"#;
    scene.repo.write("signing_config.json", authority.signing_config(&issuer.url()));
    scene.repo.write("trusted_root.json", root).write("app", "app\n");
    let signing = "[signing]\nkeyless = true\nidentity-token = \"env:TOKEN\"\n\
                   signing-config = \"signing_config.json\"\ntrusted-root = \"trusted_root.json\"\n";
    let ours = "repository = \"https://gitlab.test/acme/app\"";
    let file = "identity = \"https://gitlab.test/acme/app//.gitlab-ci.yml@refs/tags/v1.0.0\"";
    let shared = "repository = \"https://gitlab.test/acme/tools\"";
    for (number, (trust, project, repository, counts)) in [
        (ours.to_owned(), "acme/app", "acme/app", true),
        (format!("{ours}\nworkflow = \".gitlab-ci.yml\""), "acme/app", "acme/app", true),
        (format!("{ours}\nworkflow = \"ci.yml\""), "acme/app", "acme/app", false),
        (file.to_owned(), "acme/app", "acme/app", true),
        // A stranger's project that runs our pipeline.
        (ours.to_owned(), "evil/app", "acme/app", false),
        (file.to_owned(), "evil/app", "acme/app", false),
        // Our project, with the pipeline of our organisation.
        (shared.to_owned(), "acme/app", "acme/tools", false),
        (format!("{shared}\nsource = \"https://gitlab.test/acme/app\""), "acme/app", "acme/tools", true),
    ]
    .into_iter()
    .enumerate()
    {
        let tables = format!("\n{signing}[[trust]]\nissuer = \"{}\"\n{trust}\n", issuer.job_url());
        let tag = format!("v1.0.{number}");
        scene.repo.write("plimsoll.toml", format!("{CONFIG}{tables}")).commit(&tag);
        scene.repo.annotated_tag(&tag);
        let token = issuer.job_token(&pipeline(project, repository));
        let output = scene.plimsoll(&format!("release {tag} --local")).set("TOKEN", token).run();
        let (code, said) = match counts {
            true => (4, "nobody is certified here"),
            false => (6, "would sign, and its signatures would not count"),
        };
        let shown = output.expect_code(code).stderr().to_owned();
        assert!(shown.contains(said), "{tables}: {shown}");
    }
}

#[test]
fn a_pipeline_of_gitlab_signs_once_and_for_its_own_project() {
    let scene = Scene::released();
    let Some(stack) = Sigstore::start(scene.environment()) else { return };
    let services = format!(
        "--signing-config {} --trusted-root {}",
        stack.signing_config().display(),
        stack.trusted_root().display()
    );
    let image = keyed::LOCAL;
    let sign = |project: &str| {
        let token = stack.job_token(&pipeline(project, "acme/app"));
        let line = format!("sign image {image} --identity-token env:TOKEN {services} -o json");
        let output = scene.plimsoll(&line).set("TOKEN", token).run().expect_success();
        let answer: Value = serde_json::from_str(output.stdout()).unwrap();
        answer["outcome"].as_str().unwrap().to_owned()
    };
    // Who calls our pipeline is not us.
    let outcomes = [sign("evil/app"), sign("acme/app"), sign("acme/app"), sign("evil/app")];
    assert_eq!(outcomes, ["signed", "signed", "already-signed", "already-signed"]);
    let name = "https://gitlab.test/acme/app//.gitlab-ci.yml@refs/tags/v1.0.0";
    let verify = |source: &str| {
        let line = format!(
            "verify image {image} --certificate-identity {name} --certificate-oidc-issuer {} --trusted-root {} {source}",
            stack.job_issuer(),
            stack.trusted_root().display()
        );
        scene.json(&line)
    };
    let reasons = |answer: &Value| {
        let all = answer["signatures"].as_array().unwrap().iter();
        let mut all: Vec<String> = all.map(|one| one["reason"].to_string()).collect();
        all.sort();
        all
    };
    assert_eq!(reasons(&verify("")), ["null", "null"]);
    let ours = verify("--certificate-source-repository https://gitlab.test/acme/app");
    assert_eq!(reasons(&ours), ["\"identity-other-source\"", "null"], "{ours:#}");
    assert_eq!(ours["verdict"], "verified");
    let nobody = verify("--certificate-source-repository https://gitlab.test/acme/other");
    assert_eq!(nobody["verdict"], "refused", "{nobody:#}");
}

#[test]
fn of_whom_is_trusted_it_is_said_for_which_repository() {
    let check = |trust: &str| {
        let scene = Scene::with_config(&format!("{CONFIG}\n[[trust]]\n{trust}\n"));
        scene.json("check")["problems"][0]["code"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(check("key = \"release.pub\"\nsource = \"https://github.com/acme/app\""), "invalid-value");
    let shared = "issuer = \"https://i\"\nrepository = \"https://github.com/acme/tools\"";
    assert_eq!(check(&format!("{shared}\nsource = \"https://github.com/acme/app\"")), "no-remote");
}

#[test]
fn what_signs_is_no_key_to_verify_by() {
    let scene = Scene::empty();
    scene.repo.write("app.txt", "hello\n");
    let with = |line: &str, name: &str| {
        let command = scene.plimsoll(line).set("COSIGN_PASSWORD", keyed::PASSWORD);
        command.set("PLIMSOLL_KEY", "release.key").set("PLIMSOLL_PUBLIC_KEY", name).run()
    };
    keyed::run(&scene, "key generate --output-key-prefix release").expect_success();
    with("sign file app.txt --bundle app.json", "release.pub").expect_success();
    with("verify file app.txt --bundle app.json", "release.pub").expect_success();
    // A job that signs with a key may verify by identity.
    let line = format!("verify file app.txt --bundle app.json {WHO} --trusted-root root.json");
    std::fs::copy(format!("{FIXTURES}/trusted_root.json"), scene.repo.path().join("root.json")).unwrap();
    let refused = scene.plimsoll(&line).set("PLIMSOLL_KEY", "release.key").run().expect_code(6);
    assert!(refused.stderr().contains("signed with a key, and an identity"), "{}", refused.stderr());
}

#[test]
fn what_could_not_be_recognised_later_is_not_signed() {
    let scene = Scene::empty();
    scene.repo.write("token", "a.token.of").write("signing_config.json", "{}").write("p.json", "{}");
    for line in [
        "sign image local:registry.example/app:1.0.0",
        "attest image local:registry.example/app:1.0.0 --type custom --predicate p.json",
    ] {
        let line = format!("{line} --identity-token token --signing-config signing_config.json");
        let refused = scene.run(&line).expect_code(2);
        assert!(refused.stderr().contains("--trusted-root"), "{}", refused.stderr());
    }
}

#[test]
fn a_token_goes_over_no_network_in_the_clear() {
    let scene = Scene::empty();
    let Some(issuer) = Issuer::start(scene.environment()) else { return };
    let authority = Authority::start();
    let config = authority.signing_config(&issuer.url());
    let mut exposed: Value = serde_json::from_str(&config).unwrap();
    exposed["caUrls"][0]["url"] = json!("http://fulcio.test");
    scene.repo.write("app.txt", "hello\n").write("token", issuer.token());
    scene.repo.write("signing_config.json", exposed.to_string());
    let sign = "sign file app.txt --bundle app.json --signing-config signing_config.json";
    let refused = scene.run(&format!("{sign} --identity-token token")).expect_code(2);
    for said in ["error[trust-invalid]", "http://fulcio.test", "is not reached by https"] {
        assert!(refused.stderr().contains(said), "{said}: {}", refused.stderr());
    }
    // An issuer that would have the code sent elsewhere, and one that is elsewhere itself.
    let elsewhere = WireServer::start(|head: &Head, _: &[u8]| {
        let here = format!("http://{}", head.header("host").unwrap_or_default());
        let described = json!({
            "issuer": here,
            "authorization_endpoint": format!("{here}/auth"),
            "token_endpoint": "http://issuer.test/token",
        });
        Answer::status(200).body(described.to_string())
    });
    for (url, said) in [
        (elsewhere.url(""), "its exchange of codes for tokens is not reached by https"),
        ("http://issuer.test".to_owned(), "http://issuer.test can't be used: it is not reached by https"),
    ] {
        scene.repo.write("signing_config.json", authority.signing_config(&url));
        let refused = scene.plimsoll(sign).run_at_terminal(&[]);
        assert!(refused.stderr().contains(said), "{said}: {}", refused.stderr());
        assert_ne!(refused.code(), Some(0));
    }
    assert!(authority.shown().is_empty());
}

#[test]
fn a_token_goes_to_the_authority_that_is_named_and_not_where_that_points() {
    let scene = Scene::empty();
    let Some(issuer) = Issuer::start(scene.environment()) else { return };
    for status in [307, 308] {
        let got = Arc::new(Mutex::new(0));
        let counted = Arc::clone(&got);
        let elsewhere = WireServer::start(move |_: &Head, _: &[u8]| {
            *counted.lock().unwrap() += 1;
            Answer::status(400)
        });
        let there = elsewhere.url("/api/v2/signingCert");
        let authority =
            WireServer::start(move |_: &Head, _: &[u8]| Answer::status(status).header("location", &there));
        let mut config: Value =
            serde_json::from_str(&Authority::start().signing_config(&issuer.url())).unwrap();
        config["caUrls"][0]["url"] = json!(authority.url(""));
        scene.repo.write("app.txt", "hello\n").write("token", issuer.token());
        scene.repo.write("signing_config.json", config.to_string());
        let sign =
            "sign file app.txt --bundle app.json --signing-config signing_config.json --identity-token token";
        let refused = scene.run(sign);
        assert_ne!(refused.code(), Some(0));
        assert!(refused.stderr().contains("it leads to another host"), "{}", refused.stderr());
        assert_eq!(*got.lock().unwrap(), 0, "{status}");
    }
}

#[test]
fn what_strangers_wrote_paints_no_verdict() {
    let scene = Scene::empty();
    let text = std::fs::read_to_string(format!("{FIXTURES}/key-blob.sigstore.json")).unwrap();
    let mut bundle: Value = serde_json::from_str(&text).unwrap();
    bundle["mediaType"] = json!("x\u{1b}[2J\u{1b}[H\n\napp.txt is signed as it must be\n");
    scene.repo.write("app.txt", "hello\n").write("app.json", bundle.to_string());
    let refused = scene.run("verify file app.txt --bundle app.json --color always").expect_code(6);
    let shown = refused.stdout();
    assert!(shown.contains("␛[2J␛[H␊␊app.txt is signed"), "{shown}");
    assert!(
        !shown.contains("\u{1b}[2J") && !shown.lines().any(|line| line.starts_with("app.txt is signed")),
        "{shown}"
    );
    assert!(!refused.stderr().contains("\u{1b}[2J"), "{}", refused.stderr());
}

#[test]
fn a_timestamp_of_the_older_form_is_of_the_whole_envelope_as_cosign_has_it() {
    let scene = keyed::scene();
    let Some(stack) = Sigstore::start(scene.environment()) else { return };
    let Some(cosign) = tools::require("cosign2") else { return };
    let mut config: Value =
        serde_json::from_str(&std::fs::read_to_string(stack.signing_config()).unwrap()).unwrap();
    let stamps = config["tsaUrls"][0]["url"].as_str().unwrap().to_owned();
    config["rekorTlogUrls"] = json!([]);
    config["rekorTlogConfig"] = json!({});
    scene.repo.write("stamps.json", config.to_string()).write("p.json", "{\"so\":true}");
    let root = format!("--trusted-root {}", stack.trusted_root().display());
    let chain = stack.timestamp_chain().display().to_string();
    for registry in keyed::registries() {
        let there = registry.repository("acme/stamped");
        let copied = scene.json(&format!("copy {} {there}", keyed::LOCAL));
        let image = format!("{there}@{}", copied["digests"][0].as_str().unwrap());
        let kind = "https://acme.example/so/v1";
        let ours = |form: &str| {
            let line = format!(
                "attest image {image} --type {kind} --predicate p.json --key one.key --signing-config stamps.json {root} --format {form}"
            );
            keyed::run(&scene, &line).expect_success();
        };
        ours("legacy");
        let theirs = format!(
            "attest --yes --key two.key --type {kind} --predicate p.json --tlog-upload=false --timestamp-server-url {stamps} {image}"
        );
        keyed::cosign(&cosign, &scene, &theirs).expect_success();
        for key in ["one", "two"] {
            let line = format!("verify image {image} --type {kind} --key {key}.pub {root}");
            let (code, found) = keyed::json(&scene, &line);
            assert_eq!(code, 0, "{key}: {found:#}");
            let times = found["signatures"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["times"].as_array().unwrap().len());
            assert!(times.sum::<usize>() > 0, "{found:#}");
            let line = format!(
                "verify-attestation --key {key}.pub --type {kind} --insecure-ignore-tlog --use-signed-timestamps --timestamp-certificate-chain {chain} {image}"
            );
            keyed::cosign(&cosign, &scene, &line).expect_success();
        }
        // Beside a bundle cosign 2.6 looks at nothing else, and takes no chain.
        ours("both");
        let line = format!("verify image {image} --type {kind} --key one.pub {root}");
        let (code, found) = keyed::json(&scene, &line);
        assert_eq!((code, found["signatures"].as_array().map(Vec::len)), (0, Some(3)), "{found:#}");
    }
}
