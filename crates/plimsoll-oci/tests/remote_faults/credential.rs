//! Logins from the places where users keep them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use plimsoll_oci::remote::credential::{Configured, Credentials, Found, Login, UserEnvironment};
use plimsoll_testkit::env::Environment;

fn environment(home: &Path, variables: &[(&str, &str)]) -> UserEnvironment {
    UserEnvironment {
        variables: variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        home: Some(home.to_path_buf()),
    }
}

async fn look(environment: UserEnvironment, repository: &str) -> (String, Option<String>) {
    shown(find(&Credentials::new(vec![], environment), repository).await)
}

async fn find(credentials: &Credentials, repository: &str) -> Found {
    let (registry, path) = repository.split_once('/').unwrap();
    credentials.find(&registry.parse().unwrap(), path).await
}

fn shown(found: Found) -> (String, Option<String>) {
    let login = match found.login {
        None => "nothing".to_owned(),
        Some(Login::Password { user, password }) => format!("{user}:{}", password.expose()),
        Some(Login::IdentityToken(token)) => format!("identity {}", token.expose()),
        Some(Login::RegistryToken(token)) => format!("registry {}", token.expose()),
    };
    (login, found.source)
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A file with one login, whose password is `password`.
fn file(registry: &str, password: &str) -> String {
    format!(r#"{{"auths":{{"{registry}":{{"username":"u","password":"{password}"}}}}}}"#)
}

/// A helper that knows `known.example` and writes each server that it is asked for into `log`.
fn install_helper(folder: &Path, name: &str, log: &Path) {
    let script = format!(
        "#!/bin/sh\nread -r server\necho \"$1 $server $#\" >> {}\ncase \"$server\" in\n\
         known.example) echo '{{\"ServerURL\":\"known.example\",\"Username\":\"helped\",\"Secret\":\"s3cret\"}}';;\n\
         https://index.docker.io/v1/) echo '{{\"Username\":\"<token>\",\"Secret\":\"hub\"}}';;\n\
         broken.example) echo 'keychain is locked'; exit 1;;\n\
         *) echo 'credentials not found in native keychain'; exit 1;;\nesac\n",
        log.display()
    );
    let path = folder.join(format!("docker-credential-{name}"));
    write(&path, &script);
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test]
async fn the_first_place_that_knows_the_registry_counts() {
    let machine = Environment::new();
    let home = machine.root();
    let (docker, podman) = (home.join(".docker/config.json"), home.join("run/containers/auth.json"));
    let helm = home.join(".config/helm/registry/config.json");
    write(&docker, &file("r.example", "docker"));
    write(&podman, &file("r.example", "podman"));
    write(&helm, &file("r.example", "helm"));
    let runtime = home.join("run").display().to_string();
    let inline = file("r.example", "inline");
    let variables = [("XDG_RUNTIME_DIR", runtime.as_str()), ("DOCKER_AUTH_CONFIG", &inline)];
    let found = |environment| look(environment, "r.example/a");
    let named = |password: &str, place: &Path| (format!("u:{password}"), Some(place.display().to_string()));
    assert_eq!(
        found(environment(home, &variables)).await,
        ("u:inline".into(), Some("DOCKER_AUTH_CONFIG".into()))
    );
    assert_eq!(found(environment(home, &variables[..1])).await, named("docker", &docker));
    fs::remove_file(&docker).unwrap();
    assert_eq!(found(environment(home, &variables[..1])).await, named("podman", &podman));
    fs::remove_file(&podman).unwrap();
    assert_eq!(found(environment(home, &variables[..1])).await, named("helm", &helm));
    fs::remove_file(&helm).unwrap();
    assert_eq!(found(environment(home, &variables[..1])).await, ("nothing".into(), None));
}

#[tokio::test]
async fn a_configured_login_comes_before_all_and_alone() {
    let machine = Environment::new();
    write(&machine.root().join(".docker/config.json"), &file("r.example", "docker"));
    let configured = Configured { registry: "r.example".parse().unwrap(), name: "env:R".into(), login: None };
    let credentials = Credentials::new(vec![configured], environment(machine.root(), &[]));
    let found = shown(find(&credentials, "r.example/a").await);
    assert_eq!(found, ("nothing".into(), Some("env:R, which is not set".into())));
}

#[tokio::test]
async fn helpers_are_asked_once_and_only_by_name() {
    let machine = Environment::new();
    let (home, log) = (machine.root(), machine.root().join("log"));
    install_helper(&home.join("bin"), "test", &log);
    write(&home.join(".docker/config.json"), r#"{"credsStore":"test","auths":{"known.example":{}}}"#);
    let path = format!("{}:/usr/bin:/bin", home.join("bin").display());
    let credentials = Credentials::new(vec![], environment(home, &[("PATH", &path)]));
    let (login, source) = shown(find(&credentials, "known.example/a").await);
    assert_eq!(login, "helped:s3cret");
    assert!(source.unwrap().starts_with("docker-credential-test, named in "));
    find(&credentials, "known.example/a").await;
    find(&credentials, "known.example/b").await;
    assert_eq!(shown(find(&credentials, "docker.io/library/a").await).0, "identity hub");
    assert_eq!(shown(find(&credentials, "other.example/a").await), ("nothing".into(), None));
    let asked = fs::read_to_string(&log).unwrap();
    assert_eq!(asked, "get known.example 1\nget https://index.docker.io/v1/ 1\nget other.example 1\n");
}

#[tokio::test]
async fn a_helper_that_fails_is_named_where_a_login_is_missing() {
    let machine = Environment::new();
    let home = machine.root();
    install_helper(&home.join("bin"), "test", &home.join("log"));
    let path = format!("{}:/usr/bin:/bin", home.join("bin").display());
    let cases = [
        ("test", "it said `keychain is locked`"),
        ("absent", "it is not in PATH"),
        ("../evil", "it has an impossible name"),
    ];
    for (helper, why) in cases {
        let config = format!(r#"{{"credHelpers":{{"broken.example":"{helper}"}}}}"#);
        write(&home.join(".docker/config.json"), &config);
        let (login, source) = look(environment(home, &[("PATH", &path)]), "broken.example/a").await;
        assert_eq!(login, "nothing");
        assert!(source.as_ref().is_some_and(|source| source.ends_with(why)), "{source:?}");
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_named_and_passed_over() {
    let machine = Environment::new();
    let home = machine.root();
    write(&home.join(".docker/config.json"), "{ not json");
    let (login, source) = look(environment(home, &[]), "r.example/a").await;
    assert_eq!(login, "nothing");
    assert!(source.unwrap().contains(".docker/config.json, which can't be read"));
    write(&home.join(".config/containers/auth.json"), &file("r.example", "podman"));
    assert_eq!(look(environment(home, &[]), "r.example/a").await.0, "u:podman");
}

#[tokio::test]
async fn the_token_of_a_job_is_for_its_own_registry() {
    let machine = Environment::new();
    let variables = [("GITHUB_ACTIONS", "true"), ("GITHUB_TOKEN", "ghs_1"), ("GITHUB_ACTOR", "octocat")];
    let find = |environment, repository| look(environment, repository);
    let home = machine.root();
    let token = Some("GITHUB_TOKEN".to_owned());
    assert_eq!(find(environment(home, &variables), "ghcr.io/a/b").await, ("octocat:ghs_1".into(), token));
    assert_eq!(find(environment(home, &variables), "docker.io/a/b").await, ("nothing".into(), None));
    assert_eq!(find(environment(home, &variables[1..]), "ghcr.io/a/b").await, ("nothing".into(), None));
    let (login, source) = find(environment(home, &variables[..1]), "ghcr.io/a/b").await;
    assert_eq!((login.as_str(), source.as_deref()), ("nothing", Some("GITHUB_TOKEN, which is not set")));
}

#[tokio::test]
async fn a_job_of_gitlab_has_a_login_for_the_registry_beside_it_alone() {
    let machine = Environment::new();
    let variables = [
        ("GITLAB_CI", "true"),
        ("CI_REGISTRY", "registry.acme.example:5050"),
        ("CI_REGISTRY_USER", "gitlab-ci-token"),
        ("CI_REGISTRY_PASSWORD", "glcbt-1"),
    ];
    let home = machine.root();
    let own = "registry.acme.example:5050/acme/app";
    let source = Some("CI_REGISTRY_PASSWORD".to_owned());
    let found = |variables: &[(&str, &str)], repository| look(environment(home, variables), repository);
    assert_eq!(found(&variables, own).await, ("gitlab-ci-token:glcbt-1".into(), source));
    for other in ["registry.acme.example/acme/app", "docker.io/a/b", "ghcr.io/a/b"] {
        assert_eq!(found(&variables, other).await, ("nothing".into(), None), "{other}");
    }
    assert_eq!(found(&variables[1..], own).await, ("nothing".into(), None), "no job of GitLab");
    let unset = Some("CI_REGISTRY_PASSWORD, which is not set".to_owned());
    assert_eq!(found(&variables[..3], own).await, ("nothing".into(), unset));
    // What somebody named or logged in with comes first.
    write(&home.join(".docker/config.json"), &file("registry.acme.example:5050", "docker"));
    assert_eq!(found(&variables, own).await.0, "u:docker");
}
