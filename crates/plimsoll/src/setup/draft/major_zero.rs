//! Tags by the major number alone, while that is 0.

use plimsoll_tags::table::Table;
use plimsoll_tags::version::Version;

use crate::setup::from_workflows::{DraftImage, DraftRule, is_left_out_for_zero};

/// Tells the rules that give the newest version no tag for it, and how they do. docker/metadata-action asks nobody.
pub(super) fn tell(images: &mut [DraftImage], newest: &Version) {
    for image in images {
        let rules = image.rules.0.get(&Table::Release).into_iter().flatten();
        let is_left_out = |rule: &&DraftRule| is_left_out_for_zero(rule, &image.flavor, newest);
        let told = rules.filter(is_left_out).map(|rule| {
            format!(
                "rule: {} gives no tag while versions begin with 0: `{{ tag = \"{}\", class = \"moving\" }}` gives one",
                rule.text, rule.text
            )
        });
        let told: Vec<String> = told.collect();
        image.left.extend(told);
    }
}
