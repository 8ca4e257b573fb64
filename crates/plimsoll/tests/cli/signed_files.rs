//! What is signed of a release, as files for people.

use crate::signing::{SIGNING, json, run, tagged};

#[test]
fn what_is_signed_is_written_as_files_for_people() {
    for (form, bundles) in [("bundle", true), ("both", true), ("legacy", false)] {
        let scene = tagged(&format!("{SIGNING}format = \"{form}\"\n"));
        run(&scene, "release v1.0.0 --local").expect_success();
        run(&scene, "verify v1.0.0 --local --key release.pub --output-signatures there").expect_success();
        let mut there: Vec<String> = std::fs::read_dir(scene.repo.path().join("there"))
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        there.sort();
        let release =
            ["intoto.jsonl", "sigstore", "sigstore.json"].map(|end| format!("v1.0.0-release.{end}"));
        let mut want = vec!["app-v1.0.0.intoto.jsonl".to_owned()];
        if bundles {
            want.extend(["sigstore", "sigstore.json"].map(|end| format!("app-v1.0.0.{end}")));
        }
        want.extend(release);
        assert_eq!(there, want, "{form}");
        let (_, images) = json(run(&scene, "images v1.0.0 --local -o json"));
        let digest = images["images"][0]["digest"].as_str().unwrap();
        if bundles {
            for bundle in ["app-v1.0.0.sigstore.json", "app-v1.0.0.sigstore"] {
                let line = format!("verify file {digest} --bundle there/{bundle} --key release.pub");
                run(&scene, &line).expect_success();
            }
        }
        let stated =
            std::fs::read_to_string(scene.repo.path().join("there/app-v1.0.0.intoto.jsonl")).unwrap();
        assert!(
            stated.lines().count() >= 2 && stated.lines().all(|line| line.contains("\"payloadType\"")),
            "{stated}"
        );
        // Nothing is written of what is not vouched for.
        run(&scene, "verify v1.0.0 --local --key other.pub --output-signatures elsewhere").expect_code(6);
        assert!(!scene.has("elsewhere"));
    }
}
