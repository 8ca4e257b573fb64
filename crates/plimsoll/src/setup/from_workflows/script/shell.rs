//! Lines of a shell: their commands, words and variables.

/// The commands of a line, each as its words.
pub(in crate::setup::from_workflows) fn commands(line: &str) -> Vec<Vec<String>> {
    let (mut all, mut words, mut word) = (Vec::new(), Vec::new(), String::new());
    let mut quote = None;
    let mut depth = 0;
    let line = without_backticks(line);
    let mut signs = line.char_indices().peekable();
    while let Some((at, sign)) = signs.next() {
        // The forge puts in what an expression comes to before a shell sees it.
        let rest = line.get(at..).filter(|rest| rest.starts_with("${{")).unwrap_or_default();
        if let Some(whole) = rest.find("}}").and_then(|end| rest.get(..end + 2)) {
            word.push_str(whole);
            while signs.next_if(|(next, _)| *next < at + whole.len()).is_some() {}
            continue;
        }
        match (sign, quote) {
            ('$', _) if matches!(signs.peek(), Some((_, '(' | '{'))) => {
                let Some((_, open)) = signs.next() else { break };
                depth += 1;
                word.extend([sign, open]);
            }
            (')' | '}', _) if depth > 0 => {
                depth -= 1;
                word.push(sign);
            }
            (sign, _) if depth > 0 => word.push(sign),
            ('"' | '\'', None) => quote = Some(sign),
            (sign, Some(open)) if sign == open => quote = None,
            ('\\', None) => word.extend(signs.next().map(|(_, sign)| sign)),
            (sign, Some(_)) => word.push(sign),
            (';' | '|' | '&', None) => {
                words.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty()));
                all.push(std::mem::take(&mut words));
            }
            ('#', None) if word.is_empty() => break,
            (sign, None) if sign.is_whitespace() => {
                words.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty()));
            }
            (sign, None) => word.push(sign),
        }
    }
    words.extend(Some(word).filter(|word| !word.is_empty()));
    all.push(words);
    all.retain(|words| !words.is_empty());
    all
}

/// The same with `$(…)` for what stands in backticks, where each has its other one.
fn without_backticks(line: &str) -> String {
    let count = line.matches('`').count();
    if count == 0 || count % 2 == 1 || line.contains("\\`") {
        return line.to_owned();
    }
    let mut parts = line.split('`');
    let mut written = parts.next().unwrap_or_default().to_owned();
    for (place, part) in parts.enumerate() {
        written.push_str(if place % 2 == 0 { "$(" } else { ")" });
        written.push_str(part);
    }
    written
}

pub(in crate::setup::from_workflows) fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let is_name = !name.is_empty() && name.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '_');
    is_name.then_some((name, value))
}

/// The words that may end texts which a line hands on (`<<EOF`). `$((1<<3))` and `<<<` are none of those.
pub(in crate::setup::from_workflows) fn heredoc_words(line: &str) -> impl Iterator<Item = &str> {
    let places = line.match_indices("<<").map(|(at, _)| at);
    let behind = places.filter_map(move |at| line.get(at + 2..));
    behind.filter(|rest| !rest.starts_with('<')).filter_map(|rest| {
        let rest = rest.strip_prefix('-').unwrap_or(rest).trim_start();
        let word = rest.strip_prefix(['\'', '"', '\\']).unwrap_or(rest);
        let is_part = |sign: char| sign.is_ascii_alphanumeric() || sign == '_';
        let word = word.split(|sign| !is_part(sign)).next().unwrap_or_default();
        let is_quoted = rest.starts_with(['\'', '"']);
        (!word.is_empty() && (is_quoted || !word.starts_with(|sign: char| sign.is_ascii_digit())))
            .then_some(word)
    })
}

/// The scripts within `$(…)` of a line, the outer ones first.
pub(super) fn substituted(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (at, _) in line.match_indices("$(") {
        let inner = line.get(at + 2..).unwrap_or_default();
        // What is worked out is no command.
        if inner.starts_with('(') {
            continue;
        }
        let mut depth = 0_usize;
        let end = inner.char_indices().find(|(_, sign)| {
            match sign {
                '(' => depth += 1,
                ')' if depth == 0 => return true,
                ')' => depth -= 1,
                _ => {}
            }
            false
        });
        found.extend(end.and_then(|(end, _)| inner.get(..end)));
    }
    found
}

/// Replaces a variable where its name ends there.
pub(in crate::setup::from_workflows) fn replace_word(text: &str, variable: &str, value: &str) -> String {
    let mut replaced = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(variable) {
        let goes_on = after.starts_with(|sign: char| sign.is_ascii_alphanumeric() || sign == '_');
        replaced.push_str(before);
        replaced.push_str(if goes_on { variable } else { value });
        rest = after;
    }
    replaced + rest
}
