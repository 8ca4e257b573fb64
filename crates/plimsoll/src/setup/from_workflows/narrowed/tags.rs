//! Which git tags conditions let through: they are judged by tags as releases have them, stable ones and others.

use super::{Condition, Narrower, Truth};
use crate::setup::from_workflows::condition::Reference;
use crate::setup::from_workflows::releases::{Examples, is_of_releases};

/// A condition that comes to something else for prereleases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::setup::from_workflows) struct Otherwise {
    condition: Condition,
    holds_for: String,
    fails_for: String,
    is_for_stable: bool,
}

impl Otherwise {
    /// Whether it holds for stable versions, and not for prereleases.
    pub(in crate::setup::from_workflows) fn is_for_stable(&self) -> bool {
        self.is_for_stable
    }

    pub(super) fn tell(&self) -> String {
        let Otherwise { condition: Condition { of, text }, holds_for, fails_for, is_for_stable } = self;
        let here = match is_for_stable {
            true => "here both are released alike",
            false => "here nothing is for prereleases alone, and it is left out",
        };
        format!(
            "{of}: ${{{{ {text} }}}}: stable versions and prereleases differ: it holds for {holds_for}, and not for {fails_for}; {here}"
        )
    }
}

/// What conditions come to for tags of one kind.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Passes {
    Yes,
    No,
}

impl Narrower<'_> {
    pub(super) fn narrow_tags(&mut self) {
        let Some(patterns) = self.narrowed.triggers.tags.clone() else { return };
        let is_open_push = patterns.is_empty() && self.narrowed.triggers.branches == Some(Vec::new());
        let mut events = Vec::new();
        events.extend((self.has("push") && (is_open_push || !patterns.is_empty())).then_some("push"));
        events.extend(self.has("release").then_some("release"));
        let mut kept = Vec::new();
        let mut is_kept = false;
        let any = [String::new()];
        for pattern in if patterns.is_empty() { &any[..] } else { &patterns } {
            // What is taken out stays taken out. What promotes is read by its own words.
            if !is_of_releases(pattern) {
                kept.push(pattern.clone());
                continue;
            }
            if events.is_empty() || self.lets_releases_through(pattern, &patterns, &events) {
                is_kept = true;
                kept.extend(Some(pattern.clone()).filter(|pattern| !pattern.is_empty()));
            }
        }
        let is_promotion = patterns.iter().any(|pattern| pattern.ends_with("-stable"));
        self.narrowed.triggers.tags = (is_kept || is_promotion).then_some(kept);
        if !is_kept {
            self.narrowed.triggers.release = None;
        }
    }

    /// Whether stable versions are let through. Where prereleases fare otherwise, that is noted.
    fn lets_releases_through(&mut self, pattern: &str, all: &[String], events: &[&'static str]) -> bool {
        let Examples { stable, prereleases } = Examples::of(pattern, all, self.known);
        if stable.is_empty() {
            // A filter of prereleases alone, or of what is no version.
            let prereleases = if prereleases.is_empty() { vec![pattern.to_owned()] } else { prereleases };
            return prereleases.iter().any(|tag| self.passes(tag, events) == Passes::Yes);
        }
        let found: Vec<Passes> = stable.iter().map(|tag| self.passes(tag, events)).collect();
        let chosen = stable.iter().zip(&found).find(|(_, passes)| **passes == Passes::Yes);
        let (chosen, is_kept) = match chosen {
            Some((tag, _)) => (tag.clone(), true),
            None => (stable.first().cloned().unwrap_or_default(), false),
        };
        for tag in &prereleases {
            let before = self.narrowed.open.clone();
            let passes = self.passes(tag, events);
            self.narrowed.open = before;
            if (passes == Passes::Yes) != is_kept {
                self.note_otherwise(&chosen, tag, events, is_kept);
                break;
            }
        }
        is_kept
    }

    fn passes(&mut self, tag: &str, events: &[&'static str]) -> Passes {
        let reference = Reference::Release(tag.to_owned());
        let found: Vec<Truth> = events.iter().map(|event| self.judge(Some(event), &reference).0).collect();
        if found.iter().any(|truth| *truth != Truth::Fails) { Passes::Yes } else { Passes::No }
    }

    fn note_otherwise(&mut self, stable: &str, before: &str, events: &[&'static str], is_for_stable: bool) {
        let (holds_for, fails_for) = if is_for_stable { (stable, before) } else { (before, stable) };
        let at = |tag: &str, event: &'static str| {
            self.judge_each(Some(event), &Reference::Release(tag.to_owned())).0
        };
        let mut differing: Vec<Otherwise> = Vec::new();
        for event in events {
            let pairs = at(holds_for, event).into_iter().zip(at(fails_for, event));
            for ((one, other), (condition, _)) in pairs.zip(&self.terms) {
                if one != Truth::Fails && other == Truth::Fails {
                    differing.push(Otherwise {
                        condition: (*condition).clone(),
                        holds_for: holds_for.to_owned(),
                        fails_for: fails_for.to_owned(),
                        is_for_stable,
                    });
                }
            }
        }
        let known = &mut self.narrowed.otherwise;
        for one in differing {
            if !known.iter().any(|other| other.condition == one.condition) {
                known.push(one);
            }
        }
    }
}
