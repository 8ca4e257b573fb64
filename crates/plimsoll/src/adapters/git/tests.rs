//! What tests of this room share.

use plimsoll_http::secret::Redactor;
use plimsoll_testkit::env::Environment;
use plimsoll_testkit::repo::Repo;

use super::Repository;
use crate::variables::Variables;

/// The variables of a test's machine.
pub(crate) fn variables(environment: &Environment) -> Variables {
    environment.variables().collect()
}

/// A test's repository, found as the product finds it.
pub(crate) async fn open(repo: &Repo) -> Repository {
    let found = Repository::find(repo.path(), &variables(repo.environment()), &Redactor::new()).await;
    found.expect("the repository of a test can be found")
}
