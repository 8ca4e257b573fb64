//! Several writers of one layout: threads and processes, some of which are killed.
#![expect(clippy::unwrap_used, reason = "in a test it says that the test failed")]

mod layout_support;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread;

use layout_support::{Folder, Image, block_on, content, read_from, tag};
use plimsoll_oci::content::Content as _;
use plimsoll_oci::layout::{Layout, Lock};
use plimsoll_oci::store::{Prune as _, Pull as _, Store as _, StoreError};

/// What a child process is to do; without it the test that is the child does nothing.
const TASK: &str = "PLIMSOLL_TEST_TASK";
const FOLDER: &str = "PLIMSOLL_TEST_FOLDER";

/// Runs this very program again with one task.
fn child(task: &str, folder: &Path) -> Child {
    let program = std::env::current_exe().unwrap();
    let mut command = Command::new(program);
    command.args(["--exact", "is_the_child_process", "--nocapture"]).env(TASK, task).env(FOLDER, folder);
    command.stdout(std::process::Stdio::null()).spawn().unwrap()
}

#[test]
fn is_the_child_process() {
    let (Ok(task), Some(folder)) = (std::env::var(TASK), std::env::var_os(FOLDER)) else { return };
    let folder = PathBuf::from(folder);
    match task.split_once(' ').unwrap() {
        ("tags", name) => write_tags(&folder, name),
        ("blobs", _) => write_blobs(&folder),
        ("compete", name) => compete(&folder, name),
        ("lock", _) => count_under_lock(&folder),
        other => panic!("{other:?}"),
    }
}

const ROUNDS: u32 = 25;

/// Puts one image under many tags.
fn write_tags(path: &Path, name: &str) {
    let layout = Layout::create(path).unwrap();
    for round in 0..ROUNDS {
        let image = Image::new("linux/amd64", format!("{name} {round}").as_bytes());
        let root = image.put(&layout);
        block_on(layout.point(&tag(&format!("{name}-{round}")), &root, None)).unwrap();
    }
}

fn blob(round: u32) -> plimsoll_oci::content::MemoryContent {
    content(vec![u8::try_from(round % 251).unwrap(); 300_000 + round as usize])
}

/// Writes the same blobs as everybody else, for longer than it will live.
fn write_blobs(path: &Path) {
    let layout = Layout::create(path).unwrap();
    for round in 0..2000 {
        block_on(layout.put_blob(&blob(round), None)).unwrap();
    }
}

/// Moves one tag on from wherever it is, a number of times, whoever else does so.
fn compete(path: &Path, name: &str) {
    let layout = Layout::open(path).unwrap();
    let moving = tag("moving");
    let mut done = 0;
    while done < ROUNDS {
        let was = block_on(layout.resolve(&moving)).unwrap().map(|found| found.digest);
        let image = Image::new("linux/amd64", format!("{name} {done} after {was:?}").as_bytes());
        let root = image.put(&layout);
        match block_on(layout.point(&moving, &root, was.as_ref())) {
            Ok(()) => {
                let step = tag(&format!("{name}-{done}"));
                block_on(layout.point(&step, &root, None)).unwrap();
                done += 1;
            }
            Err(StoreError::TagMoved { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

/// Reads, adds one, writes: goes wrong without the lock.
fn count_under_lock(folder: &Path) {
    let (lock, file) = (folder.join(".lock"), folder.join("count"));
    for _ in 0..200 {
        let _held = block_on(Lock::wait(&lock)).unwrap();
        let count: u32 = std::fs::read_to_string(&file).unwrap().parse().unwrap();
        std::fs::write(&file, (count + 1).to_string()).unwrap();
    }
}

#[test]
fn processes_and_threads_lose_no_tag() {
    let folder = Folder::new();
    let path = folder.join("layout");
    let mut children = [child("tags a", &path), child("tags b", &path)];
    thread::scope(|scope| {
        scope.spawn(|| write_tags(&path, "c"));
        scope.spawn(|| write_tags(&path, "d"));
    });
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    let layout = Layout::open(&path).unwrap();
    assert_eq!(block_on(layout.tags()).unwrap().len(), 4 * ROUNDS as usize);
    for found in layout.listed().unwrap() {
        assert!(block_on(plimsoll_oci::walk::whole(&layout, &found.digest)).unwrap().is_empty());
    }
}

#[test]
fn a_moved_tag_is_never_moved_blindly() {
    let folder = Folder::new();
    let path = folder.join("layout");
    let layout = Layout::create(&path).unwrap();
    let mut children = [child("compete a", &path), child("compete b", &path)];
    thread::scope(|scope| {
        scope.spawn(|| compete(&path, "c"));
    });
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    // Every move names in its content what it came after: one chain, without a fork.
    let mut came_after = std::collections::HashSet::new();
    let mut count = 0;
    for entry in layout.listed().unwrap() {
        let name = &entry.annotations["org.opencontainers.image.ref.name"];
        if name == "moving" {
            continue;
        }
        count += 1;
        let manifest = block_on(layout.manifest(&entry.digest)).unwrap().unwrap();
        let layer = manifest.blobs().nth(1).unwrap();
        let layer = block_on(layout.blob(layer)).unwrap().unwrap();
        let path = "/app/file".parse().unwrap();
        let text = block_on(plimsoll_oci::layer::read_file(&*layer, &path, &Default::default()));
        let text = String::from_utf8(text.unwrap().unwrap().to_vec()).unwrap();
        let after = text.split_once(" after ").unwrap().1.to_owned();
        assert!(came_after.insert(after), "two moves after the same: {text}");
    }
    assert_eq!(count, 3 * ROUNDS);
}

#[test]
fn a_killed_writer_leaves_whole_blobs_only() {
    let folder = Folder::new();
    let path = folder.join("layout");
    for round in 0..10_u64 {
        let mut children = [child("blobs -", &path), child("blobs -", &path)];
        thread::sleep(std::time::Duration::from_millis(60 + 17 * round));
        for child in &mut children {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
    let layout = Layout::create(&path).unwrap();
    let files = || std::fs::read_dir(path.join("blobs/sha256")).unwrap().count();
    let mut whole = 0;
    for round in 0.. {
        let blob = blob(round);
        let Some(found) = block_on(layout.blob(blob.descriptor())).unwrap() else { break };
        assert!(read_from(&*found, 0).unwrap() == read_from(&blob, 0).unwrap());
        whole += 1;
    }
    assert!(whole > 0, "the children had time for a blob");
    assert_eq!(files(), whole);
    block_on(layout.put_blob(&content("one more"), None)).unwrap();
    let incoming = std::fs::read_dir(path.join(".incoming")).unwrap();
    let names: Vec<_> = incoming.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["writers"], "what the killed left is swept");
}

#[test]
fn who_gets_the_lock_finds_a_manifest_whole_or_gone() {
    let folder = Folder::new();
    let layout = Layout::create(&folder.join("layout")).unwrap();
    let (lock, v1) = (layout.path().join(".lock"), tag("v1"));
    for round in 0..150 {
        let root = Image::new("linux/amd64", format!("{round}").as_bytes()).put(&layout);
        block_on(layout.point(&v1, &root, None)).unwrap();
        let file = layout_support::blob_file(layout.path(), &root);
        thread::scope(|scope| {
            // As a push of the same manifest, which points a tag at it if it is there.
            let pushing = scope.spawn(|| {
                loop {
                    let _alone = Lock::acquire(&lock).unwrap();
                    let is_there = file.exists();
                    if layout.listed().unwrap().is_empty() {
                        return is_there;
                    }
                }
            });
            block_on(layout.remove_manifest(&root)).unwrap();
            assert!(
                !pushing.join().unwrap(),
                "a tag would have been pointed at what is going, in round {round}"
            );
        });
    }
}

#[test]
fn what_lies_where_a_kept_blob_was_written_belongs_to_somebody_else() {
    let folder = Folder::new();
    let layout = Layout::create(&folder.join("layout")).unwrap();
    for round in 0..10_u8 {
        let mut writer = layout.begin_blob().unwrap();
        writer.write_all(&[round]).unwrap();
        let incoming = std::fs::read_dir(layout.path().join(".incoming")).unwrap();
        let mut paths = incoming.map(|entry| entry.unwrap().path());
        let path = paths.find(|path| !path.ends_with("writers")).unwrap();
        thread::scope(|scope| {
            // As a process in another container, which has the same number.
            let other = scope.spawn(|| {
                while std::fs::File::options().write(true).create_new(true).open(&path).is_err() {
                    std::hint::spin_loop();
                }
            });
            writer.keep().unwrap();
            other.join().unwrap();
        });
        assert!(path.exists(), "what another process has begun is gone, in round {round}");
        std::fs::remove_file(&path).unwrap();
    }
}

#[test]
fn a_lock_keeps_everybody_out() {
    let folder = Folder::new();
    std::fs::write(folder.join("count"), "0").unwrap();
    let mut children = [child("lock -", folder.path()), child("lock -", folder.path())];
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| count_under_lock(folder.path()));
        }
    });
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(std::fs::read_to_string(folder.join("count")).unwrap(), "800");
}

#[test]
fn a_lock_is_free_once_its_holder_is_gone_and_waiting_blocks_nobody() {
    let folder = Folder::new();
    let path = folder.join("a/b/.lock");
    let held = Lock::acquire(&path).unwrap();
    assert!(Lock::try_acquire(&path).unwrap().is_none());
    let mut waiting = Lock::wait(&path);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(waiting.as_mut().poll(&mut context).is_pending());
    drop(held);
    let held = block_on(waiting).unwrap();
    // A waiter that is given up does not keep the lock when it gets it.
    let mut given_up = Lock::wait(&path);
    assert!(given_up.as_mut().poll(&mut context).is_pending());
    drop(given_up);
    drop(held);
    block_on(Lock::wait(&path)).unwrap();
}
