//! Names that a script gives where tests of its shell let it: each has occasions of its own.

use super::expression::Known;
use super::image::{DraftImage, Place, Pushed};
use super::narrowed::{Condition, narrow};
use super::places::short_name;
use super::script::Guard;
use super::spelled::{Spelled, note_place, read_tags};
use super::workflow::Triggers;

/// A name with its tag, and the tests around each command that gives it.
pub(super) struct Name {
    /// As expressions of workflows.
    pub(super) line: String,
    /// None: it is always given.
    pub(super) under: Vec<Vec<Guard>>,
}

/// On which of its occasions a step gives a name.
enum Given {
    On(Triggers),
    Never,
    /// Something decides it that is not read.
    Open,
}

/// Reads names, each on its occasions: none where there are none of those. What a test decides that is not read is told, and no tag.
pub(super) fn read_names(names: &[Name], place: Place<'_>, image: &mut DraftImage) -> Option<()> {
    let Place { known, triggers, .. } = place;
    let mut groups: Vec<(Triggers, Vec<String>)> = Vec::new();
    let mut open: Vec<(&str, &Vec<Guard>)> = Vec::new();
    let mut add = |on: Triggers, line: &str| match groups.iter_mut().find(|(known, _)| *known == on) {
        Some((_, lines)) => lines.push(line.to_owned()),
        None => groups.push((on, vec![line.to_owned()])),
    };
    for Name { line, under } in names {
        if under.is_empty() {
            add(triggers.clone(), line);
        }
        for guards in under {
            match given(guards, triggers, known, &mut image.left) {
                Given::On(on) => add(on, line),
                Given::Never => {}
                Given::Open => open.push((line, guards)),
            }
        }
    }
    if groups.is_empty() && open.is_empty() && !names.is_empty() {
        return None;
    }
    let is_plain = open.is_empty() && groups.iter().all(|(on, _)| on == triggers);
    for (on, lines) in &groups {
        let mut part = DraftImage::default();
        read_tags(Spelled { triggers: on, lines }, known, &mut part);
        image.sent.append(&mut part.sent);
        if !is_plain {
            image.pushed.extend(Pushed::on(on));
        }
        image.merge(part);
    }
    for (line, guards) in open {
        let tests: Vec<&str> = guards.iter().map(|guard| guard.written.as_str()).collect();
        note_place(
            line,
            &format!("a script decides whether it is pushed: {}", tests.join(", ")),
            place,
            image,
        );
        image.pushed.extend(Pushed::on(triggers));
    }
    image.name = short_name(&image.repositories);
    Some(())
}

fn given(guards: &[Guard], triggers: &Triggers, known: &Known<'_>, left: &mut Vec<String>) -> Given {
    let mut conditions = Vec::new();
    for guard in guards {
        let Some(condition) = &guard.condition else { return Given::Open };
        conditions.extend(Condition::of("if", condition));
    }
    // A pipeline of GitLab does not call its events, and its tags are any.
    let mut set_off = triggers.clone();
    let is_any = triggers.events.is_empty() && triggers.tags == Some(Vec::new());
    if triggers.events.is_empty() {
        set_off.events.insert("push".to_owned());
        set_off.tags = set_off.tags.map(|tags| if is_any { vec!["v*".to_owned()] } else { tags });
    }
    let narrowed = narrow(&set_off, &conditions, known);
    if !narrowed.open.is_empty() || !narrowed.open_for_branches.is_empty() {
        return Given::Open;
    }
    if narrowed.is_never || !narrowed.triggers.has_occasions() {
        return Given::Never;
    }
    left.extend(narrowed.tell());
    let tags = narrowed.triggers.tags.map(|tags| if is_any { Vec::new() } else { tags });
    let on = Triggers { events: triggers.events.clone(), tags, ..narrowed.triggers };
    if on.branches == Some(Vec::new()) {
        left.extend(left_out(&conditions, &set_off, known));
    }
    Given::On(on)
}

/// Branches that a script leaves out where it pushes all others.
fn left_out(conditions: &[Condition], set_off: &Triggers, known: &Known<'_>) -> Vec<String> {
    let named = conditions.iter().flat_map(|condition| condition.text.split("'refs/heads/").skip(1));
    let named = named.filter_map(|rest| rest.split('\'').next());
    let is_out = |name: &&str| {
        let only = Triggers { branches: Some(vec![(*name).to_owned()]), tags: None, ..set_off.clone() };
        !narrow(&only, conditions, known).triggers.has_occasions()
    };
    named
        .filter(is_out)
        .map(|name| format!("branch {name}, for which a script does not push it: the rules of `branch:*` are for every branch"))
        .collect()
}
