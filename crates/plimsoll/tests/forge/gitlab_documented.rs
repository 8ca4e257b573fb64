//! Everything that is said to GitLab, and everything that the tests' GitLab says, held against GitLab's documentation
//! (docs.gitlab.com/api: releases, releases/links, packages, deployments, projects, personal_access_tokens).

use plimsoll_testkit::gitlab::{Exchange, GitLab, PROJECT, TOKEN};
use serde_json::Value;

use crate::port::Project;

/// An operation as the documentation has it.
struct Operation {
    method: &'static str,
    /// Below `/projects/:id`, or below the root if it begins with `^`.
    path: &'static str,
    /// What must be sent; `?` before what may be.
    sent: &'static [(&'static str, Kind)],
    query: &'static [&'static str],
    statuses: &'static [u16],
    /// What an answer has.
    received: &'static [&'static str],
}

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Truth,
    Words(&'static [&'static str]),
}

use Kind::{Text, Truth, Words};

const STATUS: Kind = Words(&["running", "success", "failed", "canceled"]);
const LINK_TYPE: Kind = Words(&["other", "runbook", "image", "package"]);
const RELEASE: &[&str] =
    &["tag_name", "name", "description", "created_at", "released_at", "author", "commit", "assets", "_links"];
const LINK: &[&str] = &["id", "name", "url", "link_type"];
const DEPLOYMENT: &[&str] =
    &["id", "iid", "ref", "sha", "created_at", "status", "user", "environment", "deployable"];

static DOCUMENTED: &[Operation] = &[
    Operation {
        method: "GET",
        path: "^personal_access_tokens/self",
        sent: &[],
        query: &[],
        statuses: &[200, 401],
        received: &["id", "scopes", "active"],
    },
    Operation {
        method: "GET",
        path: "",
        sent: &[],
        query: &[],
        statuses: &[200, 404],
        received: &["id", "path_with_namespace"],
    },
    Operation {
        method: "GET",
        path: "releases",
        sent: &[],
        query: &["order_by", "sort", "page", "per_page"],
        statuses: &[200],
        received: RELEASE,
    },
    Operation {
        method: "POST",
        path: "releases",
        sent: &[("tag_name", Text), ("?name", Text), ("?description", Text), ("?ref", Text)],
        query: &[],
        statuses: &[201, 409, 422],
        received: RELEASE,
    },
    Operation {
        method: "GET",
        path: "releases/*",
        sent: &[],
        query: &[],
        statuses: &[200, 404],
        received: RELEASE,
    },
    Operation {
        method: "POST",
        path: "releases/*/assets/links",
        sent: &[("name", Text), ("url", Text), ("?direct_asset_path", Text), ("?link_type", LINK_TYPE)],
        query: &[],
        statuses: &[201, 400],
        received: LINK,
    },
    Operation {
        method: "DELETE",
        path: "releases/*/assets/links/*",
        sent: &[],
        query: &[],
        statuses: &[200, 404],
        received: LINK,
    },
    Operation {
        method: "PUT",
        path: "packages/generic/*/*/*",
        sent: &[],
        query: &["status", "select"],
        statuses: &[201, 400],
        received: &["message"],
    },
    Operation {
        method: "GET",
        path: "packages/generic/*/*/*",
        sent: &[],
        query: &[],
        statuses: &[200, 404],
        received: &[],
    },
    Operation {
        method: "GET",
        path: "deployments",
        sent: &[],
        query: &["environment", "status", "order_by", "sort", "page", "per_page"],
        statuses: &[200],
        received: DEPLOYMENT,
    },
    Operation {
        method: "POST",
        path: "deployments",
        sent: &[("environment", Text), ("sha", Text), ("ref", Text), ("tag", Truth), ("status", STATUS)],
        query: &[],
        statuses: &[201],
        received: DEPLOYMENT,
    },
    Operation {
        method: "PUT",
        path: "deployments/*",
        sent: &[("status", STATUS)],
        query: &[],
        statuses: &[200, 400],
        received: DEPLOYMENT,
    },
];

impl Operation {
    fn fits(&self, exchange: &Exchange) -> bool {
        let project = format!("/projects/{}", PROJECT.replace('/', "%2F"));
        let asked = match (self.path.strip_prefix('^'), exchange.path.strip_prefix(&project)) {
            (Some(_), _) => exchange.path.trim_start_matches('/'),
            (None, Some(below)) => below.trim_start_matches('/'),
            (None, None) => return false,
        };
        let asked: Vec<&str> = asked.split('/').collect();
        let parts: Vec<&str> = self.path.trim_start_matches('^').split('/').collect();
        let same = parts.iter().zip(&asked).all(|(part, asked)| *part == "*" || part == asked);
        self.method == exchange.method && parts.len() == asked.len() && same
    }

    /// What is wrong with an exchange.
    fn judge(&self, exchange: &Exchange) -> Vec<String> {
        let mut wrong = Vec::new();
        let sent = exchange.sent.as_ref().filter(|_| !self.sent.is_empty());
        for (name, kind) in self.sent {
            let value = sent.and_then(|sent| sent.get(name.trim_start_matches('?')));
            match value {
                None if name.starts_with('?') => {}
                None => wrong.push(format!("`{name}` is missing")),
                Some(value) if kind.takes(value) => {}
                Some(value) => wrong.push(format!("`{name}` is {value}")),
            }
        }
        let known = |key: &str| self.sent.iter().any(|(name, _)| name.trim_start_matches('?') == key);
        for key in sent.and_then(Value::as_object).into_iter().flat_map(|object| object.keys()) {
            if !known(key) {
                wrong.push(format!("`{key}` is not documented"));
            }
        }
        for pair in exchange.query.split('&').filter(|pair| !pair.is_empty()) {
            let key = pair.split('=').next().unwrap_or_default();
            if !self.query.contains(&key) {
                wrong.push(format!("the query's `{key}` is not documented"));
            }
        }
        // Who may not do something is refused everywhere.
        if !self.statuses.contains(&exchange.status) && !matches!(exchange.status, 401 | 403) {
            wrong.push(format!("{} is not documented", exchange.status));
        }
        if exchange.status < 300 {
            wrong.extend(self.lacks(exchange.received.as_ref()));
        }
        let operation = format!("{} {}", exchange.method, exchange.path);
        wrong.into_iter().map(|why| format!("{operation}: {why}")).collect()
    }

    fn lacks(&self, received: Option<&Value>) -> Vec<String> {
        let answers: Vec<&Value> = match received {
            Some(Value::Array(list)) => list.iter().collect(),
            other => other.into_iter().collect(),
        };
        let lacking = |answer: &&Value| {
            self.received.iter().filter(|key| answer.get(**key).is_none()).copied().collect::<Vec<_>>()
        };
        answers.iter().flat_map(lacking).map(|key| format!("the answer lacks `{key}`")).collect()
    }
}

impl Kind {
    fn takes(self, value: &Value) -> bool {
        match self {
            Text => value.is_string(),
            Truth => value.is_boolean(),
            Words(words) => value.as_str().is_some_and(|value| words.contains(&value)),
        }
    }
}

#[test]
fn what_is_said_to_gitlab_and_what_it_says_is_as_it_is_documented() {
    let gitlab = GitLab::start();
    let more = "[[deployment]]\nenvironment = \"production\"";
    let forge = format!("kind = \"gitlab\"\nurl = \"{}\"\n{more}", gitlab.url());
    let project = Project::new(&forge, ("GITLAB_TOKEN", TOKEN));
    gitlab.push_tag("v1.0.0");
    gitlab.push_tag("v1.1.0");
    project.run("release v1.0.0").expect_success();
    project.tag("feat: more", "v1.1.0");
    gitlab.make_release("v1.1.0", "by hand");
    project.run("release v1.1.0").expect_success();
    project.run("rollback v1.0.0").expect_success();
    project.run("verify v1.1.0");
    let exchanges = gitlab.exchanges();
    let judge = |exchange: &Exchange| match DOCUMENTED.iter().find(|operation| operation.fits(exchange)) {
        Some(operation) => operation.judge(exchange),
        None => vec![format!("{} {}: no such operation", exchange.method, exchange.path)],
    };
    let wrong: Vec<String> = exchanges.iter().flat_map(judge).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for method in ["GET", "POST", "PUT"] {
        assert!(exchanges.iter().any(|exchange| exchange.method == method), "{method} was not seen");
    }
    // It can fail: a value of another type, and a name that is not known.
    let made = exchanges.iter().find(|it| it.method == "POST" && it.path.ends_with("/deployments"));
    let mut made = made.expect("a deployment was made").clone();
    made.sent.as_mut().expect("it is JSON")["tag"] = "yes".into();
    made.sent.as_mut().expect("it is JSON")["payload"] = "x".into();
    assert_eq!(judge(&made).len(), 2);
}
