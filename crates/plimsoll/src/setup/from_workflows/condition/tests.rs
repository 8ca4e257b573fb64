use super::*;

/// What a condition comes to, of a workflow that is called with inputs.
fn judged(condition: &str) -> Truth {
    let values = [("inputs.on", "true"), ("inputs.off", "false"), ("matrix.on", "true"), ("env.ON", "true")];
    let values = values.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let known = Known { values: &values, repository: Some("acme/app") };
    let moment = Moment { event: Some("push"), reference: Reference::Branch("main".to_owned()) };
    Judge::at(&moment, &known).judge(&parse(condition).expect("it is written as a condition"))
}

#[test]
fn of_what_differs_in_type_numbers_are_made() {
    for (condition, want) in [
        ("'true' == true", Truth::Fails),
        ("'false' == false", Truth::Fails),
        ("env.ON == true", Truth::Fails),
        ("env.ON == 'true'", Truth::Holds),
        ("'' == false", Truth::Holds),
        ("' ' == false", Truth::Holds),
        ("'1' == true", Truth::Holds),
        ("'1.0' == true", Truth::Holds),
        ("'0x1' == true", Truth::Holds),
        ("'0x+1' == true", Truth::Fails),
        ("'0o1' == true", Truth::Holds),
        ("'nan' == false", Truth::Fails),
        ("'yes' != true", Truth::Holds),
        ("'' == null", Truth::Holds),
        ("'0' == null", Truth::Holds),
        ("'a' == null", Truth::Fails),
        ("false == null", Truth::Holds),
        ("true == null", Truth::Fails),
        ("null == null", Truth::Holds),
        ("true == true", Truth::Holds),
        ("'A' == 'a'", Truth::Holds),
    ] {
        assert_eq!(judged(condition), want, "{condition}");
    }
}

#[test]
fn what_happens_to_a_release_page_is_known_where_it_is_one_thing() {
    let judged = |event: &'static str, of: &[(&str, &str)]| {
        let values = of.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        let known = Known { values: &values, repository: None };
        let moment = Moment { event: Some(event), reference: Reference::Release("v1.2.3".to_owned()) };
        Judge::at(&moment, &known).judge(&parse("github.event.action == 'published'").unwrap())
    };
    assert_eq!(judged("release", &[(ACTION_OF_PAGES, "published")]), Truth::Holds);
    assert_eq!(judged("release", &[(ACTION_OF_PAGES, "created")]), Truth::Fails);
    assert_eq!(judged("release", &[]), Truth::Open);
    assert_eq!(judged("push", &[(ACTION_OF_PAGES, "published")]), Truth::Fails);
}

#[test]
fn whether_a_release_page_is_one_of_a_prerelease_is_a_switch() {
    let judged = |condition: &str, tag: &str| {
        let values = [].into();
        let known = Known { values: &values, repository: None };
        let moment = Moment { event: Some("release"), reference: Reference::Release(tag.to_owned()) };
        Judge::at(&moment, &known).judge(&parse(condition).unwrap())
    };
    for condition in [
        "github.event.release.prerelease",
        "github.event.release.prerelease == true",
        "(github.event.release.prerelease && 'beta' || 'latest') == 'beta'",
        "needs.prepare.outputs.is_prerelease == 'true'",
        "env.PRE_RELEASE != 'false'",
    ] {
        assert_eq!(judged(condition, "v1.2.3-rc.1"), Truth::Holds, "{condition}");
        assert_eq!(judged(condition, "v1.2.3"), Truth::Fails, "{condition}");
        assert_eq!(judged(&format!("!({condition})"), "v1.2.3"), Truth::Holds, "{condition}");
    }
}

#[test]
fn a_switch_that_may_be_a_text_decides_only_what_it_does_as_both() {
    for (condition, want) in [
        ("inputs.on", Truth::Holds),
        ("inputs.off", Truth::Fails),
        ("inputs.on == true", Truth::Holds),
        ("inputs.off == false", Truth::Holds),
        ("inputs.on == inputs.off", Truth::Fails),
        ("inputs.on == 'true'", Truth::Open),
        ("'true' == matrix.on", Truth::Open),
        ("inputs.on != 'true'", Truth::Open),
        ("inputs.off == 'false'", Truth::Open),
        ("inputs.on == '1'", Truth::Open),
        ("inputs.on == 'false'", Truth::Fails),
        ("inputs.on == 'yes'", Truth::Fails),
        ("inputs.off == 'true'", Truth::Fails),
        ("fromJSON(inputs.on) == true", Truth::Holds),
        ("contains(fromJSON('[\"true\"]'), inputs.on)", Truth::Open),
        ("contains(fromJSON('[\"a\"]'), inputs.on)", Truth::Fails),
        ("format('{0}', inputs.on) == 'true'", Truth::Holds),
    ] {
        assert_eq!(judged(condition), want, "{condition}");
    }
}

#[test]
fn numbers_are_numbers_and_inputs_have_their_types() {
    let values = [
        ("inputs.on", "true"),
        ("type.inputs.on", "boolean"),
        ("inputs.off", "false"),
        ("type.inputs.off", "boolean"),
        ("inputs.text", "false"),
        ("type.inputs.text", "string"),
        ("inputs.number", "1.0"),
        ("type.inputs.number", "number"),
    ];
    let values = values.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let known = Known { values: &values, repository: None };
    let moment = Moment { event: Some("push"), reference: Reference::Branch("main".to_owned()) };
    let judge = Judge::at(&moment, &known);
    for (condition, want, as_text) in [
        ("1 == '1'", Truth::Holds, Truth::Holds),
        ("1.0 == '1'", Truth::Holds, Truth::Holds),
        ("1.0 == 1", Truth::Holds, Truth::Holds),
        ("0x1 == true", Truth::Holds, Truth::Holds),
        ("1 == 'a'", Truth::Fails, Truth::Fails),
        ("fromJSON('1') == 1", Truth::Holds, Truth::Holds),
        ("0", Truth::Fails, Truth::Fails),
        ("2", Truth::Holds, Truth::Fails),
        ("inputs.number == 1", Truth::Holds, Truth::Holds),
        ("inputs.on == 'true'", Truth::Fails, Truth::Fails),
        ("inputs.on == true", Truth::Holds, Truth::Holds),
        ("inputs.off", Truth::Fails, Truth::Fails),
        // A text that says something is true, whatever it says; an action takes it by its word.
        ("inputs.text", Truth::Holds, Truth::Fails),
        ("inputs.text == 'false'", Truth::Holds, Truth::Holds),
        ("inputs.on && 'true' || 'false'", Truth::Holds, Truth::Holds),
        ("inputs.off && 'true' || 'false'", Truth::Holds, Truth::Fails),
    ] {
        let term = parse(condition).expect("it is written as a condition");
        assert_eq!((judge.judge(&term), judge.judge_text(&term)), (want, as_text), "{condition}");
    }
}

#[test]
fn texts_that_grow_in_one_another_have_an_end() {
    // As deep as they are tried, the shallowest first: the last would fill any machine.
    for (deep, want) in [(2, Truth::Holds), (9, Truth::Open), (20, Truth::Open)] {
        let mut text = "'boom'".to_owned();
        for _ in 0..deep {
            text = format!("format('{{0}}{{0}}{{0}}{{0}}', {text})");
        }
        assert_eq!(judged(&format!("startsWith({text}, 'boom')")), want, "{deep}");
        let known = Known { values: &std::collections::BTreeMap::new(), repository: None };
        let is_known = matches!(known.fill(&format!("a ${{{{ {text} }}}}")), Filled::Known(_));
        assert_eq!(is_known, want == Truth::Holds, "{deep}");
    }
    // Nor do many of them.
    let one = format!("format('{}', 'boom')", "{0}".repeat(3000));
    assert_eq!(judged(&format!("{one} == ''")), Truth::Fails);
    assert_eq!(judged(&format!("{one} == {one}")), Truth::Open);
}

#[test]
fn long_values_are_not_looked_into() {
    let values = [("env.A".to_owned(), "a".repeat(100)), ("env.B".to_owned(), "a".repeat(20_000))];
    let values = values.into();
    let known = Known { values: &values, repository: None };
    assert_eq!(work_out("env.A && 'yes' || 'no'", &known).as_deref(), Some("yes"));
    assert_eq!(work_out("env.B && 'yes' || 'no'", &known), None);
}

#[test]
fn what_is_put_together_is_no_expression() {
    let values = [("env.A".to_owned(), "a".to_owned())].into();
    let known = Known { values: &values, repository: None };
    assert_eq!(work_out("format('${0}{0} env.A {1}{1}', '{', '}')", &known), None);
    assert_eq!(work_out("format('{{{0}', env.A)", &known).as_deref(), Some("{a"));
}
