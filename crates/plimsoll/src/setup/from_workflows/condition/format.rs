//! `format('{0}', …)`, as GitHub does it.

/// Puts what is given into a template; none where it is no template, where it names what is not known or not given, or
/// where it gets longer than that. What was put in is not looked at again.
pub(super) fn put_together(template: &str, given: &[Option<&str>], longest: usize) -> Option<String> {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, from_sign)) = rest.find(['{', '}']).and_then(|at| rest.split_at_checked(at)) {
        text.push_str(before);
        rest = if let Some(after) = from_sign.strip_prefix("{{") {
            text.push('{');
            after
        } else if let Some(after) = from_sign.strip_prefix("}}") {
            text.push('}');
            after
        } else {
            let (place, after) = from_sign.strip_prefix('{')?.split_once('}')?;
            let place = Some(place).filter(|place| place.chars().all(|sign| sign.is_ascii_digit()))?;
            text.push_str((*given.get(place.parse::<usize>().ok()?)?)?);
            after
        };
        if text.len() > longest {
            return None;
        }
    }
    text.push_str(rest);
    (text.len() <= longest).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_gone_through_once() {
        for (template, want) in [
            ("{0}-{1}", Some("{1}-b")),
            ("{1}{1}", Some("bb")),
            ("{{0}}", Some("{0}")),
            ("{{{1}}}", Some("{b}")),
            ("é{1}ü", Some("ébü")),
            ("plain", Some("plain")),
            ("", Some("")),
            // Not known, not given, no template.
            ("{2}", None),
            ("{3}", None),
            ("{99999999999999999999999}", None),
            ("{}", None),
            ("{+1}", None),
            ("{1", None),
            ("1}", None),
        ] {
            let given = [Some("{1}"), Some("b"), None];
            assert_eq!(put_together(template, &given, 100).as_deref(), want, "{template}");
        }
    }

    #[test]
    fn what_gets_too_long_is_none() {
        assert_eq!(put_together("{0}{0}", &[Some("12345")], 10).as_deref(), Some("1234512345"));
        assert_eq!(put_together("{0}{0}", &[Some("12345")], 9), None);
        assert_eq!(put_together("1234567890", &[], 9), None);
    }
}
