//! Our own registry, in this process.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use plimsoll_oci::layout::LocalRegistry;
use plimsoll_registry::{Certificate, Door, Listener, Service, Settings, Users, Writing};
use tokio::sync::oneshot;

use super::{Access, PASSWORD, USER};
use crate::env::Environment;

/// Our registry under way, on threads of its own; it ends when the value is dropped.
#[derive(Debug)]
pub struct Serving {
    address: SocketAddr,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Serving {
    /// Serves a folder of image layouts on this port of loopback; 0 is any that is free. `None` if the port is taken.
    ///
    /// # Panics
    /// When the system gives no threads.
    pub fn start(
        storage: &Path,
        port: u16,
        settings: Settings,
        certificate: Option<Certificate>,
    ) -> Option<Serving> {
        let service = Service::new(LocalRegistry::open(storage), settings);
        let (tell, told) = mpsc::channel();
        let (end, ended) = oneshot::channel();
        // Everything on that thread: this one may drive asynchronous work already.
        let serve = move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .expect("the system gives threads");
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            let Ok(listener) = runtime.block_on(Listener::bind(address, certificate)) else { return };
            // Whoever waits for it waits below.
            let _ = tell.send(listener.address());
            runtime.block_on(listener.serve(service, async {
                let _ = ended.await;
            }));
            // As a process that ends: nobody is waited for.
            runtime.shutdown_background();
        };
        let thread = std::thread::spawn(serve);
        let address = told.recv().ok()?;
        Some(Serving { address, end: Some(end), thread: Some(thread) })
    }

    /// Host and port, as they stand in the name of an image.
    pub fn address(&self) -> String {
        self.address.to_string()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            // What panicked there has failed a test already.
            let _ = thread.join();
        }
    }
}

/// Serves as the other flavors do: writable, and with TLS where the machine's variables name a certificate, as those of
/// Distribution do.
pub(super) fn start(
    storage: &Path,
    port: u16,
    access: &Access,
    environment: &Environment,
) -> Option<Serving> {
    let door = match access {
        Access::Anonymous => Door::Open,
        Access::Basic => Door::Users(Arc::new(Users::one(USER, PASSWORD).expect("there is randomness"))),
        Access::Token(_) => panic!("our registry takes no tokens"),
    };
    let file = |wanted: &str| {
        let (_, path) = environment.variables().find(|(variable, _)| *variable == wanted)?;
        Some(std::fs::read(path).expect("the machine's certificate can be read"))
    };
    let certificate = file("REGISTRY_HTTP_TLS_CERTIFICATE").zip(file("REGISTRY_HTTP_TLS_KEY"));
    let certificate = certificate
        .map(|(chain, key)| Certificate::parse(&chain, &key).expect("the machine's certificate is one"));
    // What the proxies of tests alone find.
    let names = vec!["registry.internal".to_owned()];
    let settings = Settings { writing: Writing::Allowed, door, names, ..Settings::default() };
    Serving::start(storage, port, settings, certificate)
}
