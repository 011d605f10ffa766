//! Which packets the selected frames need.

use super::part::Kind;
use super::scan::Entry;
use crate::Selection;

/// What to do with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Decode,
    /// Take all frames out of the decoder, let it forget its references, and decode.
    Restart,
    Skip,
    /// Not the packet that the scan found.
    Stray,
}

/// The packets of the selected frames; `order` is the display order.
pub(super) fn wanted(order: &[usize], selection: Selection) -> Vec<usize> {
    let bounded = |number| usize::try_from(number).unwrap_or(usize::MAX);
    let every = bounded(selection.every.max(1));
    let max = bounded(selection.max.unwrap_or(u64::MAX));
    order.iter().step_by(every).take(max).copied().collect()
}

/// For each packet, whether it is decoded: all from a start to a selected one, except those that
/// nothing refers to, and leading ones of other starts than the last. Packets with headers count as
/// selected, and so does the first.
pub(super) fn needed(entries: &[Entry], wanted: &[usize]) -> Vec<bool> {
    let headers = (0..entries.len()).filter(|&at| at == 0 || entries[at].part.headers);
    let mut ends: Vec<usize> = wanted.iter().copied().chain(headers).collect();
    ends.sort_unstable();
    let mut needed = vec![false; entries.len()];
    // The stretch from a start to its end that was marked last.
    let mut marked = 0..0;
    for at in ends {
        needed[at] = true;
        let pts = entries[at].pts;
        let starts = |at: usize| entries[at].part.kind.is_start() && entries[at].pts <= pts;
        // Leading frames are needed by those of the same group only.
        let mut leading = entries[at].part.leading;
        let mut from = at;
        while from > 0 && !starts(from) {
            leading &= !entries[from].part.kind.is_start();
            let leap = from == marked.end && !marked.is_empty();
            from = if leap { marked.start } else { from - 1 };
            let part = entries[from].part;
            needed[from] |= part.kind != Kind::Disposable && (leading || !part.leading);
        }
        marked = from..at;
    }
    needed
}

/// What to do with each packet, and whether a frame comes out of it.
pub(super) fn steps(entries: &[Entry], needed: &[bool]) -> (Vec<Next>, Vec<bool>) {
    // Whether a frame is missing to which later ones may refer, and the time from which the decoder
    // returns frames: those displayed before a restart lack their references. A stream that begins with
    // a recovery point was cut there.
    let (mut gap, mut floor) = (true, i64::MIN);
    let step = |(entry, &needed): (&Entry, &bool)| {
        let part = entry.part;
        if !needed {
            gap |= part.kind != Kind::Disposable && !part.leading;
            return (Next::Skip, false);
        }
        let restart = part.kind == Kind::Recovery && gap;
        if restart {
            floor = entry.pts;
        } else if part.kind.is_start() {
            floor = i64::MIN;
        }
        gap &= !part.kind.is_start();
        let step = if restart { Next::Restart } else { Next::Decode };
        (step, !entry.discarded && entry.pts >= floor)
    };
    entries.iter().zip(needed).map(step).unzip()
}

#[cfg(test)]
mod tests {
    use super::super::plan::tests::{CLIP, entries};
    use super::*;

    /// A slow, obviously correct reference for `needed`.
    fn needed_slowly(entries: &[Entry], wanted: &[usize]) -> Vec<bool> {
        let mut needed = vec![false; entries.len()];
        needed[0] = true;
        for &at in wanted {
            needed[at] = true;
            let starts = |&from: &usize| {
                entries[from].part.kind == Kind::Refresh && entries[from].pts <= entries[at].pts
            };
            let from = (0..=at).rev().find(starts).unwrap_or(0);
            for between in from..at {
                needed[between] |= entries[between].part.kind != Kind::Disposable;
            }
        }
        needed
    }

    #[test]
    fn marking_agrees_with_the_reference() {
        let mut clip = entries(CLIP);
        // Without a fresh start in front, and with one that is displayed late.
        for kinds in [[Kind::Refresh; 2], [Kind::Reference; 2], [Kind::Reference, Kind::Refresh]] {
            (clip[0].part.kind, clip[13].part.kind) = (kinds[0], kinds[1]);
            for bits in 1_u32..1 << clip.len() {
                let wanted: Vec<_> = (0..clip.len()).filter(|at| bits >> at & 1 == 1).collect();
                assert_eq!(needed(&clip, &wanted), needed_slowly(&clip, &wanted), "{wanted:?}");
            }
        }
    }
}
