//! A registry behind two proxies, made empty again for every case of a long table.
//!
//! The binary speaks to the *front*, where faults are planned; the front speaks to the *watch*, where what arrives is
//! looked at; behind it is the registry. Addresses stay the same from case to case, so that the same commit with the
//! same configuration makes the same digests.

use std::fs;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::process::{Invocation, Output, Running};
use plimsoll_testkit::proxy::{Fault, Lasting, Proxy, When};
use plimsoll_testkit::registry::{Access, Flavor, Registry};

use crate::law::{broken_before_moving_tag, broken_before_version_tag};
use crate::observer::Observer;
use crate::project::{Fleet, Project};

const POLL: Duration = Duration::from_millis(2);
const PATIENCE: u32 = 500;
/// More often than any run writes one tag.
const OFTEN: usize = 12;

/// Whether `app` goes to a further repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Copies {
    /// It does not: a release makes fewer requests.
    None,
    /// It does, and the release waits for it.
    One,
}

/// One registry with its proxies, and the project that is released to it.
pub(crate) struct Lane {
    registry: Registry,
    front: Proxy,
    watch: Proxy,
    template: Project,
    /// The repositories of the project: of `app`, of `tool`, and the copy of `app` if there is one.
    pub(crate) repositories: Vec<String>,
    broken: Arc<Mutex<Vec<String>>>,
}

impl Lane {
    /// Starts a registry with a project of two images; `None` without its program.
    pub(crate) fn start(flavor: Flavor, copies: Copies) -> Option<Self> {
        let registry = Registry::start(&Environment::new(), flavor, Access::Anonymous)?;
        let watch = Proxy::start(&registry.address());
        let front = Proxy::start(&watch.address());
        let mut fleet = Fleet::at(&front.address());
        let mut repositories = vec![fleet.app.clone(), fleet.tool.clone()];
        if copies == Copies::One {
            let mirror = format!("{}/mirror/app", front.address());
            fleet = fleet.mirrored_to(&mirror);
            repositories.push(mirror);
        }
        let template = Project::tagged(&fleet);
        Some(Self { registry, front, watch, template, repositories, broken: Arc::default() })
    }

    /// Empties the registry, forgets all faults, and gives a project that nobody has released.
    ///
    /// From now on everything that arrives at the registry is held against the laws of order.
    pub(crate) fn clear(&mut self) -> Project {
        self.registry.stop();
        // The registry in memory has no such folder.
        let _ = fs::remove_dir_all(self.registry.storage());
        self.registry.restart();
        self.broken().clear();
        self.front.reset();
        self.watch.reset();
        let project = self.template.copy();
        self.watch_order(&project);
        project
    }

    fn watch_order(&self, project: &Project) {
        type Law = fn(&crate::claim::Claims, &Observer, &str) -> Vec<String>;
        let laws: [(&str, Law); 2] = [
            ("/manifests/1.0.0", broken_before_version_tag),
            ("/manifests/latest", broken_before_moving_tag),
        ];
        for (place, law) in laws {
            for nth in 1..=OFTEN {
                let (claims, observer) = (project.claims(), self.observer());
                let broken = Arc::clone(&self.broken);
                let look = move || {
                    let found = law(&claims, &observer, "1.0.0");
                    broken.lock().unwrap_or_else(PoisonError::into_inner).extend(found);
                };
                self.watch.fail(When::nth("PUT", place, nth), Fault::after(look), Lasting::Once);
            }
        }
    }

    /// What was out of order since [`Lane::clear`].
    pub(crate) fn take_broken(&self) -> Vec<String> {
        std::mem::take(&mut *self.broken())
    }

    fn broken(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.broken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody who looks at the registry past the proxies.
    pub(crate) fn observer(&self) -> Observer {
        Observer::at(&self.registry.address())
    }

    /// The proxy in which faults are planned.
    pub(crate) fn front(&self) -> &Proxy {
        &self.front
    }

    /// Every visible tag of the project.
    pub(crate) fn visible_tags(&self) -> Vec<(String, String)> {
        let observer = self.observer();
        let of = |repository: &String| {
            let name = repository.clone();
            observer
                .visible_tags(repository)
                .into_iter()
                .map(move |(tag, digest)| (format!("{name}:{tag}"), digest))
        };
        self.repositories.iter().flat_map(of).collect()
    }
}

/// Runs a command that the registry's proxy may kill: `plan` gets the deed that kills it.
pub(crate) fn run_mortal(command: Invocation, plan: impl FnOnce(Box<dyn FnOnce() + Send>)) -> Output {
    let cell: Arc<Mutex<Option<Running>>> = Arc::default();
    let victim = Arc::clone(&cell);
    plan(Box::new(move || {
        // It is there as soon as it was started, and gone again once it has ended by itself.
        for _ in 0..PATIENCE {
            if let Some(running) = victim.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
                return running.kill();
            }
            thread::sleep(POLL);
        }
    }));
    let lock = || cell.lock().unwrap_or_else(PoisonError::into_inner);
    *lock() = Some(command.start());
    loop {
        if lock().as_mut().is_none_or(Running::has_ended) {
            break;
        }
        thread::sleep(POLL);
    }
    let running = lock().take();
    running.expect("it was put there").wait()
}
