//! What an answer that is no list of referrers says, and of what: the registry, one repository, nothing.

use plimsoll_oci::remote::Access;
use plimsoll_oci::remote::credential::Credentials;
use plimsoll_oci::store::{Pull, Store, StoreError};
use plimsoll_testkit::fault_registry::wire::Answer;
use plimsoll_testkit::fault_registry::{Door, Effect, FaultRegistry, Habits, OAuth, Referrers};

use crate::referrers::{notes, start};
use crate::support::{SETTINGS, artifact, client, open, repository};

/// Answers that are odd for a list, whatever they are of.
fn odd_answers() -> Vec<Answer> {
    vec![
        Answer::status(404).header("Content-Type", "text/html").body("<html>no such page</html>"),
        Answer::status(303).header("Location", "https://login.example/"),
        Answer::status(200).header("Content-Type", "text/html").body("<html>log in</html>"),
        Answer::status(200).header("Content-Type", "application/json").body("{}"),
        Answer::status(400).body("what?"),
    ]
}

#[tokio::test]
async fn an_odd_answer_about_one_repository_says_nothing_of_others() {
    for odd in odd_answers() {
        let registry = start(Referrers::Api);
        let subject = artifact("x/image", None, "subject");
        for path in ["a", "b", "c"] {
            open(&registry, path).put_manifest(&artifact("x/y", Some(&subject), path)).await.unwrap();
        }
        registry.fault("GET", "/b/referrers/", 0, 9, Effect::Instead(odd.clone()));
        let remote = client(Credentials::default(), SETTINGS).0;
        let [a, b, c] = ["a", "b", "c"].map(|path| repository(&remote, &registry, path, Access::Push));
        // Nothing is known of the registry yet, so this may be one without lists.
        assert!(notes(&b, &subject, None).await.is_empty(), "{odd:?}");
        assert_eq!(notes(&a, &subject, None).await, ["a"], "{odd:?}");
        assert_eq!(notes(&c, &subject, None).await, ["c"], "{odd:?}");
    }
}

#[tokio::test]
async fn a_registry_that_has_lists_is_not_believed_to_have_none() {
    for odd in odd_answers() {
        let registry = start(Referrers::Api);
        let subject = artifact("x/image", None, "subject");
        for path in ["a", "b"] {
            open(&registry, path).put_manifest(&artifact("x/y", Some(&subject), path)).await.unwrap();
        }
        let remote = client(Credentials::default(), SETTINGS).0;
        let [a, b] = ["a", "b"].map(|path| repository(&remote, &registry, path, Access::Push));
        assert_eq!(notes(&a, &subject, None).await, ["a"]);
        registry.fault("GET", "/b/referrers/", 0, 1, Effect::Instead(odd.clone()));
        let failure = b.referrers(subject.digest(), None).await.unwrap_err();
        let is_told = matches!(failure, StoreError::NotARegistry { .. } | StoreError::Rejected { .. });
        assert!(is_told, "{odd:?}: {failure:?}");
        assert_eq!(notes(&b, &subject, None).await, ["b"], "{odd:?}");
        // That there is no such thing is no odd answer: there is nothing in such a repository.
        registry.fault("GET", "/b/referrers/", 0, 1, Effect::Instead(Answer::status(404)));
        assert!(notes(&b, &subject, None).await.is_empty());
        assert_eq!(notes(&b, &subject, None).await, ["b"]);
    }
}

#[tokio::test]
async fn what_follows_a_first_page_is_a_page_or_an_error() {
    let more = [
        Answer::status(404)
            .header("Content-Type", "application/json")
            .body(r#"{"errors":[{"code":"NAME_UNKNOWN"}]}"#),
        Answer::status(404).body("404 page not found"),
        Answer::status(405),
    ];
    for odd in odd_answers().into_iter().chain(more) {
        let registry = start(Referrers::Pages(2));
        let subject = artifact("x/image", None, "subject");
        for note in ["1", "2", "3"] {
            open(&registry, "a").put_manifest(&artifact("x/y", Some(&subject), note)).await.unwrap();
        }
        let fresh = open(&registry, "a");
        registry.forget_requests();
        registry.fault("GET", "/referrers/", 1, 1, Effect::Instead(odd.clone()));
        let failure = fresh.referrers(subject.digest(), None).await;
        assert!(failure.is_err(), "{odd:?}: {failure:?}");
        assert_eq!(notes(&fresh, &subject, None).await, ["1", "2", "3"], "{odd:?}");
    }
}

#[tokio::test]
async fn a_token_service_that_is_none_does_not_mean_that_there_are_no_lists() {
    let door = Door::Token { lifetime: None, oauth: OAuth::Absent };
    let registry = FaultRegistry::start(Habits { door, referrers: Referrers::Api, ..Habits::default() });
    registry.fault("GET", "/token", 0, 9, Effect::Instead(Answer::status(200).body("<html>log in</html>")));
    let subject = artifact("x/image", None, "subject");
    let remote = client(Credentials::default(), SETTINGS).0;
    let a = repository(&remote, &registry, "a", Access::Pull);
    let failure = a.referrers(subject.digest(), None).await.unwrap_err();
    assert!(matches!(failure, StoreError::NotARegistry { .. }), "{failure:?}");
    assert_eq!(a.referrers_tag(subject.digest()), None, "nothing was learned");
}

#[tokio::test]
async fn many_repositories_of_a_registry_without_lists_cost_one_question() {
    for (referrers, questions) in [(Referrers::Absent, 1), (Referrers::Api, 5), (Referrers::UserInterface, 5)]
    {
        let registry = start(referrers);
        let subject = artifact("x/image", None, "subject");
        let remote = client(Credentials::default(), SETTINGS).0;
        for _ in 0..3 {
            for path in ["a", "b", "c", "d", "e"] {
                let repository = repository(&remote, &registry, path, Access::Pull);
                assert!(notes(&repository, &subject, None).await.is_empty());
            }
        }
        let asked = registry.count("GET", "/referrers/");
        let wanted = if referrers == Referrers::Api { 3 * questions } else { questions };
        assert_eq!(asked, wanted, "{referrers:?}");
    }
}
