//! What `==` comes to.

use super::{Judge, Truth, Word};

impl Judge<'_> {
    /// Whether two are the same. Texts are by their letters, small or not; of what differs in type, GitHub makes numbers.
    pub(super) fn same(&self, one: &Word, other: &Word) -> Truth {
        let of = |is_same: bool| if is_same { Truth::Holds } else { Truth::Fails };
        match (one, other) {
            (Word::Unknown, _) | (_, Word::Unknown) => Truth::Open,
            (Word::Text(one), Word::Text(other)) => of(one.eq_ignore_ascii_case(other)),
            (Word::Own, Word::Own) => Truth::Holds,
            // Which type it has is not known: it must come to the same for both.
            (Word::Written(switch), text @ &Word::Text(_))
            | (text @ &Word::Text(_), Word::Written(switch)) => {
                let as_switch = self.same(&Word::Switch(*switch), text);
                let as_text = self.same(&Word::Text(switch.to_string()), text);
                if as_switch == as_text { as_switch } else { Truth::Open }
            }
            (Word::Written(switch), other) | (other, Word::Written(switch)) => {
                self.same(&Word::Switch(*switch), other)
            }
            (
                Word::Text(_) | Word::Number(_) | Word::Switch(_) | Word::Nothing,
                Word::Text(_) | Word::Number(_) | Word::Switch(_) | Word::Nothing,
            ) => of(number_of(one) == number_of(other)),
            (Word::Begins { kind, begin }, Word::Text(text))
            | (Word::Text(text), Word::Begins { kind, begin }) => self.is_called(kind, begin, text),
            (Word::Release { kind, tag }, Word::Text(text))
            | (Word::Text(text), Word::Release { kind, tag }) => {
                of(text.eq_ignore_ascii_case(&format!("{kind}{tag}")))
            }
            (Word::Somebody, Word::Text(text)) | (Word::Text(text), Word::Somebody)
                if text.contains("[bot]") =>
            {
                Truth::Fails
            }
            (Word::Nothing, _) | (_, Word::Nothing) => Truth::Fails,
            (Word::Something | Word::Somebody, Word::Text(text))
            | (Word::Text(text), Word::Something | Word::Somebody)
                if text.is_empty() =>
            {
                Truth::Fails
            }
            _ => Truth::Open,
        }
    }

    /// Whether a ref that is known in part has this name. Branches that are named are looked at by themselves.
    fn is_called(&self, kind: &str, begin: &str, text: &str) -> Truth {
        if let Some(name) = text.strip_prefix(kind).filter(|name| name.starts_with(begin)) {
            self.named.borrow_mut().insert(name.to_owned());
        }
        Truth::Fails
    }
}

/// The number that GitHub makes of it. What is no number is the same as nothing, itself neither.
fn number_of(word: &Word) -> f64 {
    match word {
        Word::Switch(true) => 1.0,
        Word::Switch(false) | Word::Nothing => 0.0,
        Word::Text(text) | Word::Number(text) => number_in(text.trim()),
        _ => f64::NAN,
    }
}

pub(super) fn number_in(text: &str) -> f64 {
    let of = |digits: &str, base: u32| {
        let is_bare = digits.chars().all(|sign| sign.is_digit(base));
        u32::from_str_radix(digits, base).ok().filter(|_| is_bare).map_or(f64::NAN, f64::from)
    };
    match (text, text.strip_prefix("0x"), text.strip_prefix("0o")) {
        ("", ..) => 0.0,
        (_, Some(digits), _) => of(digits, 16),
        (_, None, Some(digits)) => of(digits, 8),
        // Words that Rust has for numbers are none there.
        (text, None, None) if text.contains(|sign: char| !"0123456789+-.eE".contains(sign)) => f64::NAN,
        (text, None, None) => text.parse().unwrap_or(f64::NAN),
    }
}
