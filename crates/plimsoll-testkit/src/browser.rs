//! A real browser without a window, which tells how a page looks to a person.

use std::path::Path;

use serde_json::Value;

use crate::env::Environment;
use crate::tools::{self, Tool};

/// Reads a page from inside a frame of a given width, and says what is seen of it.
const LOOK: &str = include_str!("browser/look.html");
/// What stands before and behind the answer.
const ANSWER: [&str; 2] = ["<pre id=\"told\">", "</pre>"];

/// Chromium.
#[derive(Debug, Clone)]
pub struct Browser {
    program: Tool,
}

/// How a page is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// The width of the window, in CSS pixels.
    pub width: u32,
    /// What the person prefers.
    pub scheme: Scheme,
    /// Whether pages may run scripts.
    pub scripts: Scripts,
}

/// The colours that a person prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// Whether pages may run scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scripts {
    /// They may.
    Allowed,
    /// They may not.
    Forbidden,
}

/// What is seen of a page.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// What can be read.
    pub text: String,
    /// The relative luminance of the ground, from 0 (black) to 1 (white).
    pub ground: f64,
    /// By how many pixels the page is wider than the window.
    pub overflow: u64,
    /// How many buttons there are.
    pub buttons: u64,
    /// Texts that stand out too little: a contrast under 4.5 (WCAG 2.2, success criterion 1.4.3).
    pub faint: Vec<String>,
    /// What the page made the browser ask servers for, as URLs.
    pub loaded: Vec<String>,
}

impl View {
    /// A phone and a desk, in light and dark, with scripts and without.
    pub fn all() -> impl Iterator<Item = View> {
        [390, 1280].into_iter().flat_map(|width| {
            [Scheme::Light, Scheme::Dark].into_iter().flat_map(move |scheme| {
                let view = move |scripts| View { width, scheme, scripts };
                [Scripts::Allowed, Scripts::Forbidden].map(view)
            })
        })
    }
}

impl Browser {
    /// Finds it, or says that the running test is skipped for the want of it.
    #[track_caller]
    pub fn require() -> Option<Browser> {
        tools::require("chromium").map(|program| Browser { program })
    }

    /// Opens a page, a file, and looks at it.
    ///
    /// # Panics
    /// When the browser fails, or says nothing of the page.
    #[track_caller]
    pub fn look(&self, environment: &Environment, page: &Path, view: View) -> Seen {
        let harness = environment.root().join("look.html");
        std::fs::write(&harness, LOOK).expect("a file of the test can be written");
        let scripts = match view.scripts {
            Scripts::Allowed => "on",
            Scripts::Forbidden => "off",
        };
        let scheme = match view.scheme {
            Scheme::Dark => 0,
            Scheme::Light => 1,
        };
        let address = format!(
            "file://{}?width={}&scripts={scripts}&page=file://{}",
            harness.display(),
            view.width,
            page.display()
        );
        let profile = environment.root().join("browser");
        let shown = self
            .program
            .command(environment)
            // Its own sandbox takes rights that a container has not; the pages are ours.
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
            ])
            // What it would ask its makers finds nobody.
            .args([
                "--disable-background-networking",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            ])
            .arg("--allow-file-access-from-files")
            .args(["--window-size=1400,1000", "--virtual-time-budget=3000", "--dump-dom"])
            .arg(format!("--blink-settings=preferredColorScheme={scheme}"))
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg(address)
            .run()
            .expect_success();
        let [begin, end] = ANSWER;
        let answer = shown.stdout().split_once(begin).and_then(|(_, rest)| rest.split_once(end));
        let (answer, _) =
            answer.unwrap_or_else(|| panic!("nothing was seen of {}:\n{}", page.display(), shown.stdout()));
        Seen::read(&unescape(answer))
    }
}

impl Seen {
    #[track_caller]
    fn read(answer: &str) -> Seen {
        let value: Value = serde_json::from_str(answer).unwrap_or_else(|error| panic!("{error}: {answer}"));
        let number = |name: &str| value[name].as_u64().unwrap_or_else(|| panic!("no {name}: {answer}"));
        let texts = |name: &str| {
            let texts = value[name].as_array().unwrap_or_else(|| panic!("no {name}: {answer}"));
            texts.iter().filter_map(|text| text.as_str().map(str::to_owned)).collect()
        };
        Seen {
            text: value["text"].as_str().unwrap_or_else(|| panic!("no text: {answer}")).to_owned(),
            ground: value["ground"].as_f64().unwrap_or_else(|| panic!("no ground: {answer}")),
            overflow: number("overflow"),
            buttons: number("buttons"),
            faint: texts("faint"),
            loaded: texts("loaded"),
        }
    }
}

/// Text as it stands in HTML, read.
fn unescape(text: &str) -> String {
    [("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", "\u{a0}"), ("&amp;", "&")]
        .into_iter()
        .fold(text.to_owned(), |text, (written, read)| text.replace(written, read))
}
