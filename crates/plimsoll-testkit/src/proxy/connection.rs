//! One connection of a caller: its requests, one after the other.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::Ordering;
use std::thread;

use super::Shared;
use super::fault::{Answer, Fault};
use super::message::{Framing, Head, Limited, relay};

/// The first byte of a TLS connection (RFC 8446, section 5.1).
const TLS_HANDSHAKE: u8 = 0x16;

/// What becomes of the connection after an exchange.
enum Next {
    Keep,
    Cut,
}

/// Whether the server answered after the whole request, or before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sent {
    Whole,
    InPart,
}

pub(super) fn serve(shared: &Shared, stream: &TcpStream) {
    // Errors end the connection, as they would without a proxy between.
    let _ = exchanges(shared, stream);
    let _ = stream.shutdown(Shutdown::Both);
}

fn exchanges(shared: &Shared, stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    // The handshake with a far server takes a round trip of its own.
    thread::sleep(shared.half_round_trip() * 2);
    let mut reader = BufReader::new(stream);
    if reader.fill_buf()?.first() == Some(&TLS_HANDSHAKE) {
        // Whoever tries TLS first goes on without it when he is answered in the clear, and would else wait long.
        let mut caller = stream;
        return caller.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    }
    while let Some(head) = Head::read(&mut reader)? {
        if shared.closed.load(Ordering::SeqCst) {
            break;
        }
        match (Request { shared, reader: &mut reader, caller: stream, head }).run()? {
            Next::Keep => {}
            Next::Cut => break,
        }
    }
    Ok(())
}

struct Request<'a, 'c> {
    shared: &'a Shared,
    reader: &'a mut BufReader<&'c TcpStream>,
    caller: &'c TcpStream,
    head: Head,
}

impl Request<'_, '_> {
    fn run(mut self) -> io::Result<Next> {
        let (method, path) = self.head.request()?;
        let (number, fault) = self.shared.arrive(method, path);
        match fault {
            None => self.forward(number),
            Some(Fault::CutBefore) => Ok(Next::Cut),
            Some(Fault::CutRequest(bytes)) => self.cut_request(bytes),
            Some(Fault::LoseReply) => self.lose_reply(),
            Some(Fault::CutReply(bytes)) => self.cut_reply(number, bytes),
            Some(Fault::Answer(answer)) => self.answer(number, &answer),
            Some(Fault::After(meanwhile)) => {
                meanwhile.happen();
                self.forward(number)
            }
        }
    }

    fn forward(&mut self, number: usize) -> io::Result<Next> {
        let mut server = Server::open(self.shared)?;
        let (reply, sent) = self.send(&mut server)?;
        let framing = reply.reply_framing(self.method()?)?;
        self.begin_reply(number, &reply)?;
        relay(&mut server.reader, &mut self.caller, framing)?;
        let over = self.head.closes() || reply.closes() || framing == Framing::UntilClose;
        Ok(if over || sent == Sent::InPart { Next::Cut } else { Next::Keep })
    }

    fn cut_request(&mut self, bytes: u64) -> io::Result<Next> {
        let mut server = Server::open(self.shared)?;
        if self.send_head(&mut server)?.is_none() {
            let framing = self.head.request_framing()?;
            relay(self.reader, &mut Limited::new(server.stream(), bytes), framing)?;
        }
        Ok(Next::Cut)
    }

    fn lose_reply(&mut self) -> io::Result<Next> {
        let mut server = Server::open(self.shared)?;
        let (reply, _) = self.send(&mut server)?;
        let framing = reply.reply_framing(self.method()?)?;
        // To its end, so that the server has surely done its work.
        relay(&mut server.reader, &mut io::sink(), framing)?;
        Ok(Next::Cut)
    }

    fn cut_reply(&mut self, number: usize, bytes: u64) -> io::Result<Next> {
        let mut server = Server::open(self.shared)?;
        let (reply, _) = self.send(&mut server)?;
        let framing = reply.reply_framing(self.method()?)?;
        self.begin_reply(number, &reply)?;
        relay(&mut server.reader, &mut Limited::new(self.caller, bytes), framing)?;
        Ok(Next::Cut)
    }

    fn answer(&mut self, number: usize, answer: &Answer) -> io::Result<Next> {
        thread::sleep(self.shared.half_round_trip() * 2);
        // A caller that waits for leave to send its body does not get it.
        if !self.head.expects_continue() {
            relay(self.reader, &mut io::sink(), self.head.request_framing()?)?;
        }
        let mut reply = format!("HTTP/1.1 {} Scripted\r\nConnection: close\r\n", answer.status);
        for (name, value) in &answer.headers {
            reply.push_str(&format!("{name}: {value}\r\n"));
        }
        reply.push_str(&format!("Content-Length: {}\r\n\r\n", answer.body.len()));
        self.shared.answered(number, answer.status);
        self.caller.write_all(reply.as_bytes())?;
        if self.method()? != "HEAD" {
            self.caller.write_all(&answer.body)?;
        }
        Ok(Next::Cut)
    }

    fn method(&self) -> io::Result<&str> {
        Ok(self.head.request()?.0)
    }

    /// Sends the request and reads the head of the final reply.
    fn send(&mut self, server: &mut Server) -> io::Result<(Head, Sent)> {
        if let Some(refusal) = self.send_head(server)? {
            return Ok((refusal, Sent::InPart));
        }
        let framing = self.head.request_framing()?;
        let sent = match relay(self.reader, &mut server.stream(), framing) {
            Ok(()) => Sent::Whole,
            // The server may have answered and closed before it read all: then its answer counts. Or the
            // caller is gone: then the server must hear of it.
            Err(_) => {
                let _ = server.stream().shutdown(Shutdown::Write);
                Sent::InPart
            }
        };
        loop {
            let reply = server.read_head()?;
            if reply.status()? >= 200 {
                return Ok((reply, sent));
            }
        }
    }

    /// Sends the head of the request. Where the caller waits for leave to go on (RFC 9110, section 10.1.1),
    /// gives it that leave, or the reply by which the server refused.
    fn send_head(&mut self, server: &mut Server) -> io::Result<Option<Head>> {
        thread::sleep(self.shared.half_round_trip());
        server.stream().write_all(self.head.bytes())?;
        if !self.head.expects_continue() {
            return Ok(None);
        }
        let reply = server.read_head()?;
        if reply.status()? != 100 {
            return Ok(Some(reply));
        }
        self.caller.write_all(reply.bytes())?;
        thread::sleep(self.shared.half_round_trip());
        Ok(None)
    }

    fn begin_reply(&mut self, number: usize, reply: &Head) -> io::Result<()> {
        thread::sleep(self.shared.half_round_trip());
        self.shared.answered(number, reply.status()?);
        self.caller.write_all(reply.bytes())
    }
}

/// A connection to the server for one request, so that none is ever found closed when it is needed.
struct Server {
    reader: BufReader<TcpStream>,
}

impl Server {
    fn open(shared: &Shared) -> io::Result<Self> {
        let stream = TcpStream::connect(&shared.upstream)?;
        stream.set_nodelay(true)?;
        Ok(Self { reader: BufReader::new(stream) })
    }

    fn stream(&self) -> &TcpStream {
        self.reader.get_ref()
    }

    fn read_head(&mut self) -> io::Result<Head> {
        Head::read(&mut self.reader)?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}
