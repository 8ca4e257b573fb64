//! What a Dockerfile is given besides its files: keys, networks, caches and further contexts, by real builders.

use std::os::unix::net::UnixListener;

use plimsoll_testkit::builders::push_base;
use serde_json::json;

use crate::yard::{Kind, Sea, Yard};

/// The first platform's only layer list, to see what `COPY` brought.
fn files(yard: &Yard, image: &str) -> Vec<String> {
    let built = yard.json("build");
    let index = yard.manifest(&built["images"][0]["digest"]);
    let manifest = yard.manifest(&index["manifests"][0]["digest"]);
    assert!(manifest["layers"].as_array().is_some_and(|layers| !layers.is_empty()), "{image}: {manifest:#}");
    manifest["layers"].as_array().unwrap().iter().map(|layer| layer["digest"].to_string()).collect()
}

#[test]
fn a_further_context_is_copied_from() {
    for kind in [Kind::Buildx, Kind::Buildctl, Kind::Buildah] {
        let Some(yard) = Yard::new(kind, Sea::Local) else { continue };
        let config = yard.config(&["linux/amd64"], "contexts = { dist = \"dist\" }", "");
        yard.commit(&config, "FROM scratch\nCOPY --from=dist tool /tool\n");
        // It is no file of the commit: an earlier step left it there.
        yard.repo.write("dist/tool", "one\n");
        let one = files(&yard, "one");
        yard.repo.write("dist/tool", "two\n");
        assert_ne!(one, files(&yard, "two"), "the context is what lies there");
    }
}

#[test]
fn a_network_that_is_none_is_none() {
    for kind in [Kind::Buildctl, Kind::Buildah] {
        let Some(yard) = Yard::new(kind, Sea::Registry) else { continue };
        let registry = yard.registry.as_ref().expect("a registry was asked for");
        let Some(base) = push_base(&yard.environment, registry) else { continue };
        let address = registry.address().to_string();
        let (host, port) = address.rsplit_once(':').expect("an address has a port");
        let dockerfile = format!("FROM {base}\nRUN busybox nc -w 2 {host} {port} < /dev/null\n");
        let network = |word: &str| yard.config(&["linux/amd64"], &format!("network = \"{word}\""), "");
        yard.commit(&network("host"), &dockerfile);
        match kind {
            // A daemon has to allow its own network, and this one does not.
            Kind::Buildctl => {
                for word in ["host", "none"] {
                    yard.repo.write("plimsoll.toml", network(word));
                    assert_eq!(yard.error("build").0["code"], json!("build-failed"), "{word}");
                }
            }
            // Without namespaces of its own, as here, it has no other network to give.
            _ => drop(yard.run("build")),
        }
    }
}

#[test]
fn a_cache_is_written_and_read_again() {
    let Some(yard) = Yard::new(Kind::Buildctl, Sea::Registry) else { return };
    let registry = yard.registry.as_ref().expect("a registry was asked for");
    let Some(base) = push_base(&yard.environment, registry) else { return };
    let cache = registry.repository("cache");
    let image = format!(
        "cache-from = [\"type=registry,ref={cache}:{{image}}-{{platform}}\"]\ncache-to = [\"type=registry,ref={cache}:{{image}}-{{platform}},mode=max\"]"
    );
    let dockerfile = format!("FROM {base}\nRUN cat /proc/sys/kernel/random/uuid > /chance\n");
    yard.commit(&yard.config(&["linux/amd64"], &image, ""), &dockerfile);
    yard.run("build");
    let log = yard.log("build-app.log");
    assert!(log.contains("exporting cache to registry"), "{log}");
    yard.run("build");
    let log = yard.log("build-app.log");
    assert!(log.contains("importing cache manifest from"), "{log}");
    assert!(!log.contains("error: "), "{log}");
}

#[test]
fn an_agent_is_reached_by_the_build_alone() {
    let Some(mut yard) = Yard::new(Kind::Buildctl, Sea::Registry) else { return };
    let registry = yard.registry.as_ref().expect("a registry was asked for");
    let Some(base) = push_base(&yard.environment, registry) else { return };
    let socket = yard.environment.folder("agent").join("socket");
    let _agent = UnixListener::bind(&socket).expect("a socket can be made in a temporary folder");
    yard.environment.set("SSH_AUTH_SOCK", &socket);
    let dockerfile = format!(
        "FROM {base}\nRUN --mount=type=ssh busybox test -S \"$SSH_AUTH_SOCK\"\nRUN busybox test -z \"$SSH_AUTH_SOCK\"\n"
    );
    yard.commit(&yard.config(&["linux/amd64"], "ssh = [\"default\"]", ""), &dockerfile);
    yard.run("build");
    // Nothing of it is given to a build that does not ask. The command is another one: what ran before is kept.
    yard.repo.write("plimsoll.toml", yard.config(&["linux/amd64"], "", ""));
    yard.repo.write("Dockerfile", dockerfile.replace("test -S", "test -e"));
    let (error, _) = yard.error("build");
    assert_eq!(error["code"], json!("build-failed"), "{error:#}");
}
