//! The decoding loop: packets in order, damaged ones counted, the decoder restarted behind gaps.

use ffmpeg_next as ffmpeg;
use ffmpeg_next::ffi;
use ffmpeg_next::packet::Packet;

use super::MAX_BAD_IN_A_ROW;
use super::frames::Frames;
use super::needed::Next;
use super::plan::Plan;
use super::source::{Step, is_discarded};
use crate::Error;

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Phase {
    /// Packets are being read.
    Reading,
    /// The decoder returns all its frames before it forgets its references.
    Restarting,
    /// All are read; the decoder still holds frames.
    Draining,
    /// Finished.
    Done,
}

impl Frames {
    /// Puts the next decoded frame into `raw`; false when there are no more.
    pub(super) fn decode(&mut self) -> Result<bool, Error> {
        while self.phase != Phase::Done {
            match self.video.decoder.receive_frame(&mut self.raw) {
                Ok(()) => {
                    self.bad_in_a_row = 0;
                    self.video.source.watch().restart();
                    if !self.is_cut() {
                        return Ok(true);
                    }
                }
                Err(ffmpeg::Error::Other { errno: ffmpeg::error::EAGAIN })
                    if self.phase == Phase::Reading =>
                {
                    self.feed()?;
                }
                Err(ffmpeg::Error::Eof | ffmpeg::Error::Other { errno: ffmpeg::error::EAGAIN }) => {
                    match self.held.take() {
                        Some(packet) => self.restart(&packet),
                        None => self.phase = Phase::Done,
                    }
                }
                Err(_) => self.count_bad(),
            }
        }
        Ok(false)
    }

    /// The decoder forgets what it has, and goes on with a packet.
    fn restart(&mut self, packet: &Packet) {
        self.video.decoder.flush();
        self.return_unrecovered(false);
        if let Some(plan) = &mut self.plan {
            plan.restarted(packet.pts());
        }
        self.restarted = true;
        self.phase = Phase::Reading;
        self.send(packet);
    }

    /// Whether an edit list cuts the frame in `raw`.
    fn is_cut(&mut self) -> bool {
        let place = self.cut.iter().position(|&pts| self.raw.pts() == Some(pts));
        place.map(|place| self.cut.swap_remove(place)).is_some()
    }

    fn send(&mut self, packet: &Packet) {
        // FFmpeg drops the frames of such packets, except with dav1d.
        if is_discarded(packet) && self.video.info.codec == "av1" {
            self.cut.extend(packet.pts());
        }
        if self.video.decoder.send_packet(packet).is_err() {
            self.count_bad();
        }
    }

    /// Sends the decoder the next packet, or the end of the stream.
    fn feed(&mut self) -> Result<(), Error> {
        // Not at once after the last packet, of which FFmpeg's wrapper of dav1d may still hold a part.
        if self.plan.as_ref().is_some_and(Plan::is_fed) {
            self.drain(Phase::Draining);
            return Ok(());
        }
        match self.video.source.step()? {
            Step::Packet(packet) => match self.plan.as_mut().map(|plan| plan.next(packet.pts())) {
                None | Some(Next::Decode) => self.send(&packet),
                Some(Next::Restart) => {
                    self.held = Some(packet);
                    self.drain(Phase::Restarting);
                }
                Some(Next::Skip) => {
                    self.stats.skipped += 1;
                    self.video.source.watch().restart();
                }
                Some(Next::Stray) => self.phase = Phase::Done,
            },
            Step::Bad => self.count_bad(),
            Step::End(error) => {
                self.stats.read_error = error;
                self.drain(Phase::Draining);
            }
        }
        Ok(())
    }

    fn drain(&mut self, phase: Phase) {
        self.phase = phase;
        // Until the frame of a restart has been returned, FFmpeg takes those displayed after it for
        // incomplete.
        if self.restarted {
            self.return_unrecovered(true);
        }
        // A decoder that refuses has no frames left; `decode` handles that.
        let _ = self.video.decoder.send_eof();
    }

    /// Whether the decoder returns frames that it takes for incomplete.
    fn return_unrecovered(&mut self, all: bool) {
        const FLAG: i32 = ffi::AV_CODEC_FLAG_OUTPUT_CORRUPT as i32;
        // SAFETY: the pointer is to the codec context that the decoder owns; FFmpeg allows this flag to
        // be set at any time.
        unsafe {
            let flags = &raw mut (*self.video.decoder.as_mut_ptr()).flags;
            *flags = if all { *flags | FLAG } else { *flags & !FLAG };
        }
    }

    fn count_bad(&mut self) {
        self.stats.bad_packets += 1;
        self.bad_in_a_row += 1;
        if self.plan.is_some() {
            // Plans are for undamaged files.
            self.phase = Phase::Done;
        } else if self.bad_in_a_row >= MAX_BAD_IN_A_ROW {
            let reason = || format!("gave up after {MAX_BAD_IN_A_ROW} bad packets in a row");
            self.stats.read_error.get_or_insert_with(reason);
            self.phase = Phase::Done;
        }
    }
}
