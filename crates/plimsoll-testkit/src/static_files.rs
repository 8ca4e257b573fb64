//! A folder over HTTP on loopback: what GitHub Pages or a chart museum would serve.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// A folder that is served until the process ends.
pub struct StaticFiles {
    address: String,
    wishes: Arc<Mutex<Wishes>>,
}

/// What is not served as it lies there.
#[derive(Default)]
struct Wishes {
    /// Whoever asks must say this: `Basic …`.
    login: Option<String>,
    /// What comes instead of a file.
    lies: Vec<(String, Vec<u8>)>,
    /// What is done instead of answering.
    mischief: Vec<(String, Mischief)>,
    /// What each request said to be let in.
    logins: Vec<Option<String>>,
}

/// What a server does that does not answer.
#[derive(Clone, Debug)]
pub enum Mischief {
    /// This status, and nothing else: `500 Internal Server Error`.
    Refuses(&'static str),
    /// Somebody else is to be asked.
    SendsTo(String),
    /// Bytes that never end.
    NeverEnds,
}

impl StaticFiles {
    /// Serves a folder.
    pub fn serve(folder: impl Into<PathBuf>) -> StaticFiles {
        let folder = folder.into();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
        let address = listener.local_addr().expect("it has an address").to_string();
        let wishes = Arc::new(Mutex::new(Wishes::default()));
        let theirs = Arc::clone(&wishes);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // Whoever goes away in the middle is none of ours.
                let _ = answer(stream, &folder, &theirs);
            }
        });
        StaticFiles { address, wishes }
    }

    /// Its address: `http://127.0.0.1:1234`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on only those are answered who send this `Authorization`.
    pub fn demand(&self, authorization: &str) {
        self.lock().login = Some(authorization.to_owned());
    }

    /// The `Authorization` of each request, in their order.
    pub fn logins(&self) -> Vec<Option<String>> {
        self.lock().logins.clone()
    }

    /// From now on these bytes come instead of a file.
    pub fn lie(&self, file: &str, bytes: &[u8]) {
        self.lock().lies.push((file.to_owned(), bytes.to_vec()));
    }

    /// From now on this is done instead of sending a file.
    pub fn misbehave(&self, file: &str, mischief: Mischief) {
        self.lock().mischief.push((file.to_owned(), mischief));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Wishes> {
        self.wishes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers one request for a file.
fn answer(mut stream: TcpStream, folder: &Path, wishes: &Mutex<Wishes>) -> io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let mut said = None;
    while let Some(line) = lines.next().transpose()?.filter(|line| !line.is_empty()) {
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("authorization")
        {
            said = Some(value.trim().to_owned());
        }
    }
    let name = first.split(' ').nth(1).unwrap_or_default().trim_start_matches('/').to_owned();
    let name = name.split('?').next().unwrap_or_default();
    let (login, lie, mischief) = {
        let mut wishes = wishes.lock().unwrap_or_else(PoisonError::into_inner);
        wishes.logins.push(said.clone());
        let lie = wishes.lies.iter().find(|(file, _)| file == name).map(|(_, bytes)| bytes.clone());
        let mischief = wishes.mischief.iter().find(|(file, _)| file == name).map(|(_, what)| what.clone());
        (wishes.login.clone(), lie, mischief)
    };
    match mischief {
        Some(Mischief::Refuses(status)) => {
            return write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
        Some(Mischief::SendsTo(place)) => {
            return write!(
                stream,
                "HTTP/1.1 302 Found\r\nLocation: {place}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
        }
        Some(Mischief::NeverEnds) => {
            write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
            // Until whoever asked goes away.
            loop {
                stream.write_all(&[b' '; 1 << 16])?;
            }
        }
        None => {}
    }
    let (status, body) = match (login, lie, fs::read(folder.join(name))) {
        (Some(login), _, _) if said.as_deref() != Some(login.as_str()) => ("401 Unauthorized", Vec::new()),
        (_, Some(lie), _) => ("200 OK", lie),
        (_, None, Ok(body)) if !name.contains("..") => ("200 OK", body),
        _ => ("404 Not Found", Vec::new()),
    };
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len())?;
    stream.write_all(&body)
}
