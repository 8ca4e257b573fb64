//! Connections that are opened for what is to come.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use plimsoll_oci::name::ImageRepository;
use plimsoll_oci::remote::Access;
use plimsoll_oci::remote::credential::Credentials;
use plimsoll_oci::store::Pull;

use crate::support::{SETTINGS, client};

#[tokio::test]
async fn a_registry_is_connected_to_once_and_no_wider_than_it_may_be_asked() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let name: ImageRepository = format!("{}/a", listener.local_addr().unwrap()).parse().unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let coming = Arc::clone(&count);
    std::thread::spawn(move || {
        let mut open = Vec::new();
        for stream in listener.incoming() {
            open.push(stream);
            coming.fetch_add(1, Ordering::SeqCst);
        }
    });
    let (remote, _) = client(Credentials::default(), SETTINGS);
    let repository = remote.repository(&name, Access::Pull).unwrap();
    repository.expect(usize::MAX);
    let begun = Instant::now();
    while count.load(Ordering::SeqCst) < SETTINGS.concurrency {
        assert!(begun.elapsed() < Duration::from_secs(10), "{count:?} connections");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    repository.expect(3);
    remote.repository(&name, Access::Push).unwrap().expect(3);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(count.load(Ordering::SeqCst), SETTINGS.concurrency);
}
