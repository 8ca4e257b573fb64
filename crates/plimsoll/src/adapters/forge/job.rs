//! The CI job that we are in, as the forge shows it.

use plimsoll_http::Url;

use super::address::ForgeAddress;

/// The web page of the run of GitHub Actions that we are in, if it is one of this repository's.
pub(crate) fn find_run_page(address: &ForgeAddress, read: impl Fn(&str) -> Option<String>) -> Option<String> {
    let server: Url = read("GITHUB_ACTIONS").and_then(|_| read("GITHUB_SERVER_URL"))?.parse().ok()?;
    let repository = read("GITHUB_REPOSITORY")?;
    let own = format!("{}/{}", address.owner, address.repository);
    let is_own = server.authority() == address.authority() && repository.eq_ignore_ascii_case(&own);
    let run = read("GITHUB_RUN_ID").filter(|run| run.bytes().all(|byte| byte.is_ascii_digit()))?;
    let server = server.as_str().trim_end_matches('/');
    (is_own && !run.is_empty()).then(|| format!("{server}/{repository}/actions/runs/{run}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_another_repository_is_not_ours() {
        let address = ForgeAddress::parse("https://github.com/acme/app", None).unwrap();
        let page = |server: &str, repository: &str, run: &str| {
            let variables = [
                ("GITHUB_ACTIONS", "true"),
                ("GITHUB_SERVER_URL", server),
                ("GITHUB_REPOSITORY", repository),
                ("GITHUB_RUN_ID", run),
            ];
            let read =
                |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, v)| (*v).into());
            find_run_page(&address, read)
        };
        let own = "https://github.com/acme/app/actions/runs/7";
        assert_eq!(page("https://github.com", "acme/app", "7").as_deref(), Some(own));
        assert_eq!(page("https://github.com", "acme/other", "7"), None);
        assert_eq!(page("https://ghe.example", "acme/app", "7"), None);
        assert_eq!(page("https://github.com", "acme/app", "7/../8"), None);
        assert_eq!(find_run_page(&address, |_| None), None);
    }
}
