use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::*;

/// Two layers of a tar, compressed, and what they unpack to.
fn layers() -> (Vec<Vec<u8>>, Vec<Digest>) {
    let plain: Vec<Vec<u8>> = (0..2).map(|n| vec![n; 100_000]).collect();
    let digests = plain.iter().map(|bytes| Digest::of(bytes)).collect();
    (plain.iter().map(|bytes| zstd::encode_all(&bytes[..], 3).unwrap()).collect(), digests)
}

fn now<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(done) = work.as_mut().poll(&mut context) {
            return done;
        }
    }
}

fn archive(layers: &[Vec<u8>]) -> (tempfile::TempDir, Contents) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("saved.tar");
    let mut tar = tar::Builder::new(std::fs::File::create(&path).unwrap());
    for (number, bytes) in layers.iter().enumerate() {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, format!("{number}.tar"), &bytes[..]).unwrap();
    }
    tar.finish().unwrap();
    let contents = now(Contents::of(&path, std::fs::File::open(&path).unwrap())).unwrap();
    (folder, contents)
}

#[test]
fn of_all_layers_together_no_more_is_unpacked_than_of_one_may_be() {
    let (packed, diff_ids) = layers();
    let (_folder, contents) = archive(&packed);
    let look = |looked: &mut Looked, number: usize| {
        let path = format!("{number}.tar");
        let place = contents.locate(&path, Links::Refuse).unwrap();
        now(looked.layer(&contents, &path, place, &diff_ids[number]))
    };
    for (limit, taken) in [(99_999, 0), (100_000, 1), (199_999, 1), (200_000, 2)] {
        let mut looked = Looked::new(limit);
        for (number, bytes) in packed.iter().enumerate() {
            let found = look(&mut looked, number);
            match number < taken {
                true => assert_eq!(found.unwrap().digest, Digest::of(bytes), "{limit}"),
                false => {
                    let is_told =
                        matches!(found, Err(ArchiveError::TooLarge { limit: told, .. }) if told == limit);
                    assert!(is_told, "{limit}: {found:?}");
                    break;
                }
            }
        }
    }
    // A layer that many images have is unpacked once.
    let mut looked = Looked::new(100_000);
    for _ in 0..3 {
        look(&mut looked, 0).unwrap();
    }
    assert_eq!(looked.left, 0);
}
