//! From a YAML tree to services, their images, and what can't be pinned.

use plimsoll_edit::yaml::tree::{Content, NodeId, Pair, Tree};

use super::builds::Build;
use super::image::ends_with_digest;
use super::{ComposeError, ComposeFile, Image, ImageOf, MAX_CHAIN, Service, Unpinned, Why};

pub(super) fn read(text: &str) -> Result<ComposeFile, ComposeError> {
    let tree = Tree::parse(text)?;
    let root = tree.root();
    mapping(&tree, root, "the file")?;
    let Some(services) = tree.find(root, "services") else { return Err(without_services(&tree)) };
    mapping(&tree, services.value, "services")?;
    let mut reader = Reader {
        text,
        tree: &tree,
        services: Vec::new(),
        images: Vec::new(),
        builds: Vec::new(),
        obstacles: Vec::new(),
    };
    reader.read_includes();
    reader.read_models();
    let entries: Vec<(String, NodeId, usize)> = tree
        .entries(services.value)
        .into_iter()
        .map(|pair| (pair.key.clone(), pair.value, line_of(text, pair)))
        .collect();
    for (name, node, line) in &entries {
        mapping(&tree, *node, &format!("services.{name}"))?;
        reader.read_service(name, *node, *line);
    }
    reader.follow_extends();
    reader.check_anchors();
    let Reader { services, images, builds, obstacles, .. } = reader;
    Ok(ComposeFile { text: text.to_owned(), tree, services, images, builds, obstacles })
}

/// The line of an entry's key.
pub(super) fn line_of(text: &str, pair: &Pair) -> usize {
    text.get(..pair.key_span.start).unwrap_or_default().matches('\n').count() + 1
}

fn mapping(tree: &Tree, node: NodeId, path: &str) -> Result<(), ComposeError> {
    match tree.is_mapping(node) {
        true => Ok(()),
        false => Err(ComposeError::Shape {
            path: path.to_owned(),
            line: tree.node(node).line,
            wanted: "a mapping",
        }),
    }
}

fn without_services(tree: &Tree) -> ComposeError {
    let is_service = |pair: &&Pair| {
        !pair.key.starts_with("x-")
            && ["image", "build"].iter().any(|key| tree.find(pair.value, key).is_some())
    };
    match tree.pairs(tree.root()).iter().find(is_service) {
        Some(pair) => {
            ComposeError::FirstVersion { service: pair.key.clone(), line: tree.node(pair.value).line }
        }
        None => ComposeError::NoServices,
    }
}

/// What a service takes over.
enum Base {
    /// A service of this file.
    Service(String),
    /// One of another file.
    File,
}

struct Reader<'a> {
    text: &'a str,
    tree: &'a Tree,
    services: Vec<Service>,
    images: Vec<Image>,
    builds: Vec<Build>,
    obstacles: Vec<Unpinned>,
}

impl Reader<'_> {
    fn obstacle(&mut self, service: Option<&str>, line: usize, why: Why) {
        self.obstacles.push(Unpinned { service: service.map(str::to_owned), line, why });
    }

    fn read_includes(&mut self) {
        let Some(include) = self.tree.find(self.tree.root(), "include") else { return };
        for item in self.tree.items(include.value) {
            let path = self.tree.find(*item, "path").map_or(*item, |pair| pair.value);
            let files = match self.tree.items(path) {
                [] => vec![path],
                several => several.to_vec(),
            };
            for file in files {
                let file = self.tree.text(file).unwrap_or_default().to_owned();
                self.obstacle(None, self.tree.node(*item).line, Why::Include { file });
            }
        }
    }

    fn read_models(&mut self) {
        let Some(models) = self.tree.find(self.tree.root(), "models") else { return };
        for model in self.tree.entries(models.value) {
            let Some(image) =
                self.tree.find(model.value, "model").and_then(|pair| self.tree.text(pair.value))
            else {
                continue;
            };
            if !ends_with_digest(image) {
                let why = Why::Model { name: model.key.clone(), image: image.to_owned() };
                self.obstacle(None, self.tree.node(model.value).line, why);
            }
        }
    }

    fn read_service(&mut self, name: &str, node: NodeId, line: usize) {
        let build = self.tree.find(node, "build").filter(|pair| !self.tree.is_null(pair.value)).cloned();
        let image = self.tree.find(node, "image").filter(|pair| !self.tree.is_null(pair.value)).cloned();
        let extends = self.tree.find(node, "extends").cloned();
        let from = extends.and_then(|extends| self.read_extends(name, &extends));
        let base = match &from {
            Some(Base::Service(service)) => Some(service.clone()),
            Some(Base::File) | None => None,
        };
        let provider = self.tree.find(node, "provider").map(|pair| pair.value);
        let image = match (image, &build, from) {
            (Some(pair), ..) => self.read_image(name, &pair),
            (None, None, Some(Base::Service(service))) => ImageOf::Inherited(service),
            (None, None, Some(Base::File)) => ImageOf::None,
            (None, Some(_), _) => ImageOf::Built,
            (None, None, None) => {
                if provider.is_none() {
                    self.obstacle(Some(name), line, Why::NoImage);
                }
                ImageOf::None
            }
        };
        if let Some(build) = &build {
            self.read_build(name, build, &image);
        }
        self.read_image_volumes(name, node);
        self.read_pre_start(name, node);
        if let Some(provider) = provider {
            self.read_provider(name, provider);
        }
        let (name, is_built) = (name.to_owned(), build.is_some());
        self.services.push(Service { name, line, image, is_built, base, node });
    }

    fn read_image(&mut self, service: &str, pair: &Pair) -> ImageOf {
        let node = self.tree.follow(pair.value);
        let place = match self.images.iter().position(|image| image.node == node) {
            Some(place) => place,
            None => match Image::read(self.text, self.tree, node) {
                Ok(image) => {
                    self.images.push(image);
                    self.images.len() - 1
                }
                Err(why) => {
                    self.obstacle(Some(service), self.tree.node(node).line, why);
                    return ImageOf::None;
                }
            },
        };
        if let Some(image) = self.images.get_mut(place) {
            image.services.push(service.to_owned());
        }
        ImageOf::Written(place)
    }

    /// What a service takes over. What another file says may be anything, beside an `image` too.
    fn read_extends(&mut self, name: &str, extends: &Pair) -> Option<Base> {
        if self.tree.is_null(extends.value) {
            return None;
        }
        let text = |key: &str| self.tree.find(extends.value, key).and_then(|pair| self.tree.text(pair.value));
        let service =
            self.tree.text(extends.value).or_else(|| text("service")).unwrap_or_default().to_owned();
        Some(match text("file").map(str::to_owned) {
            Some(file) => {
                let line = self.tree.node(extends.value).line;
                self.obstacle(Some(name), line, Why::ExtendsFile { file, service });
                Base::File
            }
            None => Base::Service(service),
        })
    }

    fn read_build(&mut self, service: &str, pair: &Pair, image: &ImageOf) {
        let place = self.builds.iter().position(|build| build.node == pair.value);
        let place = place.unwrap_or_else(|| {
            let end = self.tree.node(pair.value).span.end.max(pair.key_span.end + 1);
            self.builds.push(Build {
                node: pair.value,
                key_span: pair.key_span.clone(),
                end,
                beside_image: Vec::new(),
                alone: Vec::new(),
            });
            self.builds.len() - 1
        });
        if let Some(build) = self.builds.get_mut(place) {
            match image {
                ImageOf::Built => build.alone.push(service.to_owned()),
                _ => build.beside_image.push(service.to_owned()),
            }
        }
    }

    /// Volumes of type `image` are images too.
    fn read_image_volumes(&mut self, service: &str, node: NodeId) {
        let Some(volumes) = self.tree.find(node, "volumes") else { return };
        for volume in self.tree.items(volumes.value) {
            let text = |key: &str| self.tree.find(*volume, key).and_then(|pair| self.tree.text(pair.value));
            let source = text("source").unwrap_or_default();
            if text("type") == Some("image") && !ends_with_digest(source) {
                let why = Why::ImageVolume { image: source.to_owned() };
                self.obstacle(Some(service), self.tree.node(*volume).line, why);
            }
        }
    }

    /// What runs before a service may have an image of its own.
    fn read_pre_start(&mut self, service: &str, node: NodeId) {
        let Some(hooks) = self.tree.find(node, "pre_start") else { return };
        for hook in self.tree.items(hooks.value) {
            let Some(image) = self.tree.find(*hook, "image").map(|pair| pair.value) else { continue };
            let written = self.tree.text(image).unwrap_or_default();
            if !self.tree.is_null(image) && !ends_with_digest(written) {
                let why = Why::PreStart { image: written.to_owned() };
                self.obstacle(Some(service), self.tree.node(image).line, why);
            }
        }
    }

    /// The provider `model` takes what it runs from a registry. What others run, they alone know.
    fn read_provider(&mut self, service: &str, provider: NodeId) {
        let find = |node: NodeId, key: &str| self.tree.find(node, key).map(|pair| pair.value);
        if find(provider, "type").and_then(|kind| self.tree.text(kind)) != Some("model") {
            return;
        }
        let Some(model) = find(provider, "options").and_then(|options| find(options, "model")) else {
            return;
        };
        let models = match self.tree.items(model) {
            [] => vec![model],
            several => several.to_vec(),
        };
        for model in models {
            let written = self.tree.text(model).unwrap_or_default();
            if !ends_with_digest(written) {
                let why = Why::Model { name: service.to_owned(), image: written.to_owned() };
                self.obstacle(Some(service), self.tree.node(model).line, why);
            }
        }
    }

    /// Leads every chain of `extends` in this file to the service at its end.
    fn follow_extends(&mut self) {
        let find = |name: &str| self.services.iter().find(|service| service.name == name);
        let mut ends = Vec::new();
        for (place, service) in self.services.iter().enumerate() {
            let ImageOf::Inherited(first) = &service.image else { continue };
            let mut to = find(first);
            for _ in 0..MAX_CHAIN {
                let Some(Service { image: ImageOf::Inherited(next), .. }) = to else { break };
                to = find(next);
            }
            let end = to.filter(|end| !matches!(end.image, ImageOf::Inherited(_)));
            ends.push((place, first.clone(), end.map(|end| end.name.clone())));
        }
        for (place, first, end) in ends {
            let Some(service) = self.services.get_mut(place) else { continue };
            service.image = match &end {
                Some(end) => ImageOf::Inherited(end.clone()),
                None => ImageOf::None,
            };
            let (name, line) = (service.name.clone(), service.line);
            if end.is_none() {
                self.obstacle(Some(&name), line, Why::ExtendsNothing { service: first });
            }
        }
    }

    /// An image whose scalar is an anchor may be edited only where nothing but images use it.
    fn check_anchors(&mut self) {
        let mut shared = Vec::new();
        for image in self.images.iter().filter(|image| self.tree.node(image.node).anchored) {
            let elsewhere = self.tree.ids().any(|id| {
                let Content::Mapping(pairs) = &self.tree.node(id).content else {
                    let items = match &self.tree.node(id).content {
                        Content::Sequence(items) => items.as_slice(),
                        _ => &[],
                    };
                    return items.iter().any(|item| self.tree.follow(*item) == image.node);
                };
                let is_use = |pair: &&Pair| self.tree.follow(pair.value) == image.node;
                pairs.iter().filter(is_use).any(|pair| {
                    pair.key != "image" && !(pair.value == image.node && self.is_in_extension(pair.value))
                })
            });
            if elsewhere {
                let line = self.tree.node(image.node).line;
                shared.extend(image.unpinned(&Why::Shared { line }));
            }
        }
        self.obstacles.extend(shared);
    }

    /// Whether a node stands below an `x-…` of the file, which means nothing by itself.
    fn is_in_extension(&self, node: NodeId) -> bool {
        let span = &self.tree.node(node).span;
        let holds = |pair: &&Pair| {
            let outer = &self.tree.node(pair.value).span;
            outer.start <= span.start && span.end <= outer.end
        };
        self.tree.pairs(self.tree.root()).iter().find(holds).is_some_and(|pair| pair.key.starts_with("x-"))
    }
}
