//! A client of few lines, and a server for it.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use plimsoll_oci::name::{Algorithm, Digest, Digester};
use plimsoll_registry::{Settings, Writing};
use plimsoll_testkit::registry::Serving;
use tempfile::TempDir;

pub(crate) const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// A registry in a folder of its own, and everything that is asked of it.
pub(crate) struct Server {
    pub(crate) serving: Serving,
    folder: PathBuf,
    _folder: Option<TempDir>,
}

impl Server {
    /// One that everybody may write to.
    pub(crate) fn writable() -> Server {
        Server::with(Settings { writing: Writing::Allowed, ..Settings::default() })
    }

    pub(crate) fn with(settings: Settings) -> Server {
        let folder = tempfile::tempdir().unwrap();
        let serving = Serving::start(folder.path(), 0, settings, None).unwrap();
        Server { serving, folder: folder.path().to_owned(), _folder: Some(folder) }
    }

    /// A second one in the same folder.
    pub(crate) fn beside(&self) -> Server {
        let settings = Settings { writing: Writing::Allowed, ..Settings::default() };
        let serving = Serving::start(&self.folder, 0, settings, None).unwrap();
        Server { serving, folder: self.folder.clone(), _folder: None }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.serving.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    pub(crate) fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let mut stream = self.connect();
        let host = headers.iter().find(|(name, _)| *name == "Host").map_or("localhost", |(_, host)| host);
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
        for (name, value) in headers.iter().filter(|(name, _)| *name != "Host") {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !matches!(method, "GET" | "HEAD" | "DELETE") {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
        // A server that answers early need not read the rest.
        let _ = stream.write_all(body);
        Reply::read(&mut stream)
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[], b"")
    }

    pub(crate) fn head(&self, path: &str) -> Reply {
        self.send("HEAD", path, &[], b"")
    }

    pub(crate) fn delete(&self, path: &str) -> Reply {
        self.send("DELETE", path, &[], b"")
    }

    /// Pushes a blob in the simplest way.
    #[track_caller]
    pub(crate) fn push_blob(&self, name: &str, bytes: &[u8]) -> Digest {
        let digest = Digest::of(bytes);
        let path = format!("/v2/{name}/blobs/uploads/?digest={digest}");
        self.send("POST", &path, &[("Content-Type", "application/octet-stream")], bytes).expect(201);
        digest
    }

    /// Pushes a manifest.
    pub(crate) fn push(&self, name: &str, reference: &str, media_type: &str, text: &str) -> Reply {
        let path = format!("/v2/{name}/manifests/{reference}");
        self.send("PUT", &path, &[("Content-Type", media_type)], text.as_bytes())
    }

    /// Opens an upload and gives its location.
    #[track_caller]
    pub(crate) fn open_upload(&self, name: &str) -> String {
        self.send("POST", &format!("/v2/{name}/blobs/uploads/"), &[], b"").expect(202).header("location")
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// Reads everything up to the end of the connection.
    #[track_caller]
    pub(crate) fn read(stream: &mut TcpStream) -> Reply {
        let mut bytes = Vec::new();
        // After an early answer the connection may be reset; what came before counts.
        let _ = stream.read_to_end(&mut bytes);
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer has a head");
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let split = |line: &str| {
            let (name, value) = line.split_once(':').unwrap();
            (name.to_lowercase(), value.trim().to_owned())
        };
        Reply { status, headers: lines.map(split).collect(), body: bytes[end + 4..].to_vec() }
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Reply {
        assert_eq!(self.status, status, "{:?} {}", self.headers, String::from_utf8_lossy(&self.body));
        self
    }

    /// A refusal with this status and code.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, code: &str) -> Reply {
        let reply = self.expect(status);
        let body: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
        assert_eq!(body["errors"][0]["code"], code, "{body}");
        reply
    }

    pub(crate) fn find(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> String {
        self.find(name).unwrap_or_else(|| panic!("there is no {name} in {:?}", self.headers)).to_owned()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// The digest of some bytes by either algorithm.
pub(crate) fn digest_of(algorithm: Algorithm, bytes: &[u8]) -> Digest {
    let mut digester = Digester::new(algorithm);
    digester.update(bytes);
    digester.finish()
}

/// An image manifest with these fields behind its config, which is the empty object.
pub(crate) fn image(more: &str) -> String {
    let empty = Digest::of(b"{}");
    format!(
        r#"{{"schemaVersion":2,"mediaType":"{IMAGE}","config":{{"mediaType":"application/vnd.oci.empty.v1+json","digest":"{empty}","size":2}},"layers":[]{more}}}"#
    )
}

/// An index of these manifests.
pub(crate) fn index(of: &[&str], more: &str) -> String {
    let entry = |text: &&str| {
        let (digest, size) = (Digest::of(text.as_bytes()), text.len());
        format!(r#"{{"mediaType":"{IMAGE}","digest":"{digest}","size":{size}}}"#)
    };
    let entries: Vec<String> = of.iter().map(entry).collect();
    format!(r#"{{"schemaVersion":2,"mediaType":"{INDEX}","manifests":[{}]{more}}}"#, entries.join(","))
}
