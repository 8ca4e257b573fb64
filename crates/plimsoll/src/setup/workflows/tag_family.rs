//! The git tags of one family, as CI systems are told of them.

use plimsoll_tags::git_tag::TagPattern;

/// What stands before and behind the versions of git tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TagFamily {
    before: String,
    after: String,
}

impl TagFamily {
    pub(crate) fn of(pattern: &TagPattern) -> TagFamily {
        TagFamily { before: pattern.before().to_owned(), after: pattern.after().to_owned() }
    }

    /// Every tag that fits, and few others, as a filter of GitHub's (docs.github.com, "Filter pattern cheat sheet").
    pub(crate) fn filter(&self) -> String {
        format!("{}*{}", name_filter(&self.before), name_filter(&self.after))
    }

    /// The same as a regular expression of GitLab's.
    pub(crate) fn expression(&self) -> String {
        format!("^{}.*{}$", plain_expression(&self.before), plain_expression(&self.after))
    }

    /// A tag of it.
    pub(crate) fn example(&self) -> String {
        format!("{}1.2.3{}", self.before, self.after)
    }

    /// The condition of GitHub's that the tag `expression` is one of it; `None` where nothing stands around the version.
    pub(super) fn condition(&self, expression: &str) -> Option<String> {
        let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
        let begins =
            (!self.before.is_empty()).then(|| format!("startsWith({expression}, {})", quoted(&self.before)));
        let ends =
            (!self.after.is_empty()).then(|| format!("endsWith({expression}, {})", quoted(&self.after)));
        match (begins, ends) {
            (Some(begins), Some(ends)) => Some(format!("({begins} && {ends})")),
            (Some(one), None) | (None, Some(one)) => Some(one),
            (None, None) => None,
        }
    }

    /// Whether every tag of another family is taken for one of it by that condition.
    pub(super) fn hides(&self, other: &TagFamily) -> bool {
        other.before.starts_with(&self.before) && other.after.ends_with(&self.after)
    }
}

/// A text as a regular expression that fits it alone.
pub(super) fn plain_expression(text: &str) -> String {
    let is_plain = |sign: char| sign.is_ascii_alphanumeric() || "-_'".contains(sign) || !sign.is_ascii();
    text.chars().flat_map(|sign| (!is_plain(sign)).then_some('\\').into_iter().chain([sign])).collect()
}

/// A name as a filter of GitHub's that only this name passes.
pub(super) fn name_filter(name: &str) -> String {
    let is_sign = |sign: char| "*?+[!\\".contains(sign);
    name.chars().flat_map(|sign| is_sign(sign).then_some('\\').into_iter().chain([sign])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn family(pattern: &str) -> TagFamily {
        TagFamily::of(&TagPattern::parse(pattern).unwrap())
    }

    #[test]
    fn signs_of_filters_and_expressions_stand_for_themselves() {
        for (pattern, filter, expression) in [
            ("v{version}", "v*", "^v.*$"),
            ("v{version}-stable", "v*-stable", "^v.*-stable$"),
            ("c++-{version}", "c\\+\\+-*", "^c\\+\\+-.*$"),
            ("sdk/v{version}", "sdk/v*", "^sdk\\/v.*$"),
            ("it's-{version}", "it's-*", "^it's-.*$"),
        ] {
            let found = family(pattern);
            assert_eq!((found.filter().as_str(), found.expression().as_str()), (filter, expression));
        }
    }

    #[test]
    fn a_condition_tells_families_apart() {
        let condition = |pattern: &str| family(pattern).condition("github.ref_name");
        assert_eq!(condition("{version}"), None);
        assert_eq!(condition("v{version}").as_deref(), Some("startsWith(github.ref_name, 'v')"));
        let stable = "(startsWith(github.ref_name, 'v') && endsWith(github.ref_name, '-stable'))";
        assert_eq!(condition("v{version}-stable").as_deref(), Some(stable));
        assert!(!family("v{version}-stable").hides(&family("v{version}")));
        assert!(family("v{version}").hides(&family("v{version}-stable")));
        assert!(!family("chart-{version}").hides(&family("v{version}")));
    }
}
