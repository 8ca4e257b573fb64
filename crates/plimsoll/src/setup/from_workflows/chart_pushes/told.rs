//! What is said of pushes of charts beside those that the charts of the draft have.

use std::collections::BTreeSet;

use super::{ChartNames, ChartPush, ChartPushes, Match, Sending};

impl ChartPushes {
    /// Says what steps push that no chart of the draft has: `taken` are folders of charts, and where they go.
    pub(in crate::setup) fn tell_others(
        &self,
        all: &[ChartNames],
        taken: &BTreeSet<(String, String)>,
    ) -> Vec<String> {
        let mut told = Vec::new();
        for push in &self.0 {
            let mut add = |what: String| {
                if !told.contains(&what) {
                    told.push(what);
                }
            };
            for sending in &push.sendings {
                // Where no chart is there at all, that is told.
                let is_first = all.is_empty() && sending.place.as_deref() == self.first_place();
                if let Some(place) = sending.place.as_ref().filter(|_| !is_first) {
                    self.tell_sending(push, sending, place, all, taken).map(&mut add);
                }
            }
            if let Some(line) = &push.unread {
                add(format!("charts go to a place that is not read: `{line}`"));
            }
        }
        told
    }

    fn tell_sending(
        &self,
        push: &ChartPush,
        sending: &Sending,
        place: &str,
        all: &[ChartNames],
        taken: &BTreeSet<(String, String)>,
    ) -> Option<String> {
        let reached = |wanted: Match| -> Vec<&ChartNames> {
            all.iter().filter(|chart| push.reaches(sending, chart, all) == wanted).collect()
        };
        let sure = reached(Match::Yes);
        let has = |chart: &&&ChartNames| taken.contains(&(chart.path.clone(), place.to_owned()));
        let others: Vec<&str> =
            sure.iter().filter(|chart| !has(chart)).map(|chart| chart.path.as_str()).collect();
        let is_taken = taken.iter().any(|(_, known)| known == place);
        if is_taken && sure.is_empty() {
            // A chart that it may be is told by itself.
            return reached(Match::Maybe).is_empty().then(|| {
                format!(
                    "{}: job `{}`: step `{}` pushes a chart to {place} that is none of those here: `{}`",
                    push.path, push.job, push.step, sending.line
                )
            });
        }
        if !sure.is_empty() && others.is_empty() {
            return None;
        }
        let who = if is_taken { format!("chart {} goes", others.join(", ")) } else { "charts go".to_owned() };
        let places: BTreeSet<&str> = match sure.first() {
            Some(chart) => push.places_of(chart, all).into_iter().collect(),
            None => push.sendings.iter().filter_map(|sending| sending.place.as_deref()).collect(),
        };
        if places.len() > 1 && push.is_choosing {
            let mut places: Vec<&str> = Vec::new();
            for place in push.sendings.iter().filter_map(|sending| sending.place.as_deref()) {
                if !places.contains(&place) {
                    places.push(place);
                }
            }
            return Some(format!(
                "{who} to {}, and a script decides to which: `oci` under [[chart]] is the one of releases",
                places.join(" or ")
            ));
        }
        let is_deciding = push.is_released || !self.0.iter().any(|one| one.is_released);
        Some(match is_deciding {
            true => format!("{who} to {place}, too"),
            false => format!(
                "{who} to {place} when {} is pushed, and here only releases publish them: what pushes there goes on",
                words(&push.branches)
            ),
        })
    }
}

fn words(branches: &[String]) -> String {
    match branches.iter().any(|branch| branch.contains('*')) {
        true => "a branch".to_owned(),
        false if branches.is_empty() => "something else".to_owned(),
        false => branches.join(" or "),
    }
}
