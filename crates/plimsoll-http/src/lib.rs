//! One HTTP transport for everything remote: retries, limits, redirects, secrets.
//!
//! A [`Transport`] sends one [`Request`] and gives back one [`Response`], whatever its status. In between it
//!
//! - makes a TLS client only when a host first needs one ([`profile`]),
//! - repeats what may be repeated, and nothing else ([`retry`]),
//! - follows redirects itself, so that no credential crosses to another host ([`redirect`]),
//! - bounds every body that is read whole and every silence on the wire ([`limit`]).
//!
//! It knows nothing of registries or forges. What only they know (a delay hidden in an error body, say) is handed
//! in with the request.

pub mod clock;
pub mod error;
pub mod limit;
pub mod profile;
pub mod proxy;
pub mod redirect;
pub mod request;
pub mod response;
pub mod retry;
pub mod secret;
pub mod shown_url;
pub mod transport;

pub use bytes::Bytes;
pub use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
pub use url::Url;

pub use error::{HttpError, StatusError, Unreachable};
pub use request::{Body, Request};
pub use response::Response;
pub use retry::Repeat;
pub use secret::{Redactor, Secret};
pub use shown_url::ShownUrl;
pub use transport::{Settings, Transport};
