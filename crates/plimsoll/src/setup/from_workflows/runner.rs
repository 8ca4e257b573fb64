//! The runner of a job: what is built without a word about platforms is built for it.

use super::expression::{Filled, Known};
use super::image::DraftImage;

/// Under this name stands what a job says of its runner.
pub(super) const RUNS_ON: &str = "runs-on";

/// Gives an image the platform of its runner.
pub(super) fn add_platform(known: &Known<'_>, image: &mut DraftImage) {
    let runner = known.values.get(RUNS_ON).map(|runner| known.fill(runner));
    let (platform, guess) = match runner {
        Some(Filled::Known(name)) => (platform_of(&name), name.contains("self-hosted").then_some(name)),
        Some(Filled::Unknown { text, .. }) => (platform_of(""), Some(text)),
        None => (platform_of(""), None),
    };
    image.platforms.push(platform.to_owned());
    image.left.extend(guess.map(|runner| {
        format!("platforms: it is built for the machine that it is built on, {runner}: {platform} is a guess")
    }));
}

/// GitHub's plain runners are of one platform, and others are called after theirs.
fn platform_of(runner: &str) -> &'static str {
    let mut words = runner.split(|sign: char| !sign.is_ascii_alphanumeric()).map(str::to_ascii_lowercase);
    match words.any(|word| matches!(word.as_str(), "arm" | "arm64" | "aarch64")) {
        true => "linux/arm64",
        false => "linux/amd64",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runners_are_called_after_their_platforms() {
        for (runner, platform, is_guess) in [
            ("ubuntu-24.04", "linux/amd64", false),
            ("ubuntu-24.04-arm", "linux/arm64", false),
            ("self-hosted linux ARM64", "linux/arm64", true),
            ("${{ matrix.runner }}", "linux/arm64", false),
            ("${{ inputs.runner }}", "linux/amd64", true),
        ] {
            let values = [
                (RUNS_ON.to_owned(), runner.to_owned()),
                ("matrix.runner".to_owned(), "buildjet-4vcpu-ubuntu-2204-arm".to_owned()),
            ];
            let known = Known { values: &values.into(), repository: None };
            let mut image = DraftImage::default();
            add_platform(&known, &mut image);
            assert_eq!(
                (image.platforms[0].as_str(), !image.left.is_empty()),
                (platform, is_guess),
                "{runner}"
            );
        }
    }
}
