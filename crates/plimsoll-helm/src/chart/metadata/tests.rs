use serde_json::json;

use super::{Metadata, MetadataError, Misspelt};
use crate::yaml;

fn read(text: &str) -> Result<Metadata, MetadataError> {
    let metadata = Metadata::from_value(&yaml::read(text).unwrap())?;
    metadata.validate()?;
    Ok(metadata)
}

#[test]
fn every_field_is_read_and_written_in_helm_s_order() {
    let metadata = read(
        "apiVersion: v2\nname: app\nversion: 1.2.3\nappVersion: v1\ndescription: |\n  two\n  lines\nkeywords: [a, 1]\n\
         home: https://h\nsources: [https://s]\nmaintainers: [{name: A, email: a@b, url: https://a}]\nicon: https://i\n\
         condition: a.b\ntags: t\ndeprecated: yes\nannotations: {b: 1, a: x<y}\nkubeVersion: '>=1.2'\ntype: library\n\
         dependencies:\n- {name: d, version: ^1, repository: 'https://r', alias: e, tags: [x], condition: d.on, import-values: [{child: c, parent: p}]}\n\
         unknown: 1\n",
    )
    .unwrap();
    assert_eq!(
        serde_json::to_string(&metadata).unwrap(),
        r#"{"name":"app","home":"https://h","sources":["https://s"],"version":"1.2.3","description":"two lines ","keywords":["a","1"],"maintainers":[{"name":"A","email":"a@b","url":"https://a"}],"icon":"https://i","apiVersion":"v2","condition":"a.b","tags":"t","appVersion":"v1","deprecated":true,"annotations":{"a":"x<y","b":"1"},"kubeVersion":">=1.2","dependencies":[{"name":"d","version":"^1","repository":"https://r","condition":"d.on","tags":["x"],"import-values":[{"child":"c","parent":"p"}],"alias":"e"}],"type":"library"}"#
    );
}

#[test]
fn what_helm_refuses_is_refused() {
    let rest = "\nversion: 1.0.0\napiVersion: v2";
    for (text, want) in [
        ("[]".to_owned(), MetadataError::NoMapping),
        ("version: 1.0.0".to_owned(), MetadataError::Missing { field: "name" }),
        ("name: a".to_owned(), MetadataError::Missing { field: "version" }),
        (format!("name: ..{rest}"), MetadataError::Name { name: "..".into() }),
        (format!("name: a/b{rest}"), MetadataError::Name { name: "a/b".into() }),
        ("name: a\nversion: x".to_owned(), MetadataError::Version { version: "x".into() }),
        ("name: a\nversion: 1\napiVersion: v3".to_owned(), MetadataError::ApiVersion { found: "v3".into() }),
        (format!("name: a\ntype: app{rest}"), MetadataError::ChartType { kind: "app".into() }),
        (format!("name: [a]{rest}"), MetadataError::Kind { field: "name".into(), want: "text" }),
        (
            format!("name: a\nmaintainers: [a]{rest}"),
            MetadataError::Kind { field: "maintainers[0]".into(), want: "mapping" },
        ),
        (
            format!("name: a\ndependencies: [{{name: {{}}}}]{rest}"),
            MetadataError::Kind { field: "dependencies[0].name".into(), want: "text" },
        ),
        (
            format!("name: a\ndependencies: [{{name: b, alias: c.d}}]{rest}"),
            MetadataError::Alias { name: "b".into(), alias: "c.d".into() },
        ),
        (
            format!("name: a\ndependencies: [{{name: b}}, {{name: c, alias: b}}]{rest}"),
            MetadataError::SameDependency { name: "b".into() },
        ),
    ] {
        assert_eq!(read(&text), Err(want), "{text}");
    }
}

#[test]
fn numbers_become_the_text_that_helm_reads_and_are_told() {
    let value = yaml::read("name: a\nversion: 1.10\nappVersion: 1.10").unwrap();
    let metadata = Metadata::from_value(&value).unwrap();
    assert_eq!((metadata.version.as_str(), metadata.app_version.as_str()), ("1.1", "1.1"));
    assert_eq!(
        Misspelt::find_in(&value),
        [
            Misspelt { field: "version", read: "1.1".into() },
            Misspelt { field: "appVersion", read: "1.1".into() }
        ]
    );
    assert_eq!(Misspelt::find_in(&json!({"version": "1.10"})), []);
}
