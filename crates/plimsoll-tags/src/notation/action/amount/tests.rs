use super::*;

fn told(text: &str, table: &str) -> String {
    let rule = Rule::parse(text).unwrap();
    let pattern = TagPattern::parse("v{version}").unwrap();
    match amount(&rule, &Flavor::default(), &pattern, &Table::parse(table).unwrap(), Stage::Final) {
        Amount::Never => "-".to_owned(),
        Amount::Template(template) => template.to_string(),
        Amount::Unclear(unclear) => format!("? {unclear}"),
    }
}

#[test]
fn rules_amount_to_templates() {
    for (text, release, branch, pull) in [
        ("type=schedule", "-", "nightly", "-"),
        ("type=semver,pattern={{version}}", "{version}", "-", "-"),
        ("type=semver,pattern={{raw}}", "{tag}", "-", "-"),
        ("type=semver,pattern=v{{major}}.{{minor}}", "v{major}.{minor}", "-", "-"),
        ("type=pep440,pattern={{major}},suffix=-slim", "{major}-slim", "-", "-"),
        (r"type=match,pattern=v(.*),group=1", "{version}", "-", "-"),
        (r"type=match,pattern=v(\d+\.\d+),group=1", "{major}.{minor}", "-", "-"),
        (r"type=match,pattern=v.*", "{tag}", "-", "-"),
        (r"type=match,pattern=w.*", "-", "-", "-"),
        ("type=edge", "-", "edge", "-"),
        ("type=edge,branch=dev", "-", "-", "-"),
        ("type=ref,event=branch", "-", "{branch}", "-"),
        ("type=ref,event=tag", "{tag}", "-", "-"),
        ("type=ref,event=pr", "-", "-", "pr-{number}"),
        ("a/b", "a-b", "a-b", "a-b"),
        ("type=raw,value={{branch}}-{{sha}}", "-{sha}", "{branch}-{sha}", "-{sha}"),
        ("type=sha", "sha-{sha}", "sha-{sha}", "sha-{sha}"),
        ("type=sha,format=long,prefix=", "{commit}", "{commit}", "{commit}"),
        ("type=sha,enable=false", "-", "-", "-"),
        ("type=raw,value=latest,enable={{is_default_branch}}", "-", "latest", "-"),
    ] {
        let tables = ["release", "branch:main", "pull-request"];
        assert_eq!(tables.map(|table| told(text, table)), [release, branch, pull], "{text}");
    }
}

#[test]
fn what_a_run_decides_is_unclear() {
    for (text, want) in [
        ("type=raw,value={{date 'YYYY'}}", "? `{{date}}` is different from run to run"),
        ("type=sha,prefix={{base_ref}}-", "? `{{base_ref}}` is different from run to run"),
        ("type=semver,pattern={{version}},value=1.2.3", "? its version does not come from the git tag"),
        (r"type=match,pattern=\d.\d", r"? `\d.\d` gives `3.5` for 3.5.7 and `3.8` for 83.89.97"),
        (r"type=match,pattern=\d", r"? `\d` gives `3` for 3.5.7 and `8` for 83.89.97"),
    ] {
        assert_eq!(told(text, "release"), want);
    }
}
