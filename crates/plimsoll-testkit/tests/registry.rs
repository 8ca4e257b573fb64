//! Real registries come up, keep apart, and go.

use std::io::{Read, Write};
use std::net::TcpStream;

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::proxy::{Fault, Lasting, Proxy, When};
use plimsoll_testkit::registry::{Access, Flavor, PASSWORD, Registry, USER};
use plimsoll_testkit::tools;

/// The status line and headers of `/v2/`.
fn ping(address: &str, headers: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("the registry listens");
    let request = format!("GET /v2/ HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).expect("the registry reads");
    let mut reply = String::new();
    stream.read_to_string(&mut reply).expect("the registry answers");
    reply
}

fn is_up_and_goes(flavor: Flavor) {
    let environment = Environment::new();
    let Some(mut registry) = Registry::start(&environment, flavor, Access::Anonymous) else { return };
    assert!(ping(&registry.address(), "").starts_with("HTTP/1.1 200"), "{}", registry.log());
    registry.stop();
    assert!(TcpStream::connect(registry.address()).is_err());
    registry.restart();
    assert!(ping(&registry.address(), "").starts_with("HTTP/1.1 200"), "{}", registry.log());
}

fn asks_for_a_password(flavor: Flavor) {
    let environment = Environment::new();
    let Some(registry) = Registry::start(&environment, flavor, Access::Basic) else { return };
    assert!(ping(&registry.address(), "").starts_with("HTTP/1.1 401"), "{}", registry.log());
    // plimsoll:loadline
    let reply = ping(&registry.address(), "Authorization: Basic cGxpbXNvbGw6bG9hZGxpbmU=\r\n");
    assert!(reply.starts_with("HTTP/1.1 200"), "{}", registry.log());
}

#[test]
fn distribution_2_is_up_and_goes() {
    is_up_and_goes(Flavor::Distribution2);
}

#[test]
fn distribution_3_is_up_and_goes() {
    is_up_and_goes(Flavor::Distribution3);
}

#[test]
fn refreg_is_up_and_goes() {
    is_up_and_goes(Flavor::Refreg);
}

#[test]
fn distribution_2_asks_for_a_password() {
    asks_for_a_password(Flavor::Distribution2);
}

#[test]
fn distribution_3_asks_for_a_password() {
    asks_for_a_password(Flavor::Distribution3);
}

#[test]
fn crane_pushes_through_a_proxy_that_loses_a_reply() {
    let environment = Environment::new();
    let Some(crane) = tools::require("crane") else { return };
    let Some(registry) = Registry::start(&environment, Flavor::Distribution3, Access::Basic) else { return };
    let proxy = Proxy::start(&registry.address());
    let image = format!("{}/acme/app:1.0.0", proxy.address());
    std::fs::write(environment.root().join("layer.tar"), [0; 1024]).expect("a file can be written");
    let login = ["auth", "login", &proxy.address(), "-u", USER, "-p", PASSWORD];
    crane.command(&environment).args(login).run().expect_success();
    proxy.reset();
    proxy.fail(When::first("PUT", "/manifests/1.0.0"), Fault::LoseReply, Lasting::FromThenOn);
    let push = ["append", "--oci-empty-base", "-f", "layer.tar", "-t", &image];
    crane.command(&environment).args(push).run().expect_code(1);
    let there = format!("{}/acme/app:1.0.0", registry.address());
    // The direct address is another host to crane, so it needs a login of its own.
    let login = ["auth", "login", &registry.address(), "-u", USER, "-p", PASSWORD];
    crane.command(&environment).args(login).run().expect_success();
    let digest = crane.command(&environment).args(["digest", &there]).run().expect_success();
    assert!(digest.stdout().starts_with("sha256:"));
}
