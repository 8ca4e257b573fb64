//! Chart repositories of others: over HTTP by their index, in registries by the tag that is the version.

use std::sync::{Mutex, OnceLock};

use bytes::Bytes;
use plimsoll_engine::world::chart_sources::{ChartSourceError, ChartSources};
use plimsoll_engine::world::{Work, WorldError};
use plimsoll_helm::CHART_LIMIT;
use plimsoll_helm::dependency::{Source, Wanted};
use plimsoll_helm::index::{INDEX_LIMIT, find_address};
use plimsoll_helm::oci::{Found, read_package, tag_of};
use plimsoll_http::redirect::resolve_location;
use plimsoll_http::shown_url::ShownUrl;
use plimsoll_http::{HttpError, Request, Response, StatusCode, Transport, Url};
use plimsoll_oci::name::{Digest, ImageRepository};

use super::helm_repositories::{HelmRepository, Known};
use super::origins::Opener;

/// Makes what hosts are reached by, once one is: files of certificates that nobody needs need not be there.
type OpenTransport = Box<dyn Fn() -> Result<Transport, WorldError> + Send + Sync>;

/// Chart repositories, reached as Helm would reach them.
pub(crate) struct RemoteChartSources {
    open: OpenTransport,
    transport: OnceLock<Result<Transport, WorldError>>,
    registries: Opener,
    known: Known,
    /// Indexes that were read, by their address: several charts may come from one.
    indexes: Mutex<Vec<(String, String)>>,
}

impl RemoteChartSources {
    /// `known` has the repositories that Helm knows on this machine, with their logins.
    pub(crate) fn new(open: OpenTransport, registries: Opener, known: Known) -> RemoteChartSources {
        RemoteChartSources { open, transport: OnceLock::new(), registries, known, indexes: Mutex::default() }
    }

    async fn fetch_http(&self, base: &str, wanted: &Wanted) -> Result<Bytes, ChartSourceError> {
        let known = self.known.find_by_url(base)?;
        let index_url = format!("{base}/index.yaml");
        let text = self.read_index(&index_url, known.as_ref()).await?;
        let broken = |why: String| ChartSourceError::Broken { place: index_url.clone(), why };
        let found = find_address(&text, &wanted.name, &wanted.version);
        let found = found.map_err(|error| broken(error.to_string()))?;
        let place = format!("{index_url}: {} {}", wanted.name, wanted.version);
        let found = found.ok_or(ChartSourceError::Absent { place })?;
        let none = || broken(format!("{} {} has no digest to compare with", wanted.name, wanted.version));
        let want = found.digest.ok_or_else(none)?;
        // An index leads nowhere that a redirect could not lead to.
        let from = Url::parse(&index_url).map_err(|error| broken(format!("it is no address: {error}")))?;
        let url = resolve_location(&from, Some(&found.url))
            .map_err(|error| broken(format!("the address of {} {}: {error}", wanted.name, wanted.version)))?;
        let bytes = self.get(url.clone(), known.as_ref(), CHART_LIMIT).await?;
        let got = Digest::of(&bytes).hex().to_owned();
        match got == want {
            true => Ok(bytes),
            false => {
                Err(ChartSourceError::Lies { place: ShownUrl::from(&url).to_string(), want, found: got })
            }
        }
    }

    async fn read_index(
        &self,
        url: &str,
        known: Option<&HelmRepository>,
    ) -> Result<String, ChartSourceError> {
        let read = {
            let indexes = self.indexes.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            indexes.iter().find(|(of, _)| of == url).map(|(_, text)| text.clone())
        };
        if let Some(text) = read {
            return Ok(text);
        }
        let broken = |why: String| ChartSourceError::Broken { place: url.to_owned(), why };
        let address: Url = url.parse().map_err(|error| broken(format!("it is no address: {error}")))?;
        let bytes = self.get(address, known, INDEX_LIMIT as u64).await?;
        let text = String::from_utf8(bytes.to_vec()).map_err(|_| broken("it is no UTF-8".to_owned()))?;
        // What is sent to people who have no account, or who ask for what is not there.
        if text.trim_start().starts_with('<') {
            return Err(broken("it is a web page, and no index".to_owned()));
        }
        let mut indexes = self.indexes.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        indexes.push((url.to_owned(), text.clone()));
        Ok(text)
    }

    /// Gets a file. A login goes to the repository's own host only, unless Helm was told otherwise.
    async fn get(
        &self,
        url: Url,
        known: Option<&HelmRepository>,
        limit: u64,
    ) -> Result<Bytes, ChartSourceError> {
        let place = ShownUrl::from(&url).to_string();
        if !matches!(url.scheme(), "http" | "https") {
            let why = "only http and https are fetched".to_owned();
            return Err(ChartSourceError::Broken { place, why });
        }
        let credential = known.and_then(|known| known.credential_for(&url));
        let transport = self.transport.get_or_init(|| (self.open)()).as_ref().map_err(WorldError::clone)?;
        let answer = transport.send(Request::get(url).credential(credential)).await;
        let answer: Response = answer.map_err(|error| failed(&place, &error))?;
        match answer.status() {
            StatusCode::NOT_FOUND => Err(ChartSourceError::Absent { place }),
            status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
                Err(ChartSourceError::Unauthorized { place, why: status.to_string() })
            }
            status if status.is_success() => {
                answer.bytes(limit).await.map_err(|error| failed(&place, &error))
            }
            status => Err(ChartSourceError::Unreachable { place, why: status.to_string() }),
        }
    }

    async fn fetch_oci(&self, namespace: &str, wanted: &Wanted) -> Result<Bytes, ChartSourceError> {
        let place = format!("oci://{namespace}/{}:{}", wanted.name, wanted.version);
        let broken = |why: String| ChartSourceError::Broken { place: place.clone(), why };
        let name: Result<ImageRepository, _> = format!("{namespace}/{}", wanted.name).parse();
        let name = name.map_err(|error| broken(error.to_string()))?;
        let tag = tag_of(&wanted.version).map_err(|error| broken(error.to_string()))?;
        let pull = (self.registries)()?.pull(&name);
        match read_package(&*pull, &tag).await.map_err(WorldError::from)? {
            Found::Package(package) => Ok(package),
            Found::NoChart => Err(broken("it is no chart".to_owned())),
            Found::Nothing => Err(ChartSourceError::Absent { place: place.clone() }),
        }
    }

    async fn fetch_wanted(&self, wanted: &Wanted) -> Result<Bytes, ChartSourceError> {
        match &wanted.source {
            Source::Http(base) => self.fetch_http(base, wanted).await,
            Source::Oci(namespace) => self.fetch_oci(namespace, wanted).await,
            Source::Named(name) => {
                let known = self.known.find_by_name(name)?;
                let known = known.ok_or_else(|| ChartSourceError::Unknown { name: name.clone() })?;
                match Source::parse(&known.url) {
                    Source::Oci(namespace) => self.fetch_oci(&namespace, wanted).await,
                    _ => self.fetch_http(known.url.trim_end_matches('/'), wanted).await,
                }
            }
            Source::Inside | Source::Folder(_) => Err(ChartSourceError::Absent { place: wanted.file_name() }),
        }
    }
}

impl ChartSources for RemoteChartSources {
    fn fetch<'a>(&'a self, wanted: &'a Wanted) -> Work<'a, Bytes, ChartSourceError> {
        Box::pin(self.fetch_wanted(wanted))
    }
}

fn failed(place: &str, error: &HttpError) -> ChartSourceError {
    let (place, why) = (place.to_owned(), error.to_string());
    match error.is_temporary() {
        true => ChartSourceError::Unreachable { place, why },
        false => ChartSourceError::Broken { place, why },
    }
}
