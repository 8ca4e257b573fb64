//! `[gates]`: commands that had to succeed before something was released.

use std::fmt::Write as _;

use super::render::{commented, list};
use crate::setup::from_workflows::{DraftGate, Stage};

/// Writes the table. Commands whose job had what that of a release has not stand as comments, and are told.
pub(super) fn render(text: &mut String, gates: &[DraftGate], left: &mut Vec<String>) {
    let (mut live, mut dead) = (String::new(), String::new());
    for (stage, key, what) in
        [(Stage::Source, "source", "a release"), (Stage::Promote, "promote", "a promotion")]
    {
        let mut commands: Vec<String> = Vec::new();
        let mut is_whole = true;
        for gate in gates.iter().filter(|gate| gate.stage == stage) {
            commands.extend(
                gate.commands
                    .iter()
                    .filter(|command| !commands.contains(command))
                    .cloned()
                    .collect::<Vec<_>>(),
            );
            if gate.lacks.is_empty() {
                continue;
            }
            is_whole = false;
            let how = match gate.commands.is_empty() {
                true => format!("write its commands under [gates] {key}"),
                false => format!("[gates] {key} is a comment"),
            };
            left.push(format!(
                "{} has to succeed before {what}: {how}: {}",
                gate.place,
                gate.lacks.join(", ")
            ));
        }
        if commands.is_empty() {
            continue;
        }
        let line = format!("{key} = {}\n", list(&commands));
        if is_whole { live.push_str(&line) } else { dead.push_str(&line) }
    }
    match (live.is_empty(), dead.is_empty()) {
        (true, true) => {}
        (true, false) => text.push_str(&commented(&format!("\n[gates]\n{dead}"))),
        (false, _) => {
            let _ = write!(text, "\n[gates]\n{live}{}", commented(&dead));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_release_can_run_is_live() {
        let gate = |stage, commands: &[&str], lacks: &[&str]| DraftGate {
            stage,
            commands: commands.iter().map(|&command| command.to_owned()).collect(),
            lacks: lacks.iter().map(|&lack| lack.to_owned()).collect(),
            place: "a.yml: job `b`".to_owned(),
        };
        let rendered = |gates: &[DraftGate]| {
            let (mut text, mut left) = (String::new(), Vec::new());
            render(&mut text, gates, &mut left);
            (text, left)
        };
        let plain = gate(Stage::Source, &["make test"], &[]);
        assert_eq!(rendered(&[plain.clone(), plain.clone()]).0, "\n[gates]\nsource = [\"make test\"]\n");
        let lacking = gate(Stage::Promote, &["make lint"], &["setup-go prepares its machine"]);
        let (text, left) = rendered(&[plain, lacking.clone()]);
        assert_eq!(text, "\n[gates]\nsource = [\"make test\"]\n# promote = [\"make lint\"]\n");
        assert!(left[0].contains("before a promotion: [gates] promote is a comment: setup-go"), "{left:?}");
        assert_eq!(rendered(&[lacking]).0, "\n# [gates]\n# promote = [\"make lint\"]\n");
        assert_eq!(rendered(&[]), (String::new(), Vec::new()));
    }
}
