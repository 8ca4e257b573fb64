//! The canonical form, against texts and hashes that dstack's own types and SDKs gave for the same manifest.

use proptest::prelude::*;

use super::*;

const COMPOSE: &str = "services:\n  app:\n    image: \"acme/app:1.0@sha256:4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a\"\n";

const LEAST: &str = r#"{"docker_compose_file":"services:\n  app:\n    image: \"acme/app:1.0@sha256:4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a\"\n","gateway_enabled":false,"kms_enabled":false,"local_key_provider_enabled":false,"manifest_version":2,"name":"app","no_instance_id":false,"public_logs":false,"public_sysinfo":false,"public_tcbinfo":true,"runner":"docker-compose","secure_time":true}"#;
const FULL: &str = r#"{"allowed_envs":["A_1","B"],"docker_compose_file":"services:\n  app:\n    image: \"acme/app:1.0@sha256:4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a\"\n","event_log_version":2,"features":["kms"],"gateway_enabled":true,"init_script":["one","two"],"key_provider":"kms","key_provider_id":"00ff","kms_enabled":true,"local_key_provider_enabled":false,"manifest_version":"3","name":"full","no_instance_id":false,"port_policy":{"ports":[{"port":8080,"pp":true},{"port":443,"pp":false}],"restrict_mode":true},"pre_launch_script":"echo \"é\" > /tmp/x\n","public_logs":false,"public_sysinfo":false,"public_tcbinfo":true,"requirements":{"gpu_policy":{"allow_debug":false,"attest_gpu":true},"launch_token_hash":"abababababababababababababababababababababababababababababababab","os_version":">=0.5.5","platforms":["dstack-tdx"],"tdx_measure_acpi_tables":true},"runner":"nerdctl-compose","secure_time":true,"snapshotter":"stargz","storage_fs":"ext4","swap_size":"2G","verity_volumes":[{"source":"data.img","target":"/data","verity_root":"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"}]}"#;
/// What the hash functions of dstack's SDKs gave for the two (Dstack-TEE/dstack 312dc60): JavaScript and Python for the
/// first, JavaScript for the second, whose `gpu_policy` the Python one does not know.
const SDK_HASHES: [&str; 2] = [
    "0a118885bb33b8c2a26a6c1e441edaaab2197264f36c4a30172ec1c770a6d3ef",
    "fae3ef736297988e54f09612bc05af0f697d8c38a7c8c7f937584acba7573645",
];

fn full() -> AppCompose {
    AppCompose {
        manifest_version: ManifestVersion::Three,
        runner: Runner::NerdctlCompose,
        pre_launch_script: Some("echo \"é\" > /tmp/x\n".into()),
        init_scripts: vec!["one".into(), "two".into()],
        snapshotter: Some("stargz".into()),
        features: vec!["kms".into()],
        switches: Switches { kms_enabled: true, gateway_enabled: true, ..Switches::default() },
        key_provider: Some("kms".into()),
        key_provider_id: Some("00ff".into()),
        allowed_envs: ["B", "A_1"].map(str::to_owned).into(),
        storage_fs: Some("ext4".into()),
        swap_size: Some("2G".into()),
        event_log_version: Some(2),
        port_policy: Some(PortPolicy { ports: vec![(8080, true), (443, false)], restrict_mode: true }),
        requirements: Some(Requirements {
            os_version: Some(">=0.5.5".into()),
            platforms: Some(vec!["dstack-tdx".into()]),
            tdx_measure_acpi_tables: Some(true),
            launch_token_hash: Some("ab".repeat(32)),
            gpu_policy: Some(GpuPolicy {
                attest_gpu: Some(true),
                allow_debug: Some(false),
                ..GpuPolicy::default()
            }),
        }),
        verity_volumes: vec![VerityVolume {
            source: "data.img".into(),
            verity_root: "cd".repeat(32),
            target: "/data".into(),
        }],
        ..AppCompose::named("full")
    }
}

fn text(manifest: &AppCompose) -> String {
    String::from_utf8(manifest.render(COMPOSE).unwrap()).unwrap()
}

#[test]
fn the_least_manifest_is_sorted_compact_and_without_a_line_break() {
    assert_eq!(text(&AppCompose::named("app")), LEAST);
}

#[test]
fn every_field_has_its_place() {
    assert_eq!(text(&full()), FULL);
}

#[test]
fn the_hash_is_that_of_the_bytes() {
    let bytes = full().render(COMPOSE).unwrap();
    let manifest = Manifest::parse(&bytes).unwrap();
    assert_eq!(manifest.hash, Digest::of(&bytes));
    assert_eq!(manifest.compose.as_deref(), Some(COMPOSE));
    assert_eq!(app_id(&manifest.hash).len(), 40);
    assert!(manifest.hash.hex().starts_with(app_id(&manifest.hash)));
    let hashes = [AppCompose::named("app"), full()].map(|manifest| hash(text(&manifest).as_bytes()));
    assert_eq!(hashes.each_ref().map(|hash| hash.hex()), SDK_HASHES);
}

/// What guests and attestations would not survive.
#[test]
fn what_is_refused_and_why() {
    let with = |change: &dyn Fn(&mut AppCompose)| {
        let mut manifest = AppCompose::named("app");
        change(&mut manifest);
        let errors = manifest.render(COMPOSE).err().unwrap_or_default();
        errors.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    for (change, want) in [
        (&(|m: &mut AppCompose| m.name = " ".into()) as &dyn Fn(&mut AppCompose), "`name` is empty"),
        (&|m| m.runner = Runner::Bash(String::new()), "`bash_script` is empty"),
        (
            &|m| m.init_scripts = vec!["a".into(), "b".into()],
            "`init_script` needs `manifest_version` \"3\": older guests would pass over it",
        ),
        (
            &|m| m.requirements = Some(Requirements::default()),
            "`requirements` needs `manifest_version` \"3\": older guests would pass over it",
        ),
        (
            &|m| m.snapshotter = Some("stargz".into()),
            "`snapshotter` means nothing to the runner `docker-compose`",
        ),
        (
            &|m| m.key_provider = Some("vault".into()),
            "`key_provider` is `vault`, and guests know none, kms, local and tpm",
        ),
        (
            &|m| m.key_provider_id = Some("abc".into()),
            "`key_provider_id` is `abc`, and guests know hexadecimal digits in pairs",
        ),
        (&|m| m.storage_fs = Some("btrfs".into()), "`storage_fs` is `btrfs`, and guests know zfs and ext4"),
        (
            &|m| m.swap_size = Some("much".into()),
            "`swap_size` is `much`, and guests know bytes, or a size such as 2G",
        ),
        (&|m| m.event_log_version = Some(3), "`event_log_version` is `3`, and guests know 1 and 2"),
        (
            &|m| m.allowed_envs = ["A-B".to_owned()].into(),
            "`allowed_envs` holds names of variables, and `A-B` is none",
        ),
        (
            &|m| m.allowed_envs = ["TOKEN=hunter2".to_owned()].into(),
            "`allowed_envs` holds a value for `TOKEN`, and whatever stands there is published",
        ),
    ] {
        assert_eq!(with(change), [want]);
    }
    for (size, known) in [
        ("0", true),
        ("536870912", true),
        ("512M", true),
        ("2g", true),
        ("1t", true),
        ("2GB", false),
        ("2GiB", false),
        ("1.5G", false),
        ("G", false),
        ("+1", false),
        ("é", false),
        ("99999999999T", false),
    ] {
        assert_eq!(with(&|m| m.swap_size = Some(size.into())).is_empty(), known, "{size}");
    }
    let six = AppCompose {
        manifest_version: ManifestVersion::Three,
        init_scripts: vec!["x".into(); 6],
        ..AppCompose::named("app")
    };
    assert_eq!(six.render(COMPOSE), Err(vec![AppComposeError::TooManyScripts { count: 6 }]));
}

#[test]
fn what_a_guest_would_not_have_is_named() {
    let compose = "services:\n  app:\n    image: a:1\n    build: .\n    env_file: app.env\n    volumes: [\"./x:/x\", \"data:/data\"]\n";
    let manifest = AppCompose { runner: Runner::NerdctlCompose, ..AppCompose::named("app") };
    let errors: Vec<String> = manifest.render(compose).unwrap_err().iter().map(ToString::to_string).collect();
    assert_eq!(
        errors,
        [
            "service `app` is built, and `nerdctl-compose` builds nothing",
            "`.` under `build` of the compose file is not in the guest: only the file itself is",
            "`app.env` under `env_file` of the compose file is not in the guest: only the file itself is",
            "`./x` under `volumes` of the compose file is not in the guest: only the file itself is",
        ]
    );
}

#[test]
fn what_a_guest_would_not_have_is_named_wherever_compose_looks() {
    let compose = "services:\n  app:\n    image: a:1\n    extends: {file: base.yml, service: b}\n    build: {context: https://example.org/a.git, additional_contexts: {b: ./b}}\nvolumes:\n  d: {driver: local, driver_opts: {o: bind, device: ./d}}\n";
    let left_behind =
        |path: &str, key: &'static str| AppComposeError::PathLeftBehind { path: path.into(), key };
    assert_eq!(
        AppCompose::named("app").render(compose),
        Err(vec![
            left_behind("base.yml", "extends"),
            left_behind("./b", "additional_contexts"),
            left_behind("./d", "driver_opts"),
        ])
    );
}

#[test]
fn what_is_no_manifest() {
    for (bytes, want) in [
        ("{", "it is no JSON: EOF while parsing an object at line 1 column 1"),
        ("[]", "`manifest_version` is not 1, 2 or the text of a number"),
        ("{\"manifest_version\":3}", "`manifest_version` is not 1, 2 or the text of a number"),
        ("{\"manifest_version\":\"03\"}", "`manifest_version` is not 1, 2 or the text of a number"),
        ("{\"manifest_version\":\"3\"}", "`name` is not a text"),
        ("{\"manifest_version\":2,\"name\":\"a\"}", "`runner` is not a text"),
    ] {
        assert_eq!(Manifest::parse(bytes.as_bytes()).unwrap_err().to_string(), want, "{bytes}");
    }
}

proptest! {
    #[test]
    fn the_text_inside_comes_out_as_it_went_in(compose in "\\PC{0,40}", name in "[a-z]{1,8}") {
        let bytes = AppCompose::named(&name).render(&compose).unwrap();
        let again = AppCompose::named(&name).render(&compose).unwrap();
        prop_assert_eq!(&again, &bytes);
        prop_assert_eq!(Manifest::parse(&bytes).unwrap().compose, Some(compose));
        prop_assert_ne!(bytes.last(), Some(&b'\n'));
    }
}
