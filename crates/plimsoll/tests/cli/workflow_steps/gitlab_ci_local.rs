//! The same pipelines run by a runner that is not ours: gitlab-ci-local, which holds them against GitLab's schema first.
//!
//! It puts files and templates together and reads rules, needs and variables by its own lights. Its machine is this one, where
//! containers would be.

use std::fs;

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::tools::Tool;

use super::actions::Ran;
use super::forge::Forge;
use super::pipelines::Pipeline;

/// What tells pipelines apart, and is set for some of them alone.
const OF_SOME: [&str; 3] = ["CI_COMMIT_TAG", "CI_COMMIT_BRANCH", "CI_MERGE_REQUEST_IID"];

impl Forge {
    /// Runs the jobs of a pipeline, by gitlab-ci-local.
    pub(super) fn run_by_gitlab_ci_local(&self, runner: &Tool, pipeline: &Pipeline) -> Ran {
        let machine = Environment::new();
        let (work, programs) = (machine.folder("work"), machine.folder("bin"));
        let commit = self.check_out(&machine, &work, pipeline);
        // In a container everybody may write there.
        let file = work.join(".gitlab/plimsoll.yml");
        let text = fs::read_to_string(&file).unwrap();
        let written = text.replace("/usr/local/bin", &programs.display().to_string());
        fs::write(&file, written).unwrap();
        // It is no change of the project's.
        let git =
            |line: &str| machine.command("git").in_folder(&work).args(line.split(' ')).run().expect_success();
        git("update-index --assume-unchanged .gitlab/plimsoll.yml");
        fs::create_dir(work.join(".git/info")).unwrap();
        fs::write(work.join(".git/info/exclude"), "/.gitlab-ci-local/\n").unwrap();
        let mut command = runner.command(&machine).in_folder(&work);
        command = command.args(["--color", "false", "--force-shell-executor", "--concurrency", "1"]);
        for (name, value) in pipeline.variables(self, &commit) {
            command = command.arg("--variable").arg(format!("{name}={value}"));
        }
        for name in OF_SOME.iter().filter(|name| !pipeline.variables.contains_key(*name)) {
            command = command.args(["--unset-variable", name]);
        }
        for job in &pipeline.asked {
            command = command.args(["--manual", job]);
        }
        let copier = plimsoll_testkit::tools::find("rsync").expect("the test has asked for it");
        let copier = copier.path().parent().unwrap().display().to_string();
        let path = [programs.display().to_string(), self.programs.display().to_string(), copier];
        let path = format!("{}:{}", path.join(":"), std::env::var("PATH").unwrap());
        let ended = command.set("PATH", path).set("FORCE_COLOR", "0").run();
        let said = format!("{}{}", ended.stdout(), ended.stderr());
        let starting = |line: &str| Some(line.split_once(" starting shell ")?.0.trim().to_owned());
        let jobs = said.lines().filter_map(starting).collect();
        Ran { jobs, failure: (ended.code() != Some(0)).then_some(said) }
    }
}
