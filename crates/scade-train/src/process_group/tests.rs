//! Ranks in threads, over the loopback.

use super::*;
use crate::report::NoReport;

/// Ranks that connect at a free port of this machine.
fn places(world_size: usize, timeout: Duration) -> Vec<ProcessRank> {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let rendezvous = free.to_string();
    let place = |rank| ProcessRank { rank, world_size, rendezvous: rendezvous.clone(), timeout };
    (0..world_size).map(place).collect()
}

fn connect_as(place: &ProcessRank, fingerprint: [u8; FINGERPRINT]) -> Result<ProcessGroup, Error> {
    ProcessGroup::connect(place, fingerprint, &mut NoReport)
}

const LONG: Duration = Duration::from_secs(60);

/// The results of the ranks, each doing `work`.
fn together<T: Send>(
    places: &[ProcessRank],
    work: impl Fn(&ProcessRank) -> Result<T, Error> + Sync,
) -> Vec<Result<T, Error>> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = places.iter().map(|place| scope.spawn(|| work(place))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn all_ranks_have_the_same_sums_and_the_broadcast_of_rank_0() {
    let ended = together(&places(3, LONG), |place| {
        let group = connect_as(place, [7; FINGERPRINT])?;
        let mut rows = Vec::new();
        for round in 0..20_u8 {
            let own = f32::from(round) + 0.1 * place.rank as f32;
            let mut row = vec![own, 1e-3 * own, -own];
            group.sum(&mut row)?;
            rows.push(row);
            let content = group.broadcast(vec![place.rank as u8, round])?;
            assert_eq!(content, [0, round]);
        }
        Ok(rows)
    });
    let rows: Vec<_> = ended.into_iter().map(Result::unwrap).collect();
    assert!(rows.iter().all(|other| *other == rows[0]));
    for (round, row) in rows[0].iter().enumerate() {
        assert!((row[0] - (3.0 * round as f32 + 0.3)).abs() < 1e-5, "{round}: {row:?}");
    }
}

#[test]
fn another_run_is_refused_on_both_sides() {
    let ended =
        together(&places(2, LONG), |place| connect_as(place, [place.rank as u8; FINGERPRINT]));
    for (ended, rank) in ended.into_iter().zip([1, 0]) {
        let error = ended.unwrap_err();
        assert!(matches!(error, Error::Rank { rank: got, .. } if got == rank), "{error}");
        assert!(error.to_string().contains("settings, samples"), "{error}");
    }
}

#[test]
fn a_rank_that_disconnects_ends_all_at_once_and_is_named() {
    let started = Instant::now();
    let ended = together(&places(3, LONG), |place| {
        let group = connect_as(place, [0; FINGERPRINT])?;
        let mut row = vec![1.0; 1000];
        group.sum(&mut row)?;
        if place.rank == 1 {
            return Ok(());
        }
        group.sum(&mut row)
    });
    assert!(ended[1].is_ok());
    for place in [0, 2] {
        let text = ended[place].as_ref().unwrap_err().to_string();
        assert!(text.contains("rank 1") && text.contains("disconnected"), "{place}: {text}");
    }
    assert!(started.elapsed() < LONG / 2);
}

#[test]
fn waiting_has_an_end() {
    let short = Duration::from_millis(300);
    let places = places(3, short);
    let alone = connect_as(&places[1], [0; FINGERPRINT]).unwrap_err().to_string();
    assert!(alone.contains("cannot connect to"), "{alone}");
    let first = connect_as(&places[0], [0; FINGERPRINT]).unwrap_err().to_string();
    assert!(first.contains("rank 1") && first.contains("not connected"), "{first}");
    let ended = together(&places[..2], |place| {
        let place = ProcessRank { world_size: 2, ..place.clone() };
        let group = connect_as(&place, [0; FINGERPRINT])?;
        if place.rank == 1 {
            std::thread::sleep(3 * short);
            return Ok(());
        }
        group.sum(&mut [0.0])
    });
    let text = ended[0].as_ref().unwrap_err().to_string();
    assert!(text.contains("rank 1") && text.contains("no answer"), "{text}");
}

#[test]
fn strangers_are_ignored_and_buffers_of_another_length_are_errors() {
    let places = places(2, LONG);
    let ended = together(&places, |place| {
        if place.rank == 1 {
            // Another program connects first.
            let rendezvous = &place.rendezvous;
            let mut stranger = loop {
                match TcpStream::connect(rendezvous) {
                    Ok(stream) => break stream,
                    Err(_) => std::thread::sleep(Duration::from_millis(5)),
                }
            };
            stranger.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        }
        let group = connect_as(place, [0; FINGERPRINT])?;
        group.sum(&mut vec![0.0; 1 + place.rank])
    });
    let text = ended[0].as_ref().unwrap_err().to_string();
    assert!(text.contains("8 bytes instead of 4"), "{text}");
    assert!(ended[1].as_ref().unwrap_err().to_string().contains("8 bytes"), "reported to it");
}
