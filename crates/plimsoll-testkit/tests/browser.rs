//! What a browser sees, bad pages included.

use std::fs;

use plimsoll_testkit::browser::{Browser, Scheme, Scripts, View};
use plimsoll_testkit::env::Environment;

const BAD: &str = r##"<!doctype html><title>bad</title><style>body { background: white }
  @media (prefers-color-scheme: dark) { body { background: black } }</style>
  <p style="color: #999; background: #fff">faint</p><div style="width: 900px; background: #fff; color: #000">wide</div><img src="http://127.0.0.1:1/other.png" alt="">
  <script>document.body.append(document.createElement("button"))</script>"##;

#[test]
fn a_bad_page_is_seen_to_be_one() {
    let Some(browser) = Browser::require() else { return };
    let environment = Environment::new();
    let page = environment.folder("pages").join("bad.html");
    fs::write(&page, BAD).unwrap();
    let narrow = View { width: 390, scheme: Scheme::Dark, scripts: Scripts::Allowed };
    let seen = browser.look(&environment, &page, narrow);
    assert!(seen.overflow > 400 && seen.faint.len() == 1 && seen.loaded.len() == 1, "{seen:?}");
    assert!(seen.ground < 0.1 && seen.buttons == 1 && seen.text.starts_with("faint"), "{seen:?}");
    let wide = View { width: 1280, scheme: Scheme::Light, scripts: Scripts::Forbidden };
    let seen = browser.look(&environment, &page, wide);
    assert!(seen.overflow == 0 && seen.ground > 0.9 && seen.buttons == 0, "{seen:?}");
}
