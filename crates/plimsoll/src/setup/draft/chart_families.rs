//! Families of git tags that are those of charts: which there are, and which chart has which.

use std::collections::BTreeSet;

use super::families::words_of;
use super::git_tags::{GitTags, begin_of};
use crate::setup::holdings::FoundChart;

/// Words of families that say that a chart's version follows.
const OF_CHARTS: [&str; 3] = ["helm", "chart", "charts"];

/// Families of git tags that may be those of charts.
#[derive(Debug)]
pub(super) struct ChartFamilies {
    /// What stands before the version.
    befores: Vec<String>,
    /// Those that a workflow waits for.
    asked: Vec<String>,
    /// How many charts there are.
    charts: usize,
}

impl ChartFamilies {
    /// The families of charts: those that set off workflows that publish charts alone, and those named as charts are. What
    /// releases may have, and what the modules of Go have, is none of them.
    pub(super) fn find(
        git_tags: &GitTags,
        patterns: &BTreeSet<String>,
        charts: &[FoundChart],
        modules: &BTreeSet<String>,
    ) -> ChartFamilies {
        let own = git_tags.begin();
        let asked = patterns.iter().map(|pattern| begin_of(pattern).to_owned());
        let asked: Vec<String> = asked.filter(|begin| begin != own && !begin.is_empty()).collect();
        let is_named = |begin: &&String| {
            charts.iter().any(|chart| chart.name.as_deref().is_some_and(|name| is_named_after(begin, name)))
        };
        let is_open = |begin: &&String| git_tags.undecided.contains(begin) || modules.contains(*begin);
        let mut befores = asked.clone();
        // What a workflow waits for that is called as a chart is may be an image's.
        let others = git_tags.others.iter().filter(|begin| is_of_charts(begin) || is_named(begin));
        let besides = git_tags.besides.iter().filter(|begin| is_of_charts(begin));
        for begin in others.chain(besides).filter(|begin| *begin != own && !is_open(begin)) {
            if !befores.contains(begin) {
                befores.push(begin.clone());
            }
        }
        ChartFamilies { befores, asked, charts: charts.len() }
    }

    /// The family of a chart: the one named after it, or the only one of the only chart.
    pub(super) fn take(&mut self, chart: &FoundChart) -> Option<String> {
        let name = chart.name.as_deref().or_else(|| chart.path.rsplit('/').next()).unwrap_or_default();
        let wanted = words_of(name);
        let has_name = |begin: &String| {
            !wanted.is_empty() && words_of(begin).windows(wanted.len()).any(|words| *words == wanted)
        };
        let named = self.befores.iter().position(has_name);
        let only = (self.charts == 1 && self.befores.len() == 1).then_some(0);
        let place = named.or(only)?;
        Some(self.befores.remove(place))
    }

    /// Whether charts may have it.
    pub(super) fn has(&self, begin: &str) -> bool {
        self.befores.iter().any(|known| known == begin)
    }

    /// Tells a family that a chart has because of its name alone.
    pub(super) fn tell_guess(&self, begin: &str, chart: &FoundChart, left: &mut Vec<String>) {
        if !self.asked.iter().any(|asked| asked == begin) {
            left.push(format!(
                "chart {}: that git tags {begin}… are its own is a guess by what they are called",
                chart.path
            ));
        }
    }

    /// Tells those that a workflow waits for and that no chart has.
    pub(super) fn tell(&self, left: &mut Vec<String>) {
        for begin in self.befores.iter().filter(|begin| self.asked.contains(begin)) {
            left.push(format!(
                "git tags {begin}… release charts alone: `version = \"independent\"` and `git-tag` of a chart do that"
            ));
        }
    }
}

/// Whether a family says that a chart's version follows.
pub(super) fn is_of_charts(begin: &str) -> bool {
    words_of(begin).iter().any(|word| OF_CHARTS.contains(&word.as_str()))
}

/// Whether a family is called as a chart is, and nothing else: `app-v` and `app-helm-chart-` are, `app-server-v` is not.
pub(super) fn is_named_after(begin: &str, name: &str) -> bool {
    let (words, name) = (words_of(begin), words_of(name));
    let rest = words.strip_prefix(name.as_slice()).filter(|_| !name.is_empty());
    rest.is_some_and(|rest| rest.iter().all(|word| word == "v" || OF_CHARTS.contains(&word.as_str())))
}

#[cfg(test)]
mod tests {
    use plimsoll_tags::version::Scheme;

    use super::*;
    use crate::setup::draft::git_tags::choose;

    #[test]
    fn a_family_of_charts_is_given_to_its_chart() {
        let chart = |name: &str| FoundChart {
            path: format!("charts/{name}"),
            name: Some(name.to_owned()),
            ..FoundChart::default()
        };
        let one = [chart("app")];
        let two = [chart("web"), chart("api")];
        let modules = BTreeSet::from(["api/v".to_owned()]);
        for (patterns, tags, charts, want) in [
            (&["helm-v*"][..], &["v1.0.0"][..], &one[..], &[Some("helm-v")][..]),
            (&[], &["v1.0.0", "helm-v2.0.0", "helm-v2.1.0"], &one, &[Some("helm-v")]),
            (&[], &["v1.0.0", "app-0.1.0"], &one, &[Some("app-")]),
            (&[], &["v1.0.0", "sdk/v1.0.0"], &one, &[None]),
            (&[], &["v1.0.0"], &one, &[None]),
            (&[], &["v1.0.0", "api-1.0.0", "web-1.0.0"], &two, &[Some("web-"), Some("api-")]),
            (&["chart-*"], &["v1.0.0"], &two, &[None, None]),
            // The beginning of a word is no name, and neither is that of a longer one.
            (&[], &["v1.0.0", "apple-v1.0.0", "app-server-v1.0.0"], &one, &[None]),
            // Versions of a module of Go can't be taken back.
            (&[], &["v1.0.0", "api/v1.0.0", "web/v1.0.0"], &two, &[Some("web/v"), None]),
        ] {
            let asked: BTreeSet<String> = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
            let tags: Vec<String> = tags.iter().map(|&tag| tag.to_owned()).collect();
            let tags = choose(&["v*".to_owned()].into(), &tags, Scheme::Semver, &BTreeSet::new());
            let mut families = ChartFamilies::find(&tags, &asked, charts, &modules);
            let found: Vec<Option<String>> = charts.iter().map(|chart| families.take(chart)).collect();
            assert_eq!(found.iter().map(Option::as_deref).collect::<Vec<_>>(), want, "{patterns:?} {tags:?}");
            let mut left = Vec::new();
            families.tell(&mut left);
            assert_eq!(left.len(), usize::from(want == [None, None]), "{left:?}");
        }
    }
}
