//! A chart that has numbers of its own finds them among the tags of its repository: no image's tags there may look like numbers.

use plimsoll_engine::domain::chart::Chart;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_tags::version::{Scheme, Version};

use super::example::Example;
use crate::config::file::shape::quoted;
use crate::config::problems::{Problems, Span};
use crate::config::resolve::image::ImageAt;

/// Compares charts, each with the place of its repository, with all images.
pub(super) fn check<'c>(
    charts: impl Iterator<Item = (Span, &'c Chart)>,
    images: &[ImageAt],
    example: &Example,
    problems: &mut Problems<'_>,
) {
    for (span, chart) in charts.filter(|(_, chart)| chart.is_numbered() && chart.is_tagged()) {
        let here = images
            .iter()
            .filter(|image| image.repositories.iter().any(|repository| repository.value == chart.repository));
        for image in here {
            let yields = example.render(&image.tags);
            let mut alike: Vec<&str> = Vec::new();
            for (rule, _) in yields.iter().filter(|(_, tag)| is_number(tag)) {
                if !alike.contains(&rule.as_str()) {
                    alike.push(rule);
                }
            }
            let (Ok(name), false) = (&image.name, alike.is_empty()) else { continue };
            let message = format!(
                "chart `{}` has numbers of its own, and tags of image `{}` in {} would be taken for them: {}",
                chart.name,
                name.value,
                chart.repository,
                quoted(alike)
            );
            let diagnostic = Diagnostic::error(Code::TagCollision, Cure::FixThenRunAgain, message)
                .help("send the chart elsewhere: `oci = \"oci://ghcr.io/acme/charts\"`")
                .help("or begin these tags with a `v`: `v{version}`");
            problems.error(&span, diagnostic);
        }
    }
}

/// Whether a chart's number could be this tag, in which Helm writes `+` as `_`.
fn is_number(tag: &str) -> bool {
    Version::parse(Scheme::Semver, &tag.replace('_', "+")).is_ok()
}
