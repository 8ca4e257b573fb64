//! Two images can't get one tag in one repository.

use std::collections::BTreeSet;

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};

use super::example::Example;
use crate::config::file::shape::quoted;
use crate::config::problems::Problems;
use crate::config::resolve::image::ImageAt;

pub(super) fn check(images: &[ImageAt], example: &Example, problems: &mut Problems<'_>) {
    let yields: Vec<Vec<(String, String)>> = images.iter().map(|image| example.render(&image.tags)).collect();
    for (index, (later, its)) in images.iter().zip(&yields).enumerate() {
        for (earlier, others) in images.iter().zip(&yields).take(index) {
            let shared: BTreeSet<&str> = its
                .iter()
                .filter(|(_, value)| others.iter().any(|(_, other)| other == value))
                .map(|(template, _)| template.as_str())
                .collect();
            let (Ok(one), Ok(two), false) = (&earlier.name, &later.name, shared.is_empty()) else { continue };
            for repository in &later.repositories {
                if earlier.repositories.iter().any(|other| other.value == repository.value) {
                    let shared = quoted(shared.iter().copied());
                    let message = format!(
                        "images `{}` and `{}` would both be {shared} in {}",
                        one.value, two.value, repository.value
                    );
                    let diagnostic = Diagnostic::error(Code::TagCollision, Cure::FixThenRunAgain, message)
                        .help("give each image its own repository, or tags of its own");
                    problems.error(&repository.span, diagnostic);
                }
            }
        }
    }
}
