//! The compose file that is released with pinned images: the one whose services run what is released here.

pub(super) mod built;

use std::fmt::Write as _;

use plimsoll_engine::document::compose::{ComposeFile, ImageOf, Service, Why};

use self::built::{Builds, Built};
use super::render::{commented, list, quoted, with_host};
use crate::setup::from_workflows::DraftImage;
use crate::setup::holdings::{FoundFile, Holdings};

/// How many compose files that run nothing of the release are told one by one.
const FEW: usize = 4;

/// A compose file, as far as a release can pin it.
struct Candidate<'a> {
    file: &'a FoundFile,
    /// How many of its services run an image that is released here.
    runs: usize,
    /// Services of which the configuration must say which image they run.
    named: Vec<(String, String)>,
    /// Services that nothing can pin, with the reason.
    unpinnable: Vec<(String, String)>,
    /// Services that run what is called as an image is that is released here, in another registry.
    namesakes: Vec<String>,
    /// What keeps the whole file from being pinned.
    obstacles: Vec<String>,
}

/// Writes the table; says whether it holds, and what of the files is left.
pub(super) fn render(
    text: &mut String,
    images: &[DraftImage],
    holdings: &Holdings,
    left: &mut Vec<String>,
) -> bool {
    let mut candidates = Vec::new();
    for file in &holdings.composes {
        match Candidate::of(file, images, Builds::of(&file.path, &file.text, &holdings.dockerfile_texts)) {
            Ok(candidate) => candidates.push(candidate),
            Err(why) => left.push(format!("compose file {}: {why}", file.path)),
        }
    }
    let (running, others): (Vec<_>, Vec<_>) = candidates.into_iter().partition(|one| one.runs > 0);
    let is_whole = |candidate: &&Candidate<'_>| candidate.obstacles.is_empty();
    let chosen = running.iter().find(is_whole);
    match chosen {
        Some(chosen) => chosen.render(text, left),
        None => {
            if let Some(first) = running.first().or(others.first()) {
                let lines =
                    format!("\n[compose]\nfile = {}\nservices = {{ … = \"…\" }}\n", quoted(&first.file.path));
                text.push_str(&commented(&lines));
            }
        }
    }
    for other in &running {
        match chosen {
            Some(chosen) if chosen.file.path == other.file.path => {}
            _ if !other.obstacles.is_empty() => left.push(format!(
                "compose file {}: it can't be pinned: {}",
                other.file.path,
                other.obstacles.join("; ")
            )),
            _ => left.push(format!(
                "compose file {}: it runs what is released here, too, and a configuration has one [compose]",
                other.file.path
            )),
        }
    }
    for other in others.iter().take(FEW) {
        left.push(other.tell_nothing());
        left.extend(other.tell_namesakes());
    }
    if let Some(more) = others.len().checked_sub(FEW).filter(|more| *more > 0) {
        left.push(format!("{more} more compose files run no image that is released here"));
    }
    let passed_over = holdings.composes_passed_over.iter().take(FEW);
    left.extend(passed_over.map(|path| format!("compose file {path}: by its name not for releases")));
    if let Some(more) = holdings.composes_passed_over.len().checked_sub(FEW).filter(|more| *more > 0) {
        left.push(format!("{more} more compose files by their names not for releases"));
    }
    chosen.is_some()
}

impl<'a> Candidate<'a> {
    fn of(file: &'a FoundFile, images: &[DraftImage], builds: Builds<'_>) -> Result<Candidate<'a>, String> {
        let compose = ComposeFile::parse(&file.text).map_err(|error| error.to_string())?;
        let mut found = Candidate {
            file,
            runs: 0,
            named: Vec::new(),
            unpinnable: Vec::new(),
            namesakes: Vec::new(),
            obstacles: Vec::new(),
        };
        for service in compose.services() {
            found.judge(service, &compose, &builds, images);
        }
        found.name_same(&compose);
        for obstacle in compose.obstacles() {
            match &obstacle.service {
                Some(service) => found.add_unpinnable(service, &obstacle.why.to_string()),
                None => found.obstacles.push(obstacle.why.to_string()),
            }
        }
        // What stands on a service that is left alone is left alone, too.
        for service in compose.services() {
            if let ImageOf::Inherited(from) = &service.image
                && found.unpinnable.iter().any(|(name, _)| name == from)
            {
                found.add_unpinnable(&service.name, &format!("it extends `{from}`"));
            }
        }
        Ok(found)
    }

    fn judge(
        &mut self,
        service: &Service,
        compose: &ComposeFile,
        builds: &Builds<'_>,
        images: &[DraftImage],
    ) {
        if let ImageOf::Inherited(_) | ImageOf::None = service.image {
            return;
        }
        let name = &service.name;
        let of_build = builds.find(name, images);
        let reference = compose.image_of(name).map(|image| image.reference().cloned());
        let of_text = match &reference {
            Some(Ok(reference)) => find_by_repository(&reference.repository.to_string(), images),
            Some(Err(Why::NoDefault { written, .. })) => {
                find_by_repository(&with_host(&without_tag(written).to_lowercase()), images)
            }
            Some(Err(_)) | None => None,
        };
        // Of several that go to one repository, what builds it tells which.
        if let Some(Ok(reference)) = &reference
            && count_there(&reference.repository.to_string(), images) > 1
            && let Built::Image(image) = of_build
        {
            return self.name(service, image);
        }
        match (of_text, &reference) {
            // The release knows it by its repository.
            (Some(_), Some(Ok(_))) => {
                self.runs += 1;
                return;
            }
            (Some(image), _) => return self.name(service, image),
            (None, _) => {}
        }
        match (of_build, reference) {
            (Built::Image(image), _) => self.name(service, image),
            (Built::OtherStage(why), _) => self.add_unpinnable(name, &why),
            (Built::Nothing, Some(Ok(reference))) if !service.is_built => {
                let repository = reference.repository.to_string();
                if let Some(image) = find_namesake(&repository, images) {
                    self.namesakes.push(format!(
                        "service `{name}` runs {repository}, which is not released here: `services = {{ {name} = \"{}\" }}` \
                         under [compose] lets it run {}",
                        image.name,
                        image.repositories.first().map(|name| with_host(name)).unwrap_or_default()
                    ));
                }
            }
            (Built::Nothing, Some(Err(why))) => self.add_unpinnable(name, &why.to_string()),
            (Built::Nothing, _) => {
                self.add_unpinnable(name, "it is built, and no image of it is released");
            }
        }
    }

    /// A name that one service gives to what is built here means the same where another one runs it.
    fn name_same(&mut self, compose: &ComposeFile) {
        let reference = |name: &str| compose.image_of(name).and_then(|image| image.reference().cloned().ok());
        let known: Vec<_> = self
            .named
            .iter()
            .filter_map(|(service, image)| Some((reference(service)?, image.clone())))
            .collect();
        for service in compose.services() {
            let is_own = !matches!(service.image, ImageOf::Inherited(_) | ImageOf::None);
            let is_named = self.named.iter().any(|(name, _)| *name == service.name);
            let own = reference(&service.name).filter(|_| is_own && !is_named);
            if let Some((_, image)) = known.iter().find(|(one, _)| own.as_ref() == Some(one)) {
                self.unpinnable.retain(|(name, _)| *name != service.name);
                self.runs += 1;
                self.named.push((service.name.clone(), image.clone()));
            }
        }
    }

    fn name(&mut self, service: &Service, image: &DraftImage) {
        self.runs += 1;
        self.named.push((service.name.clone(), image.name.clone()));
    }

    fn add_unpinnable(&mut self, service: &str, why: &str) {
        if !self.unpinnable.iter().any(|(name, _)| name == service) {
            self.unpinnable.push((service.to_owned(), why.to_owned()));
        }
    }

    fn render(&self, text: &mut String, left: &mut Vec<String>) {
        let path = &self.file.path;
        let _ = write!(text, "\n[compose]\nfile = {}\n", quoted(path));
        if !self.named.is_empty() {
            let pairs =
                self.named.iter().map(|(service, image)| format!("{} = {}", quoted(service), quoted(image)));
            let _ = writeln!(text, "services = {{ {} }}", pairs.collect::<Vec<_>>().join(", "));
        }
        if !self.unpinnable.is_empty() {
            let services: Vec<String> = self.unpinnable.iter().map(|(service, _)| service.clone()).collect();
            let _ = writeln!(text, "leave = {}", list(&services));
        }
        left.extend(self.unpinnable.iter().map(|(service, why)| {
            format!("compose file {path}: service `{service}` is left as it is: {why}")
        }));
        left.extend(self.tell_namesakes());
    }

    fn tell_namesakes(&self) -> impl Iterator<Item = String> {
        self.namesakes.iter().map(|what| format!("compose file {}: {what}", self.file.path))
    }

    fn tell_nothing(&self) -> String {
        let why = match (self.unpinnable.as_slice(), self.obstacles.as_slice()) {
            ([], []) => String::new(),
            (services, obstacles) => {
                let services = services.iter().map(|(service, why)| format!("`{service}`: {why}"));
                let all: Vec<String> = services.chain(obstacles.iter().cloned()).collect();
                format!(" ({})", all.join("; "))
            }
        };
        format!("compose file {}: it runs no image that is released here{why}", self.file.path)
    }
}

fn find_by_repository<'a>(repository: &str, images: &'a [DraftImage]) -> Option<&'a DraftImage> {
    images.iter().find(|image| image.repositories.iter().any(|name| with_host(name) == repository))
}

/// How many images go to a repository.
fn count_there(repository: &str, images: &[DraftImage]) -> usize {
    let goes_there =
        |image: &&DraftImage| image.repositories.iter().any(|name| with_host(name) == repository);
    images.iter().filter(goes_there).count()
}

/// The one image that is called the same in another registry.
fn find_namesake<'a>(repository: &str, images: &'a [DraftImage]) -> Option<&'a DraftImage> {
    let path = |name: &str| name.split_once('/').map(|(_, path)| path.to_owned());
    let wanted = path(repository)?;
    let is_same = |name: &String| path(&with_host(name)).as_ref() == Some(&wanted);
    let mut same = images.iter().filter(|image| image.repositories.iter().any(is_same));
    same.next().filter(|_| same.next().is_none())
}

/// A name without its tag, which may be a variable: `acme/app:${TAG}`.
fn without_tag(written: &str) -> &str {
    let plain = || written.rsplit_once(':').filter(|(_, tag)| !tag.contains('/'));
    written.split_once(":$").or_else(plain).map_or(written, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(name: &str, repository: &str, dockerfile: &str) -> DraftImage {
        DraftImage {
            name: name.to_owned(),
            repositories: vec![repository.to_owned()],
            dockerfile: Some(dockerfile.to_owned()),
            ..DraftImage::default()
        }
    }

    /// What is written for these files, and what is left.
    fn rendered(files: &[(&str, &str)]) -> (String, Vec<String>) {
        let images =
            [image("api", "acme/api", "api/Dockerfile"), image("web", "ghcr.io/acme/web", "Dockerfile")];
        let found =
            |(path, text): &(&str, &str)| FoundFile { path: (*path).to_owned(), text: (*text).to_owned() };
        let holdings = Holdings { composes: files.iter().map(found).collect(), ..Holdings::default() };
        let (mut text, mut left) = (String::new(), Vec::new());
        render(&mut text, &images, &holdings, &mut left);
        (text, left)
    }

    #[test]
    fn services_run_what_is_released() {
        let (text, left) = rendered(&[(
            "deploy/compose.yml",
            "services:\n  web: { image: \"ghcr.io/acme/web:1\" }\n  api: { image: \"acme/api:${TAG}\" }\n  work: { build: { context: ../api } }\n  db: { image: postgres:16 }\n",
        )]);
        assert_eq!(
            text,
            "\n[compose]\nfile = \"deploy/compose.yml\"\nservices = { \"api\" = \"api\", \"work\" = \"api\" }\n"
        );
        assert_eq!(left, [""; 0]);
    }

    #[test]
    fn of_two_in_one_repository_a_service_runs_the_one_that_it_builds() {
        let images =
            [image("api", "acme/shop", "api/Dockerfile"), image("web", "acme/shop", "web/Dockerfile")];
        let compose = "services:\n  w: { image: acme/shop:dev, build: web }\n";
        let found = FoundFile { path: "compose.yml".to_owned(), text: compose.to_owned() };
        let holdings = Holdings { composes: vec![found], ..Holdings::default() };
        let mut text = String::new();
        render(&mut text, &images, &holdings, &mut Vec::new());
        assert!(text.ends_with("services = { \"w\" = \"web\" }\n"), "{text}");
    }

    #[test]
    fn what_nothing_can_pin_is_left_and_told() {
        let (text, left) = rendered(&[(
            "compose.yml",
            "services:\n  web: { image: \"ghcr.io/acme/web\" }\n  tool: { build: tools }\n  other: { image: \"${OTHER}\" }\n  more: { extends: { service: other } }\n",
        )]);
        assert!(text.ends_with("leave = [\"tool\", \"other\", \"more\"]\n"), "{text}");
        assert_eq!(left.len(), 3, "{left:?}");
        assert!(left[0].contains("service `tool` is left as it is: it is built"), "{left:?}");
    }

    #[test]
    fn who_shares_a_name_runs_the_same_image() {
        let text = "x-base: &base\n  image: app:latest\nservices:\n  app:\n    <<: *base\n    build: .\n  logger:\n    <<: *base\n  db: { image: 'postgres:16' }\n";
        let (text, left) = rendered(&[("compose.yml", text)]);
        assert!(text.contains("\"logger\" = \"web\""), "{text}");
        assert!(!text.contains("db"), "{text}");
        assert_eq!(left, [""; 0]);
    }

    #[test]
    fn a_service_is_matched_whatever_its_image_is_called() {
        for (service, want, told) in [
            // It is built here, and called otherwise.
            (
                "{ image: 'shop:dev', build: { context: ., dockerfile: ./api/Dockerfile } }",
                "{ \"a\" = \"api\" }",
                "",
            ),
            ("{ image: 'quay.io/other/shop', build: '.' }", "{ \"a\" = \"web\" }", ""),
            // It is called so elsewhere, and may be another one.
            ("{ image: 'quay.io/acme/api:1' }", "", "lets it run docker.io/acme/api"),
            ("{ image: 'acme/web' }", "", "lets it run ghcr.io/acme/web"),
        ] {
            let text = format!("services:\n  a: {service}\n  b: {{ image: acme/api }}\n");
            let (text, left) = rendered(&[("compose.yml", &text)]);
            let services = text.lines().find_map(|line| line.strip_prefix("services = ")).unwrap_or_default();
            assert_eq!(services, want, "{service}");
            assert_eq!(left.len(), usize::from(!told.is_empty()), "{left:?}");
            assert!(left.iter().all(|what| what.contains(told)), "{left:?}");
        }
    }

    #[test]
    fn a_service_of_another_stage_runs_none_of_it() {
        let two = "services: { a: { build: { context: ., target: api } }, w: { build: { context: ., target: work } } }";
        let alone = "services: { a: { build: { context: ., target: dev } }, b: { build: { context: ., target: dev } } }";
        let work = "services: { a: { build: { context: ., target: work } } }";
        let plain = "services: { a: { build: . }, w: { build: { context: ., target: work } } }";
        for (compose, target, dockerfile, services, left) in [
            (two, Some("api"), "", "{ \"a\" = \"web\" }", 1),
            (two, None, "", "", 1),
            (two, None, "FROM a AS work\nFROM a AS API", "{ \"a\" = \"web\" }", 1),
            (plain, None, "", "{ \"a\" = \"web\" }", 1),
            (plain, Some("api"), "FROM a AS work\nFROM a AS api", "{ \"a\" = \"web\" }", 1),
            // The only one that is named, where no last one is known.
            (alone, None, "", "{ \"a\" = \"web\", \"b\" = \"web\" }", 0),
            (work, None, "FROM a AS work\nFROM scratch", "", 1),
        ] {
            let target = target.map(str::to_owned);
            let images = [DraftImage { target, ..image("web", "ghcr.io/acme/web", "Dockerfile") }];
            let found = FoundFile { path: "compose.yml".to_owned(), text: compose.to_owned() };
            let dockerfile_texts = [("Dockerfile".to_owned(), dockerfile.to_owned())].into();
            let holdings = Holdings { composes: vec![found], dockerfile_texts, ..Holdings::default() };
            let (mut text, mut told) = (String::new(), Vec::new());
            render(&mut text, &images, &holdings, &mut told);
            let found = text.lines().find_map(|line| line.strip_prefix("services = ")).unwrap_or_default();
            assert_eq!((found, told.len()), (services, left), "{compose} {dockerfile}: {told:?}");
            assert!(told.iter().all(|what| what.contains("the stage `work` of Dockerfile")), "{told:?}");
        }
    }

    #[test]
    fn files_that_run_nothing_of_it_are_told() {
        let (text, left) = rendered(&[
            ("compose.yml", "services: { a: { build: tools }, b: { image: \"${TAG}\" } }"),
            ("docker/compose.yml", "include: [a.yml]\nservices: { web: { image: ghcr.io/acme/web } }"),
            ("x/compose.yml", "a: ["),
        ]);
        assert!(text.starts_with("\n# [compose]\n# file = \"docker/compose.yml\"\n"), "{text}");
        assert_eq!(left.len(), 3, "{left:?}");
        let (text, left) = rendered(&[
            ("compose.yml", "services: { web: { image: ghcr.io/acme/web } }"),
            ("deploy/compose.yml", "services: { web: { image: ghcr.io/acme/web } }"),
        ]);
        assert!(text.contains("file = \"compose.yml\""), "{text}");
        assert!(left[0].contains("deploy/compose.yml: it runs what is released here, too"), "{left:?}");
    }
}
