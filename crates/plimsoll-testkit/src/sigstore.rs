//! A Sigstore of one's own on loopback: issuer, Fulcio with its log of certificates, Rekor of version 1 or 2, timestamp authority.

mod authority;
mod issuer;
mod log;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::env::Environment;
use crate::process::{Invocation, Server};
use crate::registry::free_port;
use crate::tools::{self, Tool};

pub use authority::Authority;
pub use issuer::Issuer;
pub use log::Log;

/// Whoever signs in tests, and the name of the issuer that vouches for him.
pub const PERSON: &str = "dev@example.test";
const PROGRAMS: [&str; 4] = ["cosign", "fulcio", "tesseract", "tsamini"];
const READY_WITHIN: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(50);
/// What Fulcio's key is encrypted with; it takes no empty password.
const PASSWORD: &str = "fulcio";
const START: &str = "2020-01-01T00:00:00Z";
const AUTHORITY: [&str; 4] = [
    "-addext",
    "basicConstraints=critical,CA:TRUE,pathlen:0",
    "-addext",
    "keyUsage=critical,keyCertSign,cRLSign",
];
/// What Fulcio certifies of a job of GitLab (sigstore/fulcio, config/identity).
const JOBS: &str = "\
ci-issuer-metadata:
  gitlab-pipeline:
    default-template-values:
      url: https://gitlab.test
    extension-templates:
      build-signer-uri: https://{{ .ci_config_ref_uri }}
      source-repository-uri: \"{{ .url }}/{{ .project_path }}\"
      source-repository-digest: sha
    subject-alternative-name-template: https://{{ .ci_config_ref_uri }}
";
const STAMPING: &str = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n";

/// The services, until the value is dropped.
#[derive(Debug)]
pub struct Sigstore {
    folder: PathBuf,
    issuer: Issuer,
    ports: Ports,
    _servers: Vec<Server>,
}

#[derive(Debug)]
struct Ports {
    issuer: u16,
    authority: u16,
    certificates: u16,
    log: u16,
    stamps: u16,
}

impl Sigstore {
    /// One with version 2 of Rekor, as [`Sigstore::with`] starts it.
    ///
    /// # Panics
    /// As [`Sigstore::with`].
    #[track_caller]
    pub fn start(environment: &Environment) -> Option<Sigstore> {
        Sigstore::with(Log::V2, environment)
    }

    /// Makes keys, starts everything and waits until it answers; `None` when a program is missing.
    ///
    /// # Panics
    /// When something does not come up, or is missing and required ([`tools::require`]).
    #[track_caller]
    pub fn with(log: Log, environment: &Environment) -> Option<Sigstore> {
        let [cosign, fulcio, tesseract, tsamini] = tools::require_all(PROGRAMS)?;
        let rekor = tools::require(log.program())?;
        let openssl = tools::require("openssl")?;
        // Before Fulcio, which looks for its issuers when it starts.
        let issuer = Issuer::start(environment)?;
        let folder = environment.folder("sigstore");
        let ports = Ports {
            issuer: issuer.port,
            authority: free_port(),
            certificates: free_port(),
            log: free_port(),
            stamps: free_port(),
        };
        let maker = Maker { environment, folder: &folder, log };
        maker.keys(&openssl);
        maker.configuration(&cosign, &ports);
        let serve = |tool: &Tool, name: &str, arguments: &[&str]| {
            let command = maker.command(tool, arguments);
            command
                .set("OTEL_METRICS_EXPORTER", "none")
                .set("OTEL_TRACES_EXPORTER", "none")
                .set("OTEL_LOGS_EXPORTER", "none")
                .serve(&folder.join(format!("{name}.log")))
        };
        let text = |port: u16| port.to_string();
        let mut servers =
            vec![serve(&tsamini, "stamps", &["127.0.0.1", &text(ports.stamps), "tsa.key", "tsa.chain.pem"])];
        let logging = log.arguments(ports.log);
        let logging: Vec<&str> = logging.iter().map(String::as_str).collect();
        servers.push(serve(&rekor, "rekor", &logging));
        let certificates = [
            "--http_endpoint",
            &format!("127.0.0.1:{}", ports.certificates),
            "--origin",
            "127.0.0.1",
            "--storage_dir",
            "certificates",
            "--private_key",
            "ct.key",
            "--roots_pem_file",
            "fulcio.pem",
            "--ext_key_usages",
            "CodeSigning",
            "--enable_publication_awaiter=false",
        ];
        servers.push(serve(&tesseract, "certificates", &certificates));
        let authority = [
            "serve",
            "--config-path",
            "fulcio.yaml",
            "--host",
            "127.0.0.1",
            "--port",
            &text(ports.authority),
            "--grpc-host",
            "127.0.0.1",
            "--grpc-port",
            &text(free_port()),
            "--metrics-port",
            &text(free_port()),
            "--ca",
            "fileca",
            "--fileca-cert",
            "fulcio.pem",
            "--fileca-key",
            "fulcio.key",
            "--fileca-key-passwd",
            PASSWORD,
            "--fileca-watch=false",
            "--ct-log-url",
            &format!("http://127.0.0.1:{}", ports.certificates),
            "--ct-log-public-key-path",
            "ct.pub",
            "--legacy-unix-domain-socket",
            &format!("@fulcio-{}", ports.authority),
        ];
        servers.push(serve(&fulcio, "fulcio", &authority));
        for (port, path) in [
            (ports.stamps, "/ping"),
            (ports.log, log.ready()),
            (ports.certificates, "/ct/v1/get-roots"),
            (ports.authority, "/healthz"),
        ] {
            wait(port, path);
        }
        Some(Sigstore { issuer, folder, ports, _servers: servers })
    }

    /// A file that says whom to trust.
    pub fn trusted_root(&self) -> PathBuf {
        self.folder.join("trusted_root.json")
    }

    /// A file that says which services sign.
    pub fn signing_config(&self) -> PathBuf {
        self.folder.join("signing_config.json")
    }

    /// Where signatures are logged.
    pub fn log_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.log)
    }

    fn authority_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.authority)
    }

    /// Where signatures are stamped.
    pub fn timestamp_url(&self) -> String {
        format!("http://127.0.0.1:{}/api/v1/timestamp", self.ports.stamps)
    }

    /// How cosign 2 is told to sign here with the token in the file `token`.
    pub fn older_services(&self) -> String {
        let (authority, log) = (self.authority_url(), self.log_url());
        format!("--yes --identity-token token --fulcio-url {authority} --rekor-url {log}")
    }

    /// A command of cosign 2 that trusts these services: in its older form it asks variables, not for a trusted root.
    pub fn trusted_by(&self, command: Invocation) -> Invocation {
        command
            .set("SIGSTORE_REKOR_PUBLIC_KEY", self.folder.join("rekor.pub"))
            .set("SIGSTORE_CT_LOG_PUBLIC_KEY_FILE", self.folder.join("ct.pub"))
            .set("SIGSTORE_ROOT_FILE", self.folder.join("fulcio.pem"))
    }

    /// The issuer that vouches for [`PERSON`].
    pub fn issuer(&self) -> String {
        self.issuer.url()
    }

    /// The issuer that vouches for jobs.
    pub fn job_issuer(&self) -> String {
        self.issuer.job_url()
    }

    /// A token of a job with these claims, as GitLab names them.
    ///
    /// # Panics
    /// When the issuer does not answer.
    pub fn job_token(&self, claims: &Value) -> String {
        self.issuer.job_token(claims)
    }

    /// The chain of the timestamp authority, in PEM.
    pub fn timestamp_chain(&self) -> PathBuf {
        self.folder.join("tsa.chain.pem")
    }

    /// Logs [`PERSON`] in at an address that a program shows, as he would with a browser: what he sees in the end.
    ///
    /// # Panics
    /// When the issuer does not answer.
    pub fn log_in(&self, address: &str) -> String {
        self.issuer.log_in(address)
    }

    /// A token of [`PERSON`], good for some minutes.
    ///
    /// # Panics
    /// When the issuer does not answer.
    pub fn token(&self) -> String {
        self.issuer.token()
    }
}

struct Maker<'a> {
    environment: &'a Environment,
    folder: &'a Path,
    log: Log,
}

impl Maker<'_> {
    fn command(&self, tool: &Tool, arguments: &[&str]) -> Invocation {
        tool.command(self.environment).in_folder(self.folder).args(arguments)
    }

    fn keys(&self, openssl: &Tool) {
        let run = |line: &str, more: &[&str]| {
            let arguments: Vec<&str> = line.split(' ').chain(more.iter().copied()).collect();
            self.command(openssl, &arguments).run().expect_success();
        };
        for key in ["fulcio.plain.key", "tsaca.key", "tsa.key", "ct.key"] {
            run(&format!("ecparam -name prime256v1 -genkey -noout -out {key}"), &[]);
        }
        run(&format!("pkcs8 -topk8 -in fulcio.plain.key -out fulcio.key -passout pass:{PASSWORD}"), &[]);
        run(
            "req -x509 -new -key fulcio.plain.key -sha256 -days 3650 -subj /O=loop/CN=fulcio -out fulcio.pem",
            &AUTHORITY,
        );
        run(
            "req -x509 -new -key tsaca.key -sha256 -days 3650 -subj /O=loop/CN=tsa-root -out tsaca.pem",
            &AUTHORITY,
        );
        run("req -new -key tsa.key -subj /O=loop/CN=tsa -out tsa.csr", &[]);
        self.write("tsa.ext", STAMPING);
        run(
            "x509 -req -in tsa.csr -CA tsaca.pem -CAkey tsaca.key -CAcreateserial -days 3000 -sha256 -extfile tsa.ext -out tsa.pem",
            &[],
        );
        let read = |name: &str| fs::read_to_string(self.folder.join(name)).expect("openssl wrote it");
        self.write("tsa.chain.pem", &(read("tsa.pem") + &read("tsaca.pem")));
        for line in self.log.key() {
            run(line, &[]);
        }
        run("ec -in ct.key -pubout -out ct.pub", &[]);
        for folder in ["log", "certificates"] {
            fs::create_dir(self.folder.join(folder)).expect("a folder can be made");
        }
    }

    fn configuration(&self, cosign: &Tool, ports: &Ports) {
        let url = |port: u16| format!("url=http://127.0.0.1:{port}");
        let issuer = format!("http://127.0.0.1:{}/email", ports.issuer);
        let jobs = format!("http://127.0.0.1:{}/gitlab", ports.issuer);
        let known = |issuer: &str, kind: &str| {
            format!("  {issuer}:\n    issuer-url: {issuer}\n    client-id: sigstore\n    type: {kind}\n")
        };
        let issuers = known(&issuer, "email") + &known(&jobs, "ci-provider");
        self.write(
            "fulcio.yaml",
            &format!("oidc-issuers:\n{issuers}    ci-provider: gitlab-pipeline\n{JOBS}"),
        );
        let stamps = format!("{}/api/v1/timestamp", url(ports.stamps));
        let root = [
            "trusted-root",
            "create",
            "--out",
            "trusted_root.json",
            &format!("--fulcio={},certificate-chain=fulcio.pem", url(ports.authority)),
            &format!("--ctfe={},public-key=ct.pub,start-time={START}", url(ports.certificates)),
            &self.log.trusted(&url(ports.log)),
            &format!("--tsa={stamps},certificate-chain=tsa.chain.pem"),
        ];
        self.command(cosign, &root).run().expect_success();
        let named = |kind: &str, url: &str, version: u32| {
            format!("--{kind}={url},api-version={version},start-time={START},operator=loop")
        };
        let config = [
            "signing-config",
            "create",
            "--out",
            "signing_config.json",
            &named("fulcio", &url(ports.authority), 1),
            &named("rekor", &url(ports.log), self.log.api_version()),
            "--rekor-config=ANY",
            &named("tsa", &stamps, 1),
            "--tsa-config=ANY",
            &named("oidc-provider", &format!("url={issuer}"), 1),
        ];
        self.command(cosign, &config).run().expect_success();
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.join(name), text).expect("a file can be written");
    }
}

fn wait(port: u16, path: &str) {
    let until = Instant::now() + READY_WITHIN;
    while ask(port, "GET", path, "").is_none() {
        assert!(Instant::now() < until, "nothing answers at 127.0.0.1:{port}{path}");
        thread::sleep(POLL);
    }
}

/// What a service answers, head and body; `None` if it does not.
fn ask(port: u16, method: &str, path: &str, body: &str) -> Option<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    let length = body.len();
    let head =
        format!("{method} {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.starts_with("HTTP/").then_some(answer)
}
