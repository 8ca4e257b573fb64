//! Filters of branches and tags (docs.github.com, "Filter pattern cheat sheet").

/// Whether a name is let through: of filters that fit it, the last one counts, and `!` stands before those that keep it out.
pub(in crate::setup) fn lets_through(filters: &[String], name: &str) -> bool {
    let is_out_only = filters.iter().all(|filter| filter.starts_with('!'));
    let decide = |let_through: bool, filter: &String| match filter.strip_prefix('!') {
        Some(filter) => let_through && !fits(filter, name),
        None => let_through || fits(filter, name),
    };
    filters.iter().fold(is_out_only, decide)
}

/// A part of a filter.
enum Part {
    /// Anything without a slash.
    Star,
    /// Anything.
    Stars,
    /// One of these signs, as often as it says.
    Sign { one_of: Vec<(char, char)>, least: usize, most: usize },
}

/// Whether a filter without `!` fits a name.
fn fits(filter: &str, name: &str) -> bool {
    let name: Vec<char> = name.chars().collect();
    goes_on(&parse(filter), &name)
}

fn parse(filter: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut signs = filter.chars().peekable();
    while let Some(sign) = signs.next() {
        let one = |sign: char| Part::Sign { one_of: vec![(sign, sign)], least: 1, most: 1 };
        match sign {
            '*' if signs.next_if_eq(&'*').is_some() => parts.push(Part::Stars),
            '*' => parts.push(Part::Star),
            '\\' => parts.extend(signs.next().map(one)),
            '[' => {
                let inside: Vec<char> = signs.by_ref().take_while(|sign| *sign != ']').collect();
                parts.push(Part::Sign { one_of: ranges(&inside), least: 1, most: 1 });
            }
            '?' | '+' => {
                if let Some(Part::Sign { least, most, .. }) = parts.last_mut() {
                    (*least, *most) = if sign == '?' { (0, 1) } else { (1, usize::MAX) };
                }
            }
            plain => parts.push(one(plain)),
        }
    }
    parts
}

fn ranges(inside: &[char]) -> Vec<(char, char)> {
    match inside {
        [] => Vec::new(),
        [from, '-', to, rest @ ..] => [(*from, *to)].into_iter().chain(ranges(rest)).collect(),
        [one, rest @ ..] => [(*one, *one)].into_iter().chain(ranges(rest)).collect(),
    }
}

fn goes_on(parts: &[Part], name: &[char]) -> bool {
    let Some((part, rest)) = parts.split_first() else { return name.is_empty() };
    let is_of = |sign: &char| match part {
        Part::Star => *sign != '/',
        Part::Stars => true,
        Part::Sign { one_of, .. } => one_of.iter().any(|(from, to)| from <= sign && sign <= to),
    };
    let (least, most) = match part {
        Part::Star | Part::Stars => (0, usize::MAX),
        Part::Sign { least, most, .. } => (*least, *most),
    };
    let there = name.iter().take_while(|sign| is_of(sign)).count().min(most);
    (least..=there).any(|taken| name.get(taken..).is_some_and(|left| goes_on(rest, left)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_fit_as_github_says() {
        for (filters, name, want) in [
            (&["v*"][..], "v1.2.3-stable", true),
            (&["v*"], "sdk/v1.2.3", false),
            (&["*"], "v1.2.3", true),
            (&["*"], "sdk/v1.2.3", false),
            (&["**"], "sdk/v1.2.3", true),
            (&["v[0-9]+.[0-9]+.[0-9]+"], "v1.20.3", true),
            (&["v[0-9]+.[0-9]+.[0-9]+"], "v1.2.3-stable", false),
            (&["v?1.2.3"], "1.2.3", true),
            (&["c\\+\\+-*"], "c++-1.2.3", true),
            (&["v*", "!v*-stable"], "v1.2.3-stable", false),
            (&["v*", "!v*-stable"], "v1.2.3", true),
            (&["!dev"], "main", true),
            (&["main"], "main", true),
            (&["dev"], "main", false),
            (&["release-*"], "v1.2.3", false),
        ] {
            let filters: Vec<String> = filters.iter().map(|&filter| filter.to_owned()).collect();
            assert_eq!(lets_through(&filters, name), want, "{filters:?} {name}");
        }
    }
}
