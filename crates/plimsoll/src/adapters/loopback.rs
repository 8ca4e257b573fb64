//! A local registry over HTTP on loopback, to be read, for as long as somebody holds it.

use std::net::{Ipv4Addr, SocketAddr};

use plimsoll_oci::layout::LocalRegistry;
use plimsoll_registry::{ListenError, Listener, Service, Settings};
use tokio::sync::oneshot;

/// A registry that is served; it ends when the value is dropped.
pub(crate) struct Loopback {
    address: SocketAddr,
    _end: oneshot::Sender<()>,
}

impl Loopback {
    /// Serves a registry at a port that is free, to be read by anybody on this machine.
    pub(crate) async fn serve(registry: LocalRegistry) -> Result<Loopback, ListenError> {
        let listener = Listener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), None).await?;
        let address = listener.address();
        let (end, ended) = oneshot::channel::<()>();
        let service = Service::new(registry, Settings::default());
        tokio::spawn(listener.serve(service, async {
            // Sent or dropped, it says the same.
            let _ = ended.await;
        }));
        Ok(Loopback { address, _end: end })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}
