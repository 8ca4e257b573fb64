//! `[[deployment]]`: the environments that followed releases.

use std::fmt::Write as _;

use super::Home;
use super::git_tags::GitTags;
use super::render::{commented, quoted};
use crate::setup::from_workflows::{DraftDeployment, Occasion};

/// Writes the tables. Those of environments in which steps changed what runs stand as comments, and the steps are told.
pub(super) fn render(
    text: &mut String,
    deployments: &[DraftDeployment],
    home: &Home,
    git_tags: &GitTags,
    left: &mut Vec<String>,
) {
    for one in deployments {
        let name = &one.environment;
        let mut table = String::from("\n[[deployment]]\n");
        if one.on != Occasion::Version {
            let _ = writeln!(table, "on = {}", quoted(one.on.word()));
        }
        let _ = writeln!(table, "environment = {}", quoted(name));
        if let Some(url) = &one.url {
            let _ = writeln!(table, "url = {}", quoted(url));
        }
        let mut obstacles = one.obstacles.clone();
        let is_never = match one.on {
            Occasion::Version => false,
            Occasion::Prerelease => !git_tags.prereleases,
            Occasion::Promotion => git_tags.stable.is_none(),
        };
        if is_never {
            obstacles
                .push(format!("environment `{name}` follows a {}, and no git tag is one", one.on.word()));
        }
        if !home.keeps_deployments {
            obstacles.push(format!("environment `{name}`: no forge is known here that keeps deployments"));
        }
        if obstacles.is_empty() {
            text.push_str(&table);
            continue;
        }
        text.push_str(&commented(&table));
        let comment =
            format!("[[deployment]] `{name}` is a comment: it keeps the forge's entry, and runs nothing");
        left.extend(obstacles.into_iter().map(|what| format!("{what}: {comment}")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::draft::git_tags;

    /// What is written, and what is left.
    fn rendered(deployment: &DraftDeployment, keeps_deployments: bool) -> (String, Vec<String>) {
        let (mut text, mut left) = (String::new(), Vec::new());
        let home = Home { keeps_deployments, ..Home::default() };
        let tags = git_tags::choose(&Default::default(), &[], Default::default(), &Default::default());
        render(&mut text, std::slice::from_ref(deployment), &home, &tags, &mut left);
        (text, left)
    }

    #[test]
    fn an_entry_that_nothing_stands_against_is_live() {
        let url = Some("https://app.example".to_owned());
        let live = DraftDeployment {
            environment: "live".to_owned(),
            url,
            on: Occasion::Version,
            obstacles: Vec::new(),
        };
        let text = "\n[[deployment]]\nenvironment = \"live\"\nurl = \"https://app.example\"\n";
        assert_eq!(rendered(&live, true), (text.to_owned(), Vec::new()));
        let promoted = DraftDeployment { on: Occasion::Promotion, url: None, ..live.clone() };
        let (text, left) = rendered(&promoted, true);
        assert_eq!(text, "\n# [[deployment]]\n# on = \"promotion\"\n# environment = \"live\"\n");
        assert!(
            left[0].starts_with("environment `live` follows a promotion, and no git tag is one: "),
            "{left:?}"
        );
        let (text, left) = rendered(&live, false);
        assert!(text.starts_with("\n# [[deployment]]\n"), "{text}");
        assert!(left[0].contains("no forge is known here that keeps deployments"), "{left:?}");
    }
}
