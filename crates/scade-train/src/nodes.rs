//! Training on several machines: each sends the sums of its devices to the first, which adds them up in the
//! order of the nodes and sends the total back, so that all make the same step, to the bit.
//!
//! A star over TCP, and not the orchestrator of Burn's collective, whose second sum over nodes never ends
//! (decisions/0005). It is for machines that trust each other and their network: nothing is encrypted, and
//! whoever reaches the port first is a node.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use crate::Error;

/// Where a process stands among those that train together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodePlace {
    /// Its number, from 0. Number 0 adds up, validates and decides.
    pub number: usize,
    /// How many there are.
    pub count: usize,
    /// `host:port` on which number 0 listens and to which the others connect.
    pub rendezvous: String,
    /// How long one waits for another before it gives up.
    pub patience: Duration,
}

/// Says what is spoken; another version would speak otherwise.
const GREETING: [u8; 16] = *b"scade-train-n1\r\n";

/// Bytes of a run's fingerprint.
const FINGERPRINT: usize = 32;

/// Longest message, far more than any row of gradients: what promises more is no message.
const LONGEST: usize = 1 << 30;

/// How often one that nobody answers tries again.
const RETRY: Duration = Duration::from_millis(200);

/// The connections of one node; closed when dropped, which the others notice.
#[derive(Debug)]
pub(crate) struct Nodes {
    number: usize,
    /// With this one.
    pub(crate) count: usize,
    /// Of the first node: all others, in order. Of another: the first.
    links: Vec<Link>,
}

#[derive(Debug)]
struct Link {
    /// The node at the other end.
    number: usize,
    stream: TcpStream,
}

/// What a message is about; both ends must mean the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sum = 1,
    Values = 2,
    /// Text: why there will be no further message.
    End = 3,
}

impl Nodes {
    /// Meets the other nodes. All must have the same `fingerprint`, of settings, data and weights.
    ///
    /// # Errors
    /// [`Error::Node`]: one that does not come in time, or that has another fingerprint.
    pub(crate) fn meet(place: &NodePlace, fingerprint: [u8; FINGERPRINT]) -> Result<Self, Error> {
        let end = Instant::now() + place.patience;
        let links = if place.number == 0 {
            listen(place, fingerprint, end)?
        } else {
            vec![connect(place, fingerprint, end)?]
        };
        Ok(Self { number: place.number, count: place.count, links })
    }

    /// Replaces `row` by the sum over the rows of all nodes, the same bits for each.
    pub(crate) fn sum(&self, row: &mut [f32]) -> Result<(), Error> {
        if self.number != 0 {
            self.send(Kind::Sum, &bytes(row, f32::to_le_bytes))?;
            return fill(
                row,
                &self.links[0].receive(Kind::Sum)?,
                f32::from_le_bytes,
                &self.links[0],
            );
        }
        let mut other = vec![0.0; row.len()];
        for link in &self.links {
            let received = link.receive(Kind::Sum);
            let filled =
                received.and_then(|message| fill(&mut other, &message, f32::from_le_bytes, link));
            filled.inspect_err(|error| self.end(&error.to_string()))?;
            row.iter_mut().zip(&other).for_each(|(sum, value)| *sum += value);
        }
        self.send(Kind::Sum, &bytes(row, f32::to_le_bytes))
    }

    /// Replaces `values` by those of the first node.
    pub(crate) fn follow_first(&self, values: &mut [f64]) -> Result<(), Error> {
        if self.number == 0 {
            return self.send(Kind::Values, &bytes(values, f64::to_le_bytes));
        }
        let link = &self.links[0];
        fill(values, &link.receive(Kind::Values)?, f64::from_le_bytes, link)
    }

    fn send(&self, kind: Kind, content: &[u8]) -> Result<(), Error> {
        for link in &self.links {
            link.send(kind, content).inspect_err(|error| self.end(&error.to_string()))?;
        }
        Ok(())
    }

    /// Tells all why it is over, as far as they can be reached.
    fn end(&self, reason: &str) {
        for link in &self.links {
            let _ = link.send(Kind::End, reason.as_bytes());
        }
    }
}

impl Link {
    fn new(number: usize, stream: TcpStream, patience: Duration) -> Result<Self, Error> {
        let link = Self { number, stream };
        let set = |stream: &TcpStream| {
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(patience))?;
            stream.set_write_timeout(Some(patience))
        };
        set(&link.stream).map_err(|error| link.failed(&error))?;
        Ok(link)
    }

    fn send(&self, kind: Kind, content: &[u8]) -> Result<(), Error> {
        let mut message = Vec::with_capacity(8 + content.len());
        message.extend((kind as u32).to_le_bytes());
        message.extend((content.len() as u32).to_le_bytes());
        message.extend(content);
        (&self.stream).write_all(&message).map_err(|error| self.failed(&error))
    }

    fn receive(&self, expected: Kind) -> Result<Vec<u8>, Error> {
        let mut header = [0; 8];
        self.read(&mut header)?;
        let [kind, length] = [0, 4].map(|at| {
            u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
        });
        let length = length as usize;
        if length > LONGEST {
            return Err(self.says("something that is no message"));
        }
        let mut content = vec![0; length];
        self.read(&mut content)?;
        if kind == Kind::End as u32 {
            return Err(self.says(&String::from_utf8_lossy(&content)));
        }
        if kind != expected as u32 {
            return Err(self.says(&format!("message {kind} where {} was due", expected as u32)));
        }
        Ok(content)
    }

    fn read(&self, into: &mut [u8]) -> Result<(), Error> {
        (&self.stream).read_exact(into).map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &std::io::Error) -> Error {
        let reason = match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => "it does not answer".to_owned(),
            ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
                "it has gone".to_owned()
            }
            _ => error.to_string(),
        };
        Error::Node { number: self.number, reason }
    }

    fn says(&self, text: &str) -> Error {
        Error::Node { number: self.number, reason: format!("it says: {text}") }
    }
}

/// Waits for all others.
fn listen(
    place: &NodePlace,
    fingerprint: [u8; FINGERPRINT],
    end: Instant,
) -> Result<Vec<Link>, Error> {
    let own = |error: std::io::Error| Error::Node {
        number: 0,
        reason: format!("cannot listen on {}: {error}", place.rendezvous),
    };
    // By the port alone: the name that the others know may be another network's.
    let mut every = address(&place.rendezvous).map_err(own)?;
    every.set_ip(match every {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    });
    let listener = TcpListener::bind(every).map_err(own)?;
    listener.set_nonblocking(true).map_err(own)?;
    tracing::info!("waiting for {} other nodes on port {}", place.count - 1, every.port());
    let mut links: Vec<Option<Link>> = (1..place.count).map(|_| None).collect();
    while let Some(missing) = links.iter().position(Option::is_none) {
        match listener.accept() {
            Ok((stream, from)) => match greet(stream, place, fingerprint) {
                Ok(link) if links[link.number - 1].is_none() => {
                    tracing::info!("node {} has come from {from}", link.number);
                    let number = link.number;
                    links[number - 1] = Some(link);
                }
                Ok(twice) => {
                    let _ = twice.send(Kind::End, b"there is a node of this number already");
                }
                // A stranger who knocks is no reason to stop; a node of another run is.
                Err(error @ Error::Node { number: 1.., .. }) => return Err(error),
                Err(error) => tracing::warn!("{from} is passed over: {error}"),
            },
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                if Instant::now() > end {
                    let reason = "it has not come".to_owned();
                    return Err(Error::Node { number: missing + 1, reason });
                }
                std::thread::sleep(RETRY / 10);
            }
            Err(error) => return Err(own(error)),
        }
    }
    let links: Vec<_> = links.into_iter().flatten().collect();
    for link in &links {
        link.send(Kind::Values, &[])?;
    }
    Ok(links)
}

/// The first node's side of the greeting.
fn greet(
    stream: TcpStream,
    place: &NodePlace,
    fingerprint: [u8; FINGERPRINT],
) -> Result<Link, Error> {
    let stranger = |reason: &str| Error::Node { number: 0, reason: reason.to_owned() };
    stream.set_nonblocking(false).map_err(|error| stranger(&error.to_string()))?;
    // Who says nothing must not keep the others waiting.
    let mut link = Link::new(0, stream, Duration::from_secs(5).min(place.patience))?;
    let mut greeting = [0; GREETING.len()];
    link.read(&mut greeting)?;
    if greeting != GREETING {
        return Err(stranger("it is no node of this version"));
    }
    let [mut number, mut count] = [[0; 4]; 2];
    let mut theirs = [0; FINGERPRINT];
    link.read(&mut number)?;
    link.read(&mut count)?;
    link.read(&mut theirs)?;
    let [number, count] = [number, count].map(|bytes| u32::from_le_bytes(bytes) as usize);
    let refuse = |reason: String| {
        let _ = link.send(Kind::End, reason.as_bytes());
        Err(Error::Node { number, reason: format!("it was refused: {reason}") })
    };
    if !(1..place.count).contains(&number) || count != place.count {
        return refuse(format!(
            "it is node {number} of {count}, here are nodes 0 to {}",
            place.count - 1
        ));
    }
    if theirs != fingerprint {
        return refuse(
            "settings, samples, kind of device, weights or finished steps are not those of node 0"
                .into(),
        );
    }
    link = Link::new(number, link.stream, place.patience)?;
    Ok(link)
}

/// Goes to the first node, which may not be there yet.
fn connect(place: &NodePlace, fingerprint: [u8; FINGERPRINT], end: Instant) -> Result<Link, Error> {
    let failed = |error: std::io::Error| Error::Node {
        number: 0,
        reason: format!("cannot connect to {}: {error}", place.rendezvous),
    };
    tracing::info!("connecting to {}", place.rendezvous);
    let stream = loop {
        let connected = address(&place.rendezvous)
            .and_then(|address| TcpStream::connect_timeout(&address, Duration::from_secs(5)));
        match connected {
            Ok(stream) => break stream,
            Err(error) if Instant::now() > end => return Err(failed(error)),
            Err(_) => std::thread::sleep(RETRY),
        }
    };
    let link = Link::new(0, stream, place.patience)?;
    let mut greeting = GREETING.to_vec();
    greeting.extend((place.number as u32).to_le_bytes());
    greeting.extend((place.count as u32).to_le_bytes());
    greeting.extend(fingerprint);
    (&link.stream).write_all(&greeting).map_err(|error| link.failed(&error))?;
    // All are there when the first one says so.
    link.receive(Kind::Values)?;
    Ok(link)
}

fn address(text: &str) -> std::io::Result<SocketAddr> {
    let none = || std::io::Error::new(ErrorKind::NotFound, "there is no such host");
    text.to_socket_addrs()?.next().ok_or_else(none)
}

fn bytes<T: Copy, const N: usize>(values: &[T], encode: impl Fn(T) -> [u8; N]) -> Vec<u8> {
    values.iter().flat_map(|value| encode(*value)).collect()
}

/// The values of a message, which must be as many.
fn fill<T, const N: usize>(
    values: &mut [T],
    message: &[u8],
    decode: impl Fn([u8; N]) -> T,
    link: &Link,
) -> Result<(), Error> {
    let (chunks, rest) = message.as_chunks::<N>();
    if chunks.len() != values.len() || !rest.is_empty() {
        let (expected, got) = (values.len() * N, message.len());
        return Err(link.says(&format!("{got} bytes where {expected} were due")));
    }
    values.iter_mut().zip(chunks).for_each(|(value, chunk)| *value = decode(*chunk));
    Ok(())
}

#[cfg(test)]
mod tests;
