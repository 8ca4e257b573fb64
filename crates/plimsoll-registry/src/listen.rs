//! Brings requests from a socket.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Either, Shared, select};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::entrance::Reach;
use crate::patience::PatientWriter;
use crate::service::Service;

/// How long a client may take for a handshake, and for the head of a request.
const HEAD_WITHIN: Duration = Duration::from_secs(30);
/// How long requests may go on when the registry is to end.
const GRACE: Duration = Duration::from_secs(10);
/// How many clients are spoken to at once; others wait.
const MOST_CONNECTIONS: usize = 512;
/// How long to wait when the system has no more files for connections.
const BREATHER: Duration = Duration::from_millis(50);

/// A socket that listens.
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
}

/// What a server shows to prove who it is.
pub struct Certificate(Arc<ServerConfig>);

/// Why nothing can listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The address can't be had.
    #[error("{address} can't be listened on: {source}")]
    Address {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The certificate can't be used.
    #[error("the certificate can't be used: {0}")]
    Certificate(String),
    /// The private key can't be used.
    #[error("the certificate's key can't be used: {0}")]
    Key(String),
}

impl Certificate {
    /// Reads a chain of certificates, the server's own first, and its key, both as PEM.
    ///
    /// # Errors
    /// [`ListenError::Certificate`] and [`ListenError::Key`].
    pub fn parse(chain: &[u8], key: &[u8]) -> Result<Certificate, ListenError> {
        let chain = CertificateDer::pem_slice_iter(chain)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| ListenError::Certificate(error.to_string()))?;
        if chain.is_empty() {
            return Err(ListenError::Certificate("there is none in the file".into()));
        }
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| ListenError::Key(error.to_string()))?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| ListenError::Certificate(error.to_string()))?
            .with_no_client_auth()
            .with_single_cert(chain, key);
        let mut config = config.map_err(|error| ListenError::Key(error.to_string()))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Certificate(Arc::new(config)))
    }
}

impl Listener {
    /// Listens on an address; port 0 is any that is free. With a certificate it speaks TLS and nothing else.
    ///
    /// # Errors
    /// [`ListenError::Address`].
    pub async fn bind(
        address: SocketAddr,
        certificate: Option<Certificate>,
    ) -> Result<Listener, ListenError> {
        let failed = |source| ListenError::Address { address, source };
        let socket = TcpListener::bind(address).await.map_err(failed)?;
        let address = socket.local_addr().map_err(failed)?;
        Ok(Listener { socket, address, tls: certificate.map(|Certificate(config)| config.into()) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From where it can be reached. A page in a browser gets through no handshake under a name that the certificate does
    /// not have.
    fn reach(&self) -> Reach {
        match self.tls.is_none() && self.address.ip().to_canonical().is_loopback() {
            true => Reach::Machine,
            false => Reach::Network,
        }
    }

    /// Serves until `end`, then lets requests under way come to theirs.
    pub async fn serve(self, service: Service, end: impl Future<Output = ()>) {
        let (ending, ended) = oneshot::channel::<()>();
        // Sent or dropped, it says the same.
        let ended: End = ended.map(|_| ()).boxed().shared();
        let mut connections = JoinSet::new();
        let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        let reach = self.reach();
        let mut end = std::pin::pin!(end);
        loop {
            let accepted = std::pin::pin!(async {
                let place = Arc::clone(&places).acquire_owned().await;
                (self.socket.accept().await, place)
            });
            let (accepted, place) = match select(accepted, end.as_mut()).await {
                Either::Left((accepted, _)) => accepted,
                Either::Right(((), _)) => break,
            };
            while connections.try_join_next().is_some() {}
            let Ok((stream, _)) = accepted else {
                tokio::time::sleep(BREATHER).await;
                continue;
            };
            let (service, tls, ended) = (service.clone(), self.tls.clone(), ended.clone());
            connections.spawn(async move {
                let _place = place;
                greet(stream, tls, Host { service, reach }, ended).await;
            });
        }
        drop((self.socket, ending));
        // Whoever is not done by then is cut off.
        let _ = tokio::time::timeout(GRACE, connections.join_all()).await;
    }
}

/// Comes when the registry is to end.
type End = Shared<BoxFuture<'static, ()>>;

/// Who answers on a connection.
struct Host {
    service: Service,
    reach: Reach,
}

async fn greet(stream: TcpStream, tls: Option<TlsAcceptor>, host: Host, end: End) {
    // Answers are small and waited for.
    let _ = stream.set_nodelay(true);
    let stream = PatientWriter::new(stream, host.service.patience());
    match tls {
        None => speak(stream, host, end).await,
        Some(tls) => match tokio::time::timeout(HEAD_WITHIN, tls.accept(stream)).await {
            Ok(Ok(stream)) => speak(stream, host, end).await,
            Ok(Err(error)) => tracing::debug!(%error, "no TLS with a client"),
            Err(_) => tracing::debug!("a client did not finish the handshake"),
        },
    }
}

async fn speak(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, host: Host, end: End) {
    let answer = service_fn(move |request| {
        host.service.answer(request, host.reach).map(Ok::<_, std::convert::Infallible>)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .serve_connection(TokioIo::new(stream), answer);
    let mut connection = std::pin::pin!(connection);
    let done = match select(connection.as_mut(), end).await {
        Either::Left((done, _)) => done,
        Either::Right(((), _)) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = done {
        tracing::debug!(%error, "a connection broke");
    }
}
