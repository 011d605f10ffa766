//! Which packets must be decoded for the selected frames, and which frames to expect.
//!
//! Bit-exact, because no decoded frame depends on a skipped one: skipped are frames that no other
//! refers to, and those before the last start that leads to a selected frame. Two properties are
//! assumed, and the second is checked while decoding: one packet is at most one frame, and frames are
//! decoded in the order of their time stamps. Where that fails, the caller starts over and decodes
//! everything.

use std::collections::VecDeque;

use super::needed::{Next, needed, steps, wanted};
use super::scan::Entry;
use crate::Selection;

/// The decoding plan of one selection.
pub(super) struct Plan {
    /// The packets up to the last needed one: time stamp, and what to do with it.
    packets: VecDeque<(i64, Next)>,
    /// The expected frames up to the last selected one, with the numbers of the selected ones.
    due: VecDeque<(i64, Option<u64>)>,
    /// Frames that are displayed before it lack their references, and are ignored.
    floor: i64,
}

/// What to do with a decoded frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FrameFate {
    /// A selected frame, with its number.
    Wanted(u64),
    /// A frame that others need.
    Other,
    /// Not the expected frame.
    Stray,
}

impl Plan {
    /// `None` when everything has to be decoded anyway, or time stamps are not unique.
    pub(super) fn new(entries: &[Entry], selection: Selection) -> Option<Self> {
        let mut order: Vec<usize> = (0..entries.len()).collect();
        order.retain(|&at| !entries[at].discarded);
        order.sort_by_key(|&at| entries[at].pts);
        if order.windows(2).any(|pair| entries[pair[0]].pts == entries[pair[1]].pts) {
            return None;
        }
        let wanted = wanted(&order, selection);
        let end = *wanted.iter().max()? + 1;
        let entries = &entries[..end];
        let needed = needed(entries, &wanted);
        if needed.iter().all(|&needed| needed) {
            return None;
        }
        let (steps, returned) = steps(entries, &needed);
        if wanted.iter().any(|&at| !returned[at]) {
            return None;
        }
        let every = usize::try_from(selection.every.max(1)).unwrap_or(usize::MAX);
        let shown = order[..=(wanted.len() - 1) * every].iter().enumerate();
        let due = shown
            .filter(|&(_, &at)| at < end && returned[at])
            .map(|(rank, &at)| (entries[at].pts, rank.is_multiple_of(every).then_some(rank as u64)))
            .collect();
        let packets = entries.iter().zip(steps).map(|(entry, step)| (entry.pts, step)).collect();
        Some(Self { packets, due, floor: i64::MIN })
    }

    /// Advances to the next packet of the file.
    pub(super) fn next(&mut self, pts: Option<i64>) -> Next {
        match self.packets.pop_front() {
            Some((expected, step)) if pts == Some(expected) => step,
            _ => Next::Stray,
        }
    }

    /// Whether no further packet is needed.
    pub(super) fn is_fed(&self) -> bool {
        self.packets.is_empty()
    }

    /// The decoder has forgotten its references, and goes on with the packet of this time.
    pub(super) fn restarted(&mut self, pts: Option<i64>) {
        self.floor = pts.unwrap_or(i64::MIN);
    }

    /// Advances to the next expected frame and compares.
    pub(super) fn check(&mut self, pts: Option<i64>) -> FrameFate {
        if pts.is_some_and(|pts| pts < self.floor) {
            return FrameFate::Other;
        }
        match self.due.pop_front() {
            Some((expected, number)) if pts == Some(expected) => {
                number.map_or(FrameFate::Other, FrameFate::Wanted)
            }
            _ => FrameFate::Stray,
        }
    }

    /// Whether all selected frames have been decoded.
    pub(super) fn is_done(&self) -> bool {
        self.due.is_empty()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::part::{Kind, Part};
    use super::*;

    /// Packets in the order of the file; their time stamps are the numbers, `I` is a fresh start, `R` a
    /// recovery point, `P` a reference, `b` disposable; `L` and `l` are leading ones of both kinds.
    pub(in super::super) fn entries(text: &str) -> Vec<Entry> {
        let entry = |word: &str| {
            let (kind, pts) = word.split_at(1);
            let leading = matches!(kind, "L" | "l");
            let kind = match kind {
                "I" => Kind::Refresh,
                "R" => Kind::Recovery,
                "P" | "L" => Kind::Reference,
                _ => Kind::Disposable,
            };
            let pts = pts.parse().unwrap();
            let part = Part { kind, headers: false, leading, order: (0, pts) };
            Entry { pts, discarded: false, part }
        };
        text.split(' ').map(entry).collect()
    }

    /// The time stamps of the decoded packets.
    fn decoded(entries: &[Entry], every: u64, max: u64) -> Option<Vec<i64>> {
        let plan = Plan::new(entries, Selection { every, max: Some(max) })?;
        Some(
            plan.packets
                .iter()
                .filter(|(_, step)| *step != Next::Skip)
                .map(|(pts, _)| *pts)
                .collect(),
        )
    }

    pub(in super::super) const CLIP: &str =
        "I0 P3 b1 b2 P6 b4 b5 I9 b7 b8 P12 b10 b11 I13 P16 b14 b15";

    #[test]
    fn unneeded_packets_are_skipped() {
        let clip = entries(CLIP);
        assert_eq!(decoded(&clip, 5, 99).unwrap(), [0, 3, 6, 5, 9, 12, 10, 13, 16, 15]);
        assert_eq!(decoded(&clip, 12, 99).unwrap(), [0, 9, 12]);
        assert_eq!(decoded(&clip, 15, 99).unwrap(), [0, 13, 16, 15]);
        // Displayed before the fresh start that precedes it: needs the one before that.
        assert_eq!(decoded(&clip, 8, 2).unwrap(), [0, 3, 6, 9, 8]);
        assert_eq!(decoded(&clip, 2, 2).unwrap(), [0, 3, 2]);
        assert_eq!(decoded(&clip, 99, 1), None, "the first packet alone is all up to the last");
        assert_eq!(decoded(&clip, 1, 99), None);
        assert_eq!(decoded(&clip, 1, 0), None);
        assert_eq!(decoded(&[], 5, 99), None);
    }

    #[test]
    fn headers_and_cut_frames_are_respected() {
        let mut clip = entries(CLIP);
        clip[5].part.headers = true;
        assert_eq!(decoded(&clip, 12, 99).unwrap(), [0, 3, 6, 4, 9, 12]);
        // The first three frames are cut: number 0 is at 3.
        for entry in clip.iter_mut().filter(|entry| entry.pts < 3) {
            entry.discarded = true;
        }
        assert_eq!(decoded(&clip, 12, 99).unwrap(), [0, 3, 6, 4, 13, 16, 15]);
    }

    /// Points of restart and expected frames.
    fn restarts(text: &str, every: u64) -> (Vec<i64>, Vec<i64>) {
        let plan = Plan::new(&entries(text), Selection { every, max: None }).unwrap();
        let restarts = plan.packets.iter().filter(|(_, step)| *step == Next::Restart);
        (restarts.map(|(pts, _)| *pts).collect(), plan.due.iter().map(|(pts, _)| *pts).collect())
    }

    #[test]
    fn the_decoder_restarts_only_behind_gaps() {
        let clip = "I0 P4 b2 R8 L6 l5 l7 P12 b10 R16 L14 l13 P20 b18";
        // Frames 0, 8 and 18: from the starts before them, without leading frames.
        assert_eq!(restarts(clip, 6), (vec![8, 16], vec![0, 8, 16, 18]));
        assert_eq!(decoded(&entries(clip), 6, 99).unwrap(), [0, 8, 16, 20, 18]);
        assert_eq!(restarts(clip, 13), (vec![16], vec![0, 16, 20]));
        // A leading frame needs everything since the start before, and then nothing is missing.
        assert_eq!(decoded(&entries(clip), 5, 2).unwrap(), [0, 4, 8, 6, 7]);
        assert_eq!(restarts(clip, 5).0, [] as [i64; 0]);
        // References in front of a recovery point are decoded, but not returned, as in H.264.
        let clip = "I0 P2 P4 R8 P6 b5 b7 P12 b10";
        assert_eq!(restarts(clip, 8), (vec![8], vec![0, 8, 12]));
        assert_eq!(decoded(&entries(clip), 8, 99).unwrap(), [0, 8, 6, 12]);
    }

    #[test]
    fn time_stamps_must_be_unique() {
        assert_eq!(decoded(&entries("I0 P2 b2 P4"), 2, 99), None);
    }

    #[test]
    fn deviations_are_noticed() {
        let clip = entries("I0 P3 b1 b2 P6 b4 b5");
        let plan = || Plan::new(&clip, Selection { every: 2, max: None }).unwrap();
        let mut good = plan();
        let steps: Vec<_> = [0, 3, 1, 2, 6, 4].map(|pts| good.next(Some(pts))).into();
        use Next::{Decode, Skip};
        assert_eq!(steps, [Decode, Decode, Skip, Decode, Decode, Decode]);
        assert!(good.is_fed() && !good.is_done());
        let fates: Vec<_> = [0, 2, 3, 4, 6].map(|pts| good.check(Some(pts))).into();
        use FrameFate::{Other, Wanted};
        assert_eq!(fates, [Wanted(0), Wanted(2), Other, Wanted(4), Wanted(6)]);
        assert!(good.is_done());
        assert_eq!(plan().next(Some(1)), Next::Stray);
        assert_eq!(plan().next(None), Next::Stray);
        assert_eq!(plan().check(Some(2)), FrameFate::Stray);
        assert_eq!(plan().check(None), FrameFate::Stray);
    }
}
