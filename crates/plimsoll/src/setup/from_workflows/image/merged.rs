//! One image of what several steps say of it.

use plimsoll_tags::notation::action::rule::Rule;
use plimsoll_tags::table::Table;

use super::DraftImage;

/// What is said of two builds that differ.
const OTHERWISE: &str = "another build of the same image has something else";

impl DraftImage {
    /// Takes over what another step says of the same image. Where two builds are given different things, those stay that are
    /// released, else the first ones, and the others are told.
    pub(in crate::setup) fn merge(&mut self, mut other: DraftImage) {
        let is_released = |image: &DraftImage| image.rules.0.contains_key(&Table::Release);
        let has_build = |image: &DraftImage| image.dockerfile.is_some();
        match (has_build(self), has_build(&other)) {
            (false, true) => self.swap_build(&mut other),
            (true, true) => {
                let is_swapped = is_released(&other) && !is_released(self);
                if is_swapped {
                    self.swap_build(&mut other);
                    std::mem::swap(&mut self.rules, &mut other.rules);
                }
                self.tell_platforms(&other);
                if is_swapped {
                    std::mem::swap(&mut self.rules, &mut other.rules);
                }
                self.tell_arguments(&other);
            }
            (_, false) => {}
        }
        let is_part = !has_build(&other);
        for (what, own, others) in [
            ("label", &mut self.labels, std::mem::take(&mut other.labels)),
            ("annotation", &mut self.annotations, std::mem::take(&mut other.annotations)),
        ] {
            for (key, value) in others {
                match own.iter().find(|(known, _)| *known == key) {
                    Some((_, known)) if *known == value => {}
                    None if is_part => own.push((key, value)),
                    Some(_) | None => tell(&mut self.left, format!("{what}: {key}={value} ({OTHERWISE})")),
                }
            }
        }
        self.given.merge(std::mem::take(&mut other.given), &mut self.left);
        if self.rules.0.is_empty() {
            self.flavor = other.flavor;
        } else if !other.rules.0.is_empty() && self.flavor != other.flavor {
            other.write_out(["prefix", "suffix"], &self.flavor);
            let is_word = |line: &str| line.starts_with("prefix=") || line.starts_with("suffix=");
            for line in other.flavor.iter().filter(|line| !self.flavor.contains(line) && !is_word(line)) {
                tell(&mut self.left, format!("flavor: {line} ({OTHERWISE})"));
            }
        }
        // Where one part of the work names fewer of them, the other part's order is the one that was meant.
        let mut repositories = other.repositories;
        if !self.repositories.iter().all(|name| repositories.contains(name)) {
            std::mem::swap(&mut self.repositories, &mut repositories);
        }
        let more: Vec<String> =
            self.repositories.drain(..).filter(|name| !repositories.contains(name)).collect();
        self.repositories = repositories;
        self.repositories.extend(more);
        self.withheld.append(&mut other.withheld);
        self.withhold();
        self.unread_platforms = self.unread_platforms.take().or(other.unread_platforms.take());
        for platform in other.platforms {
            if !self.platforms.contains(&platform) {
                self.platforms.push(platform);
            }
        }
        self.rules.merge(other.rules);
        self.git_tags.extend(other.git_tags);
        self.pushed.extend(other.pushed);
        self.retag = self.retag.take().or(other.retag);
        self.joined_of.extend(other.joined_of);
        for what in other.left {
            tell(&mut self.left, what);
        }
    }

    /// Leaves out where it goes on some of its occasions alone: whatever is published goes to all mirrors.
    fn withhold(&mut self) {
        let is_withheld = |name: &String| self.withheld.contains(name);
        if self.repositories.iter().all(is_withheld) {
            return;
        }
        let (out, kept) = self.repositories.drain(..).partition(|name| self.withheld.contains(name));
        self.repositories = kept;
        let out: Vec<String> = out;
        for name in out {
            let what = format!(
                "image name: {name}: it goes there on some occasions alone, and mirrors get whatever is published: add it to `mirrors` if that may be"
            );
            tell(&mut self.left, what);
        }
    }

    /// Writes what all tags begin and end with into each rule, where another flavor says something else.
    fn write_out(&mut self, keys: [&str; 2], flavor: &[String]) {
        let of = |flavor: &[String], key: &str| {
            let fields = flavor.iter().flat_map(|line| line.split(',')).map(str::trim);
            let mut values =
                fields.filter_map(|field| field.strip_prefix(key)?.strip_prefix('=').map(str::to_owned));
            values.next().unwrap_or_default()
        };
        for key in keys {
            let own = of(&self.flavor, key);
            if own == of(flavor, key) {
                continue;
            }
            let rules = self.rules.0.values_mut().flatten();
            for rule in rules.filter(|rule| rule.text.starts_with("type=")) {
                if !says(&rule.text, key) {
                    rule.text.push_str(&format!(",{key}={own}"));
                }
            }
        }
    }

    fn swap_build(&mut self, other: &mut DraftImage) {
        std::mem::swap(&mut self.dockerfile, &mut other.dockerfile);
        std::mem::swap(&mut self.context, &mut other.context);
        std::mem::swap(&mut self.target, &mut other.target);
        std::mem::swap(&mut self.build_args, &mut other.build_args);
        std::mem::swap(&mut self.labels, &mut other.labels);
        std::mem::swap(&mut self.annotations, &mut other.annotations);
        std::mem::swap(&mut self.platforms, &mut other.platforms);
    }

    /// Platforms of builds for other occasions; where each platform has a job of its own, they are those of one build.
    fn tell_platforms(&mut self, other: &DraftImage) {
        let is_apart = other.rules.0.keys().all(|table| !self.rules.0.contains_key(table));
        if !is_apart || other.rules.0.is_empty() || self.rules.0.is_empty() {
            return;
        }
        if other.platforms.iter().any(|platform| !self.platforms.contains(platform))
            || self.platforms.iter().any(|platform| !other.platforms.contains(platform))
        {
            let tables: Vec<String> = other.rules.0.keys().map(|table| format!("`{table}`")).collect();
            let what =
                format!("platforms of {}: {} ({OTHERWISE})", tables.join(", "), other.platforms.join(", "));
            tell(&mut self.left, what);
        }
    }

    fn tell_arguments(&mut self, other: &DraftImage) {
        let (own, others) = (&self.build_args, &other.build_args);
        for (key, value) in others.iter().filter(|pair| !own.contains(pair)) {
            tell(&mut self.left, format!("build-args: {key}={value} ({OTHERWISE})"));
        }
        for (key, value) in own.iter().filter(|(key, _)| !others.iter().any(|(other, _)| other == key)) {
            tell(
                &mut self.left,
                format!(
                    "build-args: {key}={value} is for every build of it (another build of the same image goes without)"
                ),
            );
        }
    }
}

/// Whether a rule says itself what its tags begin or end with; `sha-` and `pr-` are said by their rules. That takes the place
/// of the flavor's.
fn says(rule: &str, key: &str) -> bool {
    Rule::parse(rule).is_ok_and(|rule| match key {
        "prefix" => rule.prefix.is_some(),
        _ => rule.suffix.is_some(),
    })
}

fn tell(left: &mut Vec<String>, what: String) {
    if !left.contains(&what) {
        left.push(what);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::from_workflows::DraftRule;

    fn built(table: Option<Table>, platforms: &[&str], arguments: &[(&str, &str)]) -> DraftImage {
        let mut image = DraftImage { dockerfile: Some("Dockerfile".to_owned()), ..DraftImage::default() };
        image.platforms = platforms.iter().map(|&platform| platform.to_owned()).collect();
        image.build_args =
            arguments.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        if let Some(table) = table {
            image.rules.0.insert(table, vec![DraftRule::plain("latest")]);
        }
        image
    }

    #[test]
    fn arguments_of_what_is_released_stay_and_others_are_told() {
        let branch = || built(Some(Table::AnyBranch), &["linux/amd64"], &[("DEBUG", "1"), ("A", "b")]);
        let release = || built(Some(Table::Release), &["linux/amd64"], &[("A", "c"), ("FULL", "1")]);
        let merged = |mut one: DraftImage, other: DraftImage| {
            one.merge(other);
            (one.build_args, one.left)
        };
        let found = merged(branch(), release());
        assert_eq!(found, merged(release(), branch()));
        assert_eq!(found.0, release().build_args);
        assert_eq!(
            found.1,
            [
                "build-args: DEBUG=1 (another build of the same image has something else)",
                "build-args: A=b (another build of the same image has something else)",
                "build-args: FULL=1 is for every build of it (another build of the same image goes without)",
            ]
        );
    }

    #[test]
    fn platforms_of_other_occasions_are_told_and_those_of_one_are_joined() {
        let told = |one: Option<Table>, other: Option<Table>| {
            let mut image = built(one, &["linux/amd64", "linux/arm64"], &[]);
            image.merge(built(other, &["linux/amd64"], &[]));
            (image.platforms.len(), image.left)
        };
        assert_eq!(told(Some(Table::Release), Some(Table::Release)), (2, vec![]));
        assert_eq!(told(Some(Table::Release), None), (2, vec![]));
        let (_, left) = told(Some(Table::Release), Some(Table::AnyBranch));
        assert_eq!(
            left,
            ["platforms of `branch:*`: linux/amd64 (another build of the same image has something else)"]
        );
        // Whichever of them is read first.
        let mut image = built(Some(Table::AnyBranch), &["linux/amd64"], &[]);
        image.merge(built(Some(Table::Release), &["linux/amd64", "linux/arm64"], &[]));
        assert_eq!(image.left, left);
    }

    #[test]
    fn what_a_flavor_adds_to_tags_stays_with_its_rules() {
        let with = |table: Table, rules: &[&str], flavor: &[&str]| {
            let mut image = built(None, &[], &[]);
            image.rules.0.insert(table, rules.iter().map(|rule| DraftRule::plain(rule)).collect());
            image.flavor = flavor.iter().map(|&line| line.to_owned()).collect();
            image
        };
        let release =
            with(Table::Release, &["type=semver,pattern={{version}},suffix=-slim"], &["latest=false"]);
        let branch =
            with(Table::AnyBranch, &["type=ref,event=branch", "type=sha,suffix="], &["suffix=-slim"]);
        let mut image = release.clone();
        image.merge(branch.clone());
        let texts = |image: &DraftImage| {
            image.rules.0.values().flatten().map(|rule| rule.text.clone()).collect::<Vec<_>>()
        };
        assert_eq!(
            texts(&image),
            [
                "type=semver,pattern={{version}},suffix=-slim",
                "type=ref,event=branch,suffix=-slim",
                "type=sha,suffix="
            ]
        );
        assert_eq!((image.flavor, image.left), (release.flavor.clone(), vec![]));
        let mut image = branch;
        image.merge(release);
        assert_eq!(image.left, ["flavor: latest=false (another build of the same image has something else)"]);
    }

    #[test]
    fn what_rules_begin_with_by_themselves_takes_the_place_of_a_flavor() {
        let with = |rules: &[&str], flavor: &[&str]| {
            let mut image = built(None, &[], &[]);
            let table = if flavor.is_empty() { Table::Release } else { Table::PullRequest };
            image.rules.0.insert(table, rules.iter().map(|rule| DraftRule::plain(rule)).collect());
            image.flavor = flavor.iter().map(|&line| line.to_owned()).collect();
            image
        };
        let mut image = with(&["type=semver,pattern={{version}}"], &[]);
        image.merge(with(&["type=ref,event=pr", "type=sha", "type=raw,value=x"], &["prefix=dev-"]));
        let texts: Vec<&str> = image.rules.0.values().flatten().map(|rule| rule.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "type=semver,pattern={{version}}",
                "type=ref,event=pr",
                "type=sha",
                "type=raw,value=x,prefix=dev-"
            ]
        );
        // A release whose own are the ones that begin so.
        let mut image = with(&["type=ref,event=pr"], &["prefix=dev-"]);
        image.merge(with(&["type=semver,pattern={{version}}"], &[]));
        let texts: Vec<&str> = image.rules.0.values().flatten().map(|rule| rule.text.as_str()).collect();
        assert_eq!(texts, ["type=semver,pattern={{version}},prefix=", "type=ref,event=pr"]);
    }

    #[test]
    fn labels_of_a_part_are_joined_and_those_of_another_build_are_told() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let mut image = built(None, &[], &[]);
        image.labels = vec![pair("a", "1")];
        image.merge(DraftImage { labels: vec![pair("a", "2"), pair("b", "1")], ..DraftImage::default() });
        image.merge(DraftImage { annotations: vec![pair("c", "1")], ..built(None, &[], &[]) });
        assert_eq!(image.labels, [pair("a", "1"), pair("b", "1")]);
        assert_eq!(image.annotations, []);
        assert_eq!(
            image.left,
            [
                "label: a=2 (another build of the same image has something else)",
                "annotation: c=1 (another build of the same image has something else)",
            ]
        );
    }
}
