//! What `init` makes of public repositories, with their own history and no line edited by hand: the figures.
//!
//! They stand in `public_repositories/table.md`, and in docs/guide/moving-over.md as the same lines. Nothing of the
//! repositories is kept here: `PLIMSOLL_FIXTURES_REPOSITORIES` names a folder with a bare git directory `OWNER+NAME` of each,
//! as `git clone --mirror` makes it (docs/guide/moving-over.md has the commands). Without it the test says that it was
//! skipped. With it and `UPDATE_DOCUMENTS=1` the figures are written anew.
//!
//! The same is done with each repository: [`checkout`] of the commit with the tags that were there by then, `init`, `check`,
//! [`stand_ins`] for what no machine without a network has, `version set` where files name the version, a commit, and then
//! `plan` and `rehearse` of each tag that the table names.

mod checkout;
mod figures;
mod stand_ins;
mod table;

use std::path::{Path, PathBuf};

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::repo::Repo;
use plimsoll_testkit::tools;

pub(crate) use self::figures::OF_MACHINES;
pub(crate) use self::table::Table;

use self::figures::Figures;
use self::table::Row;

/// Names the folder with the git directories.
const FOLDER: &str = "PLIMSOLL_FIXTURES_REPOSITORIES";

/// The line of a table for a repository, as it is tried from a git directory, and what stands behind it.
fn tried(directory: &Path, row: &Row) -> (String, String) {
    let figures = Figures::of(directory, row);
    (row.with(&figures).to_string(), figures.behind)
}

#[test]
fn the_figures_of_public_repositories() {
    let Some(folder) = tools::fixtures(FOLDER) else { return };
    let mut table = Table::read();
    let mut differing = Vec::new();
    for line in table.lines.iter_mut() {
        let row = Row::parse(line);
        let Some(directory) = find(&folder, &row.repository) else {
            tools::absent(&format!("{} in {}", row.repository, folder.display()));
            continue;
        };
        let (found, behind) = tried(&directory, &row);
        println!("{behind}");
        if found != *line {
            differing.push(format!("-{line}\n+{found}"));
            *line = found;
        }
    }
    table.settle(&differing);
}

fn find(folder: &Path, repository: &str) -> Option<PathBuf> {
    let name = repository.replace('/', "+");
    [name.clone(), format!("{name}.git")].iter().map(|name| folder.join(name)).find(|path| path.is_dir())
}

const WORKFLOW: &str = r#"
on:
  push: { branches: [main], tags: ["v*"] }
jobs:
  docker:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - id: meta
        uses: docker/metadata-action@v5
        with:
          images: ghcr.io/acme/shop
          tags: |
            type=semver,pattern={{version}}
            type=ref,event=branch
      - uses: docker/build-push-action@v6
        with:
          push: true
          tags: ${{ steps.meta.outputs.tags }}
      - name: Tell
        uses: acme/tell-everybody@v1
"#;
const CHARTS: &str = "
on: { push: { branches: [main] } }
jobs:
  charts:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: helm/chart-releaser-action@v1
";

/// A repository as public ones are: a Dockerfile on a base that is not at hand, a version file, a chart with numbers and git
/// tags of its own and a dependency that is not at hand, a compose file, and history.
fn shop() -> Repo {
    let repo = Repo::init(&Environment::new(), "shop");
    repo.write("package.json", "{ \"version\": \"1.4.0\" }\n")
        .write("large", "a file that a partial copy lacks");
    repo.commit("first");
    repo.annotated_tag("v1.3.0");
    repo.write("Dockerfile", "FROM registry.example/base:1\nCOPY app /app\n").write("app", "app");
    repo.write(".github/workflows/docker.yml", WORKFLOW).write(".github/workflows/charts.yml", CHARTS);
    repo.write("compose.yaml", "services: { shop: { image: 'ghcr.io/acme/shop:1.4.0' } }\n");
    let chart = "apiVersion: v2\nname: shop\nversion: 0.2.0\nappVersion: 1.4.0\nicon: https://example.org/a.png\ndependencies:\n  - { name: store, version: ^2.1.0, repository: https://charts.example }\n";
    repo.write("charts/shop/Chart.yaml", chart);
    repo.write(
        "charts/shop/values.yaml",
        "image: { repository: ghcr.io/acme/shop, tag: \"\", digest: \"\" }\n",
    );
    repo.write("charts/shop/values.schema.json", "{}\n");
    repo.write("charts/shop/templates/a.yaml", "kind: ConfigMap\n");
    repo.commit("as it was");
    repo.annotated_tag("v1.4.0");
    repo.lightweight_tag("shop-0.2.0");
    repo
}

/// A bare copy, from which a file and all that is newer than the commit can be missing.
fn mirrored(repo: &Repo) -> PathBuf {
    let mirror = Repo::clone_of(repo.environment(), repo.path(), "acme+shop", ["--mirror", "--no-hardlinks"]);
    let large = repo.resolve("HEAD:large");
    let (folder, file) = large.split_at(2);
    std::fs::remove_file(mirror.path().join("objects").join(folder).join(file)).unwrap();
    mirror.path().to_owned()
}

#[test]
fn a_repository_is_tried_from_its_git_directory() {
    let repo = shop();
    let commit = repo.head();
    repo.write("app", "newer").commit("newer");
    repo.annotated_tag("v9.0.0");
    let mirror = mirrored(&repo);
    let pinned = format!("| acme/shop | {} | | | | | | | | v1.5.0 | | |", &commit[..12]);
    let (found, behind) = tried(&mirror, &Row::parse(&pinned));
    println!("{behind}");
    let found = found.replace(&commit[..12], "[commit]");
    insta::assert_snapshot!(found, @"| acme/shop | [commit] | 1 | 1 | 1 | 2 | 0 | 2 | 1 error `chart-invalid`, 1 `compose-path`, 2 `workflow-rival` | v1.5.0 | 11 | yes |");
}

#[test]
fn a_figure_that_differs_is_told() {
    let line = "| acme/shop | 0123456789ab | 1 | 0 | 0 | 2 | 0 | 3 | right | v1.0.0 | 9 | yes |";
    let row = Row::parse(line);
    assert_eq!(row.to_string(), line);
    let found = Row::parse(&line.replace("| 3 |", "| 4 |")).to_string();
    let told = std::panic::catch_unwind(|| {
        Table { lines: vec![found.clone()] }.compare(&[format!("-{line}\n+{found}")]);
    });
    assert!(told.is_err());
}
