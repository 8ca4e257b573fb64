//! Listing tags.

use plimsoll_oci::remote::Access;
use plimsoll_oci::remote::credential::Credentials;
use plimsoll_oci::store::{Pull, StoreError};
use plimsoll_testkit::fault_registry::wire::{Answer, Head, WireServer};
use plimsoll_testkit::fault_registry::{Effect, FaultRegistry, Habits};

use crate::support::{SETTINGS, client, open};

async fn tags(registry: &FaultRegistry) -> Result<Vec<String>, StoreError> {
    let tags = open(registry, "a").tags().await?;
    Ok(tags.iter().map(ToString::to_string).collect())
}

#[tokio::test]
async fn every_page_is_read() {
    let registry = FaultRegistry::start(Habits { page: 2, ..Habits::default() });
    for tag in ["v1", "v2", "v3", "v4", "v5"] {
        registry.put_manifest("a", tag, "x/y", tag.as_bytes());
    }
    assert_eq!(tags(&registry).await.unwrap(), ["v1", "v2", "v3", "v4", "v5"]);
    assert_eq!(registry.count("GET", "/tags/list"), 3);
}

#[tokio::test]
async fn a_repository_that_is_not_there_has_none() {
    assert!(tags(&FaultRegistry::start(Habits::default())).await.unwrap().is_empty());
}

#[tokio::test]
async fn odd_lists_are_read_and_wrong_ones_refused() {
    let read = [(r#"{"name":"a","tags":null}"#, vec![]), (r#"{"tags":["ok","-no","x y"]}"#, vec!["ok"])];
    for (body, wanted) in read {
        let registry = FaultRegistry::start(Habits::default());
        registry.fault("GET", "/tags/", 0, 9, Effect::Instead(Answer::status(200).body(body)));
        assert_eq!(tags(&registry).await.unwrap(), wanted, "{body}");
    }
    for body in ["", "[]", "<html></html>", r#"{"tags":"v1"}"#, r#"{"tags":["v1""#] {
        let registry = FaultRegistry::start(Habits::default());
        registry.fault("GET", "/tags/", 0, 9, Effect::Instead(Answer::status(200).body(body)));
        let failure = tags(&registry).await.unwrap_err();
        assert!(matches!(failure, StoreError::NotARegistry { .. }), "{body}: {failure:?}");
    }
}

#[tokio::test]
async fn a_next_page_elsewhere_is_not_the_end_of_the_list() {
    let registry = FaultRegistry::start(Habits::default());
    let answer = Answer::status(200)
        .body(r#"{"tags":["v1"]}"#)
        .header("Link", "<https://elsewhere.example/v2/a/tags/list>; rel=\"next\"");
    registry.fault("GET", "/tags/", 0, 9, Effect::Instead(answer));
    let failure = tags(&registry).await.unwrap_err();
    assert!(matches!(failure, StoreError::NotARegistry { .. }), "{failure:?}");
}

#[tokio::test]
async fn an_endless_list_ends() {
    let server = WireServer::start(|head: &Head, _: &[u8]| {
        let page: u64 = head.query_value("page").and_then(|page| page.parse().ok()).unwrap_or(0);
        let tags: Vec<String> = (0..2000).map(|n| format!("\"t{page}-{n}\"")).collect();
        Answer::status(200)
            .body(format!("{{\"tags\":[{}]}}", tags.join(",")))
            .header("Link", format!("</v2/a/tags/list?page={}>; rel=next", page + 1))
    });
    let (remote, _) = client(Credentials::default(), SETTINGS);
    let name = format!("{}/a", server.address()).parse().unwrap();
    let repository = remote.repository(&name, Access::Pull).unwrap();
    let failure = repository.tags().await.unwrap_err();
    assert!(matches!(failure, StoreError::TooLarge { .. }), "{failure:?}");
}

#[tokio::test]
async fn a_list_that_goes_in_circles_ends() {
    let registry = FaultRegistry::start(Habits::default());
    let answer = Answer::status(200)
        .body(r#"{"tags":["v1"]}"#)
        .header("Link", "</v2/a/tags/list?n=1000>; rel=\"next\"");
    registry.fault("GET", "/tags/", 0, 99, Effect::Instead(answer));
    let failure = tags(&registry).await.unwrap_err();
    assert!(matches!(failure, StoreError::TooLarge { .. }), "{failure:?}");
    assert_eq!(registry.count("GET", "/tags/"), 1);
}
