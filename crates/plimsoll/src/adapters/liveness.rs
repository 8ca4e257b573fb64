//! Whether the process that wrote a claim still lives, as far as this machine can tell.
//!
//! Being wrong costs work, never safety: only compare-and-swap decides.

use std::fs;

use plimsoll_engine::domain::claim::{CiRun, Holder, Vital};
use plimsoll_engine::domain::time::Moment;
use plimsoll_engine::world::Work;
use plimsoll_engine::world::liveness::Liveness;
use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};

use super::clock;

/// The process namespace of a machine that is no container (`PROC_PID_INIT_INO` of Linux).
const FIRST_NAMESPACE: &str = "pid:[4026531836]";
/// How much later than its claim a process may seem to have begun, in seconds: clocks are set now and then.
const SLACK: u64 = 10;

/// This machine's processes.
pub(crate) struct MachineLiveness {
    host: String,
    boot: Option<String>,
}

impl MachineLiveness {
    /// This machine.
    pub(crate) fn new() -> MachineLiveness {
        MachineLiveness { host: host(), boot: boot() }
    }

    /// This very run, as its claims name it.
    pub(crate) fn describe_run(&self, ci: Option<CiRun>, url: Option<String>) -> Holder {
        Holder {
            run: format!("{:032x}", clock::random()),
            url,
            ci,
            host: self.host.clone(),
            boot: self.boot.clone(),
            process: Some(std::process::id()),
            since: clock::now(),
        }
    }

    fn look(&self, holder: &Holder) -> Vital {
        if holder.host != self.host {
            return Vital::Elsewhere;
        }
        if let (Some(then), Some(now)) = (&holder.boot, &self.boot)
            && then != now
        {
            return Vital::Gone;
        }
        // A claim that names no process says nothing about one.
        let Some(process) = holder.process else { return Vital::Elsewhere };
        match begun(process) {
            Process::Gone => Vital::Gone,
            // The number was given to another process since.
            Process::Since(begun) if begun.seconds_since(holder.since) > SLACK => Vital::Gone,
            Process::Since(_) | Process::There => Vital::Alive,
        }
    }
}

impl Liveness for MachineLiveness {
    fn vital<'a>(&'a self, holder: &'a Holder) -> Work<'a, Vital> {
        Box::pin(async move { Ok(self.look(holder)) })
    }
}

/// The machine's name. Containers share names and have process numbers of their own, so theirs is set apart.
fn host() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    match fs::read_link("/proc/self/ns/pid").ok().and_then(|link| link.into_os_string().into_string().ok()) {
        Some(namespace) if namespace != FIRST_NAMESPACE => format!("{name} ({namespace})"),
        _ => name,
    }
}

/// What tells one start of this machine from another; `None` where the system does not say.
fn boot() -> Option<String> {
    let id = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned()).filter(|id| !id.is_empty())
}

/// What is known of a process number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Process {
    /// No process has it.
    Gone,
    /// A process has it that began then.
    Since(Moment),
    /// A process has it.
    There,
}

fn begun(process: u32) -> Process {
    let Some(pid) = i32::try_from(process).ok().and_then(Pid::from_raw) else { return Process::Gone };
    match test_kill_process(pid) {
        Err(Errno::SRCH) => Process::Gone,
        Ok(()) if is_over(process) => Process::Gone,
        // It may be another user's.
        Ok(()) | Err(_) => begin_of(process).map_or(Process::There, Process::Since),
    }
}

/// True if a process has ended and waits for whoever began it to ask how: in containers nobody may ever do.
fn is_over(process: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(')').and_then(|(_, after)| after.split_whitespace().next());
    matches!(state, Some("Z" | "X"))
}

/// When a process began, where `/proc` says so.
fn begin_of(process: u32) -> Option<Moment> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let uptime = fs::read_to_string("/proc/uptime").ok()?;
    let age = parse_age(&stat, &uptime, rustix::param::clock_ticks_per_second())?;
    Some(Moment(clock::now().0.saturating_sub(age)))
}

/// The age of a process in seconds, from `/proc/PID/stat` and `/proc/uptime` (proc(5)).
fn parse_age(stat: &str, uptime: &str, ticks_per_second: u64) -> Option<i64> {
    // The program's name is in parentheses and may hold anything.
    let (_, after) = stat.rsplit_once(')')?;
    // The start is the 22nd field, and two are before the parenthesis.
    let begun: u64 = after.split_whitespace().nth(19)?.parse().ok()?;
    let up: u64 = uptime.split('.').next()?.parse().ok()?;
    i64::try_from(up.saturating_sub(begun.checked_div(ticks_per_second)?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder() -> (MachineLiveness, Holder) {
        let machine = MachineLiveness::new();
        let holder = machine.describe_run(None, None);
        (machine, holder)
    }

    #[test]
    fn a_process_that_nobody_asked_how_it_ended_is_gone() {
        if !fs::exists("/proc/self/stat").unwrap() {
            return;
        }
        let mut child = std::process::Command::new("true").spawn().unwrap();
        for _ in 0..500 {
            if is_over(child.id()) {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        assert_eq!(begun(child.id()), Process::Gone);
        child.wait().unwrap();
        assert_ne!(begun(std::process::id()), Process::Gone);
    }

    #[test]
    fn this_process_lives() {
        let (machine, holder) = holder();
        assert_eq!(machine.look(&holder), Vital::Alive);
        assert_eq!(holder.run.len(), 32);
    }

    #[test]
    fn a_process_that_ended_is_gone() {
        let (machine, mut holder) = holder();
        let mut child = std::process::Command::new("true").spawn().unwrap();
        holder.process = Some(child.id());
        child.wait().unwrap();
        assert_eq!(machine.look(&holder), Vital::Gone);
        for never in [0, u32::MAX] {
            holder.process = Some(never);
            assert_eq!(machine.look(&holder), Vital::Gone);
        }
    }

    #[test]
    fn a_number_given_anew_is_another_process() {
        let (machine, mut holder) = holder();
        holder.since = Moment(1_000_000);
        let want = if fs::exists("/proc/self/stat").unwrap() { Vital::Gone } else { Vital::Alive };
        assert_eq!(machine.look(&holder), want);
    }

    #[test]
    fn other_machines_and_other_starts() {
        let (machine, holder) = holder();
        assert_eq!(machine.look(&Holder { host: "elsewhere".into(), ..holder.clone() }), Vital::Elsewhere);
        let before = Holder { boot: Some("another".into()), ..holder.clone() };
        let want = if machine.boot.is_some() { Vital::Gone } else { Vital::Alive };
        assert_eq!(machine.look(&before), want);
        assert_eq!(machine.look(&Holder { process: None, ..holder }), Vital::Elsewhere);
    }

    #[test]
    fn reads_ages() {
        let stat = "12 (a b) c) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 5000 20 21";
        assert_eq!(parse_age(stat, "80.50 160.00\n", 100), Some(30));
        assert_eq!(parse_age(stat, "10.00 1.0", 100), Some(0));
        assert_eq!(parse_age(stat, "10.00 1.0", 0), None);
        for (stat, uptime) in [("", "1.0"), ("12 (x) S 1 2", "1.0"), (stat, "soon")] {
            assert_eq!(parse_age(stat, uptime, 100), None);
        }
    }
}
