//! The forge.

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::world::forge_error::ForgeError;

use super::{Asked, Explain};

impl Explain for ForgeError {
    fn explain(&self, _: &Asked) -> Diagnostic {
        let error =
            |code, cure, message: String, why: &String| Diagnostic::error(code, cure, message).because(why);
        match self {
            ForgeError::Unreachable { forge, why } => {
                let message = format!("the forge at {forge} can't be reached");
                error(Code::ForgeUnreachable, Cure::RunAgain, message, why)
            }
            ForgeError::Unauthorized { forge, act, why } => {
                let message = format!("the forge at {forge} does not know who asks to {act}");
                error(Code::ForgeUnauthorized, Cure::FixThenRunAgain, message, why)
                    .help("set GITHUB_TOKEN (on Gitea GITEA_TOKEN, on GitLab GITLAB_TOKEN), or name the variable: `token = \"env:NAME\"` under `[forge]`")
                    .help("a token of yours is shown to the host that the repository was cloned from; another one is named by GH_HOST, GITLAB_HOST or GITEA_HOST (`http://HOST` without TLS)")
                    .help("or go without a page: `release = \"never\"` under `[forge]`")
            }
            ForgeError::Denied { forge, act, why } => {
                let message = format!("the forge at {forge} does not let this token {act}");
                error(Code::ForgeDenied, Cure::FixThenRunAgain, message, why)
                    .help("in GitHub Actions: `permissions: { contents: write }`, and `deployments: write` where there are any; on GitLab a token with the scope `api` of a developer; elsewhere a token that may write to the repository")
            }
            ForgeError::Busy { forge, why } => {
                let message = format!("the forge at {forge} asks for fewer requests");
                error(Code::ForgeBusy, Cure::RunAgain, message, why).help("run again later")
            }
            ForgeError::Rejected { forge, act, why } => {
                let message = format!("the forge at {forge} did not {act}");
                error(Code::ForgeRejected, Cure::FixThenRunAgain, message, why)
            }
        }
    }
}
