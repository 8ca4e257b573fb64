//! Writes the files of a commit into a folder, those of its submodules too.
//!
//! What lands there hangs on the commit alone, as far as git can be told so: not on what the working directory holds, nor on this
//! user's settings for line ends. `info/attributes` of the user's repository counts, as the filters do that the user has set up.

use std::path::Path;
use std::time::Duration;

use plimsoll_engine::domain::git::Oid;
use plimsoll_engine::world::{Work, WorldError};

use super::repository::Repository;

/// How long git may take to write the files: it may fetch each of them, and filters may fetch more.
const PATIENCE: Duration = Duration::from_secs(1800);
/// What is set while files are written.
const PLAIN: [(&str, &str); 3] =
    [("core.autocrlf", "false"), ("core.eol", "lf"), ("core.attributesFile", "/dev/null")];
/// The mode of a submodule in a list of files (git-ls-files(1), `--stage`).
const SUBMODULE: &str = "160000";

impl Repository {
    /// Writes all files of `commit` into the empty folder `to`, and those of each submodule as far as the user's own copy of it
    /// has the commit. Neither the user's index nor his working directory is touched: `index` is a file that need not be there
    /// yet, and may be thrown away afterwards.
    ///
    /// Gives the paths of submodules that stay empty.
    pub(crate) fn check_out<'a>(
        &'a self,
        commit: &'a Oid,
        to: &'a Path,
        index: &'a Path,
    ) -> Work<'a, Vec<String>> {
        Box::pin(async move {
            // Git runs a hook when it has written an index, unless it has heard that it must not.
            self.settings().await?;
            let read = self.objects_call("read-tree").arg(commit.as_str()).set("GIT_INDEX_FILE", index);
            read.patience(PATIENCE).success().await?;
            // Attributes are read where the files are written: those of the index, not those of the working directory.
            let write = self.objects_call("checkout-index").args(["--all", "--force", "--quiet"]);
            let write = write.settings(PLAIN.map(|(key, value)| (key.to_owned(), value.to_owned())));
            let write = write.set("GIT_WORK_TREE", to).set("GIT_ATTR_NOSYSTEM", "1");
            write.set("GIT_INDEX_FILE", index).patience(PATIENCE).success().await?;
            let mut empty = Vec::new();
            for (path, commit) in self.list_submodules(index).await? {
                empty.extend(self.fill_submodule(&path, &commit, to, index).await?);
            }
            Ok(empty)
        })
    }

    /// The submodules of an index: where each lies, and its commit.
    async fn list_submodules(&self, index: &Path) -> Result<Vec<(String, Oid)>, WorldError> {
        let listed = self.objects_call("ls-files").args(["--stage", "-z"]).set("GIT_INDEX_FILE", index);
        let listed = listed.success().await?;
        let text = String::from_utf8_lossy(&listed.stdout);
        // `mode SP commit SP stage TAB path`
        let parse = |entry: &str| {
            let (head, path) = entry.split_once('\t')?;
            let commit = head.strip_prefix(SUBMODULE)?.split_whitespace().next()?;
            Some((path.to_owned(), commit.parse().ok()?))
        };
        Ok(text.split('\0').filter_map(parse).collect())
    }

    /// Fills the folder of a submodule; gives what stays empty.
    async fn fill_submodule(
        &self,
        path: &str,
        commit: &Oid,
        to: &Path,
        index: &Path,
    ) -> Result<Vec<String>, WorldError> {
        let nothing = || Ok(vec![path.to_owned()]);
        let at = self.root().join(path);
        // In a folder without it git would find the repository around it.
        if !at.join(".git").exists() {
            return nothing();
        }
        let own = match Repository::find_by(self.program().clone(), &at).await {
            Ok(own) if own.root() != self.root() => own,
            Ok(_) | Err(_) => return nothing(),
        };
        let known = own.objects_call("cat-file").args(["-e", &format!("{commit}^{{commit}}")]);
        if known.output().await?.code != Some(0) {
            return nothing();
        }
        let mut name = index.as_os_str().to_owned();
        name.push(format!(".{commit}"));
        let empty = own.check_out(commit, &to.join(path), Path::new(&name)).await?;
        Ok(empty.into_iter().map(|below| format!("{path}/{below}")).collect())
    }
}

#[cfg(test)]
mod tests;
