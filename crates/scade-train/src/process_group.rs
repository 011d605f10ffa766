//! Training on several machines: each process sends the sums of its devices to rank 0, which adds them up
//! in the order of the ranks and sends the total back, so that all make the same step, to the bit.
//!
//! An all-reduce through rank 0 over TCP (decisions/0005). It is for machines that trust each other and
//! their network: nothing is encrypted or authenticated.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use crate::Error;
use crate::report::{Rendezvous, Reporter};

/// The place of this process among those that train together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessRank {
    /// Its rank, from 0. Rank 0 sums gradients, validates and decides.
    pub rank: usize,
    /// How many processes there are.
    pub world_size: usize,
    /// `host:port` on which rank 0 listens and to which the others connect.
    pub rendezvous: String,
    /// How long to wait for another rank before giving up.
    pub timeout: Duration,
}

/// Protocol and its version.
const GREETING: [u8; 16] = *b"scade-train-n2\r\n";

/// Bytes of a run's fingerprint.
const FINGERPRINT: usize = 32;

/// Longest message in bytes, far more than any buffer of gradients; a longer one is not of this protocol.
const LONGEST: usize = 1 << 30;

/// Between two attempts to connect.
const RETRY: Duration = Duration::from_millis(200);

/// The connections of one rank; closed when dropped, which the other ranks notice.
#[derive(Debug)]
pub(crate) struct ProcessGroup {
    rank: usize,
    /// This process included.
    pub(crate) world_size: usize,
    /// Of rank 0: all others, in order. Of another rank: rank 0.
    links: Vec<Link>,
}

#[derive(Debug)]
struct Link {
    /// The rank at the other end.
    rank: usize,
    stream: TcpStream,
}

/// What a message is; both ends must expect the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Little-endian `f32`.
    Sum = 1,
    /// Bytes for all other ranks.
    Broadcast = 2,
    /// Text: why there will be no further message.
    End = 3,
}

impl ProcessGroup {
    /// Connects to the other ranks. All must have the same `fingerprint`, of settings, data and weights.
    ///
    /// # Errors
    /// [`Error::Rank`]: one that does not connect in time, or that has another fingerprint.
    pub(crate) fn connect(
        place: &ProcessRank,
        fingerprint: [u8; FINGERPRINT],
        reporter: &mut dyn Reporter,
    ) -> Result<Self, Error> {
        let end = Instant::now() + place.timeout;
        let links = if place.rank == 0 {
            listen(place, fingerprint, end, reporter)?
        } else {
            vec![connect(place, fingerprint, end, reporter)?]
        };
        Ok(Self { rank: place.rank, world_size: place.world_size, links })
    }

    /// Replaces `values` by their sum over all ranks, the same bits for each.
    pub(crate) fn sum(&self, values: &mut [f32]) -> Result<(), Error> {
        if self.rank != 0 {
            self.send(Kind::Sum, &bytes(values))?;
            return fill(values, &self.links[0].receive(Kind::Sum)?, &self.links[0]);
        }
        let mut other = vec![0.0; values.len()];
        for link in &self.links {
            let received = link.receive(Kind::Sum);
            let filled = received.and_then(|message| fill(&mut other, &message, link));
            filled.inspect_err(|error| self.end(&error.to_string()))?;
            values.iter_mut().zip(&other).for_each(|(sum, value)| *sum += value);
        }
        self.send(Kind::Sum, &bytes(values))
    }

    /// The `content` of rank 0; that of other ranks is ignored.
    pub(crate) fn broadcast(&self, content: Vec<u8>) -> Result<Vec<u8>, Error> {
        if self.rank == 0 {
            self.send(Kind::Broadcast, &content)?;
            return Ok(content);
        }
        self.links[0].receive(Kind::Broadcast)
    }

    fn send(&self, kind: Kind, content: &[u8]) -> Result<(), Error> {
        for link in &self.links {
            link.send(kind, content).inspect_err(|error| self.end(&error.to_string()))?;
        }
        Ok(())
    }

    /// Sends all the reason of the end, as far as they can be reached.
    fn end(&self, reason: &str) {
        for link in &self.links {
            let _ = link.send(Kind::End, reason.as_bytes());
        }
    }
}

impl Link {
    fn new(rank: usize, stream: TcpStream, timeout: Duration) -> Result<Self, Error> {
        let link = Self { rank, stream };
        let set = |stream: &TcpStream| {
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(timeout))?;
            stream.set_write_timeout(Some(timeout))
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
            return Err(self.protocol_error(&format!("a message of {length} bytes")));
        }
        let mut content = vec![0; length];
        self.read(&mut content)?;
        if kind == Kind::End as u32 {
            let reason = format!("it reported: {}", String::from_utf8_lossy(&content));
            return Err(Error::Rank { rank: self.rank, reason });
        }
        if kind != expected as u32 {
            let expected = expected as u32;
            return Err(self.protocol_error(&format!("message {kind} instead of {expected}")));
        }
        Ok(content)
    }

    fn read(&self, into: &mut [u8]) -> Result<(), Error> {
        (&self.stream).read_exact(into).map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &std::io::Error) -> Error {
        let reason = match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => {
                "no answer within the timeout".to_owned()
            }
            ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
                "disconnected".to_owned()
            }
            _ => error.to_string(),
        };
        Error::Rank { rank: self.rank, reason }
    }

    fn protocol_error(&self, got: &str) -> Error {
        Error::Rank { rank: self.rank, reason: format!("it sent {got}") }
    }
}

/// Waits until all other ranks are connected.
fn listen(
    place: &ProcessRank,
    fingerprint: [u8; FINGERPRINT],
    end: Instant,
    reporter: &mut dyn Reporter,
) -> Result<Vec<Link>, Error> {
    let own = |error: std::io::Error| Error::Rank {
        rank: 0,
        reason: format!("cannot listen on {}: {error}", place.rendezvous),
    };
    // On all interfaces: the name that the other ranks use may belong to another network.
    let mut every = address(&place.rendezvous).map_err(own)?;
    every.set_ip(match every {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    });
    let listener = TcpListener::bind(every).map_err(own)?;
    listener.set_nonblocking(true).map_err(own)?;
    reporter
        .rendezvous(&Rendezvous::Listening { port: every.port(), others: place.world_size - 1 });
    let mut links: Vec<Option<Link>> = (1..place.world_size).map(|_| None).collect();
    while let Some(missing) = links.iter().position(Option::is_none) {
        match listener.accept() {
            Ok((stream, from)) => match accept(stream, place, fingerprint) {
                Ok(link) if links[link.rank - 1].is_none() => {
                    let rank = link.rank;
                    reporter.rendezvous(&Rendezvous::Joined { rank, from });
                    links[rank - 1] = Some(link);
                }
                Ok(twice) => {
                    let _ = twice.send(Kind::End, b"a process of this rank is connected already");
                }
                // A stranger is ignored; a rank of another run is an error.
                Err(error @ Error::Rank { rank: 1.., .. }) => return Err(error),
                Err(error) => tracing::warn!("ignored a connection from {from}: {error}"),
            },
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                if Instant::now() > end {
                    let reason = "not connected within the timeout".to_owned();
                    return Err(Error::Rank { rank: missing + 1, reason });
                }
                std::thread::sleep(RETRY / 10);
            }
            Err(error) => return Err(own(error)),
        }
    }
    let links: Vec<_> = links.into_iter().flatten().collect();
    for link in &links {
        link.send(Kind::Broadcast, &[])?;
    }
    Ok(links)
}

/// Rank 0's side of a greeting.
fn accept(
    stream: TcpStream,
    place: &ProcessRank,
    fingerprint: [u8; FINGERPRINT],
) -> Result<Link, Error> {
    let stranger = |reason: &str| Error::Rank { rank: 0, reason: reason.to_owned() };
    stream.set_nonblocking(false).map_err(|error| stranger(&error.to_string()))?;
    // A silent connection must not keep the other ranks waiting.
    let mut link = Link::new(0, stream, Duration::from_secs(5).min(place.timeout))?;
    let mut greeting = [0; GREETING.len()];
    link.read(&mut greeting)?;
    if greeting != GREETING {
        return Err(stranger("it is not a scade-train process of this version"));
    }
    let [mut rank, mut world_size] = [[0; 4]; 2];
    let mut theirs = [0; FINGERPRINT];
    link.read(&mut rank)?;
    link.read(&mut world_size)?;
    link.read(&mut theirs)?;
    let [rank, world_size] = [rank, world_size].map(|bytes| u32::from_le_bytes(bytes) as usize);
    let refuse = |reason: String| {
        let _ = link.send(Kind::End, reason.as_bytes());
        Err(Error::Rank { rank, reason: format!("refused: {reason}") })
    };
    if !(1..place.world_size).contains(&rank) || world_size != place.world_size {
        return refuse(format!(
            "expected one of ranks 1 to {} of {}, got rank {rank} of {world_size}",
            place.world_size - 1,
            place.world_size
        ));
    }
    if theirs != fingerprint {
        return refuse(
            "settings, samples, kind of device, weights or finished steps differ from rank 0"
                .into(),
        );
    }
    link = Link::new(rank, link.stream, place.timeout)?;
    Ok(link)
}

/// Connects to rank 0, which may not be listening yet.
fn connect(
    place: &ProcessRank,
    fingerprint: [u8; FINGERPRINT],
    end: Instant,
    reporter: &mut dyn Reporter,
) -> Result<Link, Error> {
    let failed = |error: std::io::Error| Error::Rank {
        rank: 0,
        reason: format!("cannot connect to {}: {error}", place.rendezvous),
    };
    reporter.rendezvous(&Rendezvous::Connecting { address: &place.rendezvous });
    let stream = loop {
        let connected = address(&place.rendezvous)
            .and_then(|address| TcpStream::connect_timeout(&address, Duration::from_secs(5)));
        match connected {
            Ok(stream) => break stream,
            Err(error) if Instant::now() > end => return Err(failed(error)),
            Err(_) => std::thread::sleep(RETRY),
        }
    };
    let link = Link::new(0, stream, place.timeout)?;
    let mut greeting = GREETING.to_vec();
    greeting.extend((place.rank as u32).to_le_bytes());
    greeting.extend((place.world_size as u32).to_le_bytes());
    greeting.extend(fingerprint);
    (&link.stream).write_all(&greeting).map_err(|error| link.failed(&error))?;
    // Rank 0 answers when all are connected.
    link.receive(Kind::Broadcast)?;
    Ok(link)
}

fn address(text: &str) -> std::io::Result<SocketAddr> {
    let none = || std::io::Error::new(ErrorKind::NotFound, "there is no such host");
    text.to_socket_addrs()?.next().ok_or_else(none)
}

fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// Replaces `values` by those of a message, which must be as many.
fn fill(values: &mut [f32], message: &[u8], link: &Link) -> Result<(), Error> {
    let (chunks, rest) = message.as_chunks::<4>();
    if chunks.len() != values.len() || !rest.is_empty() {
        let (expected, got) = (4 * values.len(), message.len());
        return Err(link.protocol_error(&format!("{got} bytes instead of {expected}")));
    }
    values.iter_mut().zip(chunks).for_each(|(value, chunk)| *value = f32::from_le_bytes(*chunk));
    Ok(())
}

#[cfg(test)]
mod tests;
