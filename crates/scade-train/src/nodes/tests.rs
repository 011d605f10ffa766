//! Nodes in threads, over the loopback.

use super::*;

/// Nodes that meet at a free port of this machine.
fn places(count: usize, patience: Duration) -> Vec<NodePlace> {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let rendezvous = free.to_string();
    let place = |number| NodePlace { number, count, rendezvous: rendezvous.clone(), patience };
    (0..count).map(place).collect()
}

const LONG: Duration = Duration::from_secs(60);

/// What each node comes to that does `work`.
fn together<T: Send>(
    places: &[NodePlace],
    work: impl Fn(&NodePlace) -> Result<T, Error> + Sync,
) -> Vec<Result<T, Error>> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = places.iter().map(|place| scope.spawn(|| work(place))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn all_have_the_sum_again_and_again_and_what_the_first_says() {
    let ended = together(&places(3, LONG), |place| {
        let nodes = Nodes::meet(place, [7; FINGERPRINT])?;
        let mut rows = Vec::new();
        for round in 0..20_u8 {
            let own = f32::from(round) + 0.1 * place.number as f32;
            let mut row = vec![own, 1e-3 * own, -own];
            nodes.sum(&mut row)?;
            rows.push(row);
            let mut values = [f64::NAN, place.number as f64 + 0.1];
            nodes.follow_first(&mut values)?;
            assert!(values[0].is_nan() && values[1].to_bits() == 0.1_f64.to_bits());
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
        together(&places(2, LONG), |place| Nodes::meet(place, [place.number as u8; FINGERPRINT]));
    for (ended, number) in ended.into_iter().zip([1, 0]) {
        let error = ended.unwrap_err();
        assert!(matches!(error, Error::Node { number: got, .. } if got == number), "{error}");
        assert!(error.to_string().contains("settings, samples"), "{error}");
    }
}

#[test]
fn one_that_goes_ends_all_at_once_and_says_who() {
    let started = Instant::now();
    let ended = together(&places(3, LONG), |place| {
        let nodes = Nodes::meet(place, [0; FINGERPRINT])?;
        let mut row = vec![1.0; 1000];
        nodes.sum(&mut row)?;
        if place.number == 1 {
            return Ok(());
        }
        nodes.sum(&mut row)
    });
    assert!(ended[1].is_ok());
    for place in [0, 2] {
        let text = ended[place].as_ref().unwrap_err().to_string();
        assert!(text.contains("node 1") && text.contains("it has gone"), "{place}: {text}");
    }
    assert!(started.elapsed() < LONG / 2);
}

#[test]
fn waiting_has_an_end() {
    let short = Duration::from_millis(300);
    let places = places(3, short);
    let alone = Nodes::meet(&places[1], [0; FINGERPRINT]).unwrap_err().to_string();
    assert!(alone.contains("cannot connect to"), "{alone}");
    let first = Nodes::meet(&places[0], [0; FINGERPRINT]).unwrap_err().to_string();
    assert!(first.contains("node 1") && first.contains("has not come"), "{first}");
    let ended = together(&places[..2], |place| {
        let place = NodePlace { count: 2, ..place.clone() };
        let nodes = Nodes::meet(&place, [0; FINGERPRINT])?;
        if place.number == 1 {
            std::thread::sleep(3 * short);
            return Ok(());
        }
        nodes.sum(&mut [0.0])
    });
    let text = ended[0].as_ref().unwrap_err().to_string();
    assert!(text.contains("node 1") && text.contains("does not answer"), "{text}");
}

#[test]
fn strangers_and_rows_of_another_length_are_told() {
    let places = places(2, LONG);
    let ended = together(&places, |place| {
        if place.number == 1 {
            // Somebody else finds the port first.
            let rendezvous = &place.rendezvous;
            let mut stranger = loop {
                match TcpStream::connect(rendezvous) {
                    Ok(stream) => break stream,
                    Err(_) => std::thread::sleep(Duration::from_millis(5)),
                }
            };
            stranger.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        }
        let nodes = Nodes::meet(place, [0; FINGERPRINT])?;
        nodes.sum(&mut vec![0.0; 1 + place.number])
    });
    let text = ended[0].as_ref().unwrap_err().to_string();
    assert!(text.contains("8 bytes where 4 were due"), "{text}");
    assert!(ended[1].as_ref().unwrap_err().to_string().contains("8 bytes"), "told to it");
}
