//! Puts a server at a distance: `distance HOST:PORT MILLISECONDS` prints the address of a proxy in front of it that
//! takes so long for each round trip, and serves until its standard input ends.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "scripts read what it prints")]

use std::io::{Read as _, stdin};
use std::process::ExitCode;
use std::time::Duration;

use plimsoll_testkit::proxy::Proxy;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [server, round_trip] = arguments.as_slice() else { return usage() };
    let Ok(round_trip) = round_trip.parse() else { return usage() };
    let proxy = Proxy::start(server);
    proxy.set_round_trip(Duration::from_millis(round_trip));
    println!("{}", proxy.address());
    let _ = stdin().read_to_end(&mut Vec::new());
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    eprintln!("usage: distance HOST:PORT MILLISECONDS");
    ExitCode::from(2)
}
