//! Entropy-coded bits of a scan and Huffman codes (ITU-T T.81, annexes C and F).

/// Bits of a code that one look at the table decodes.
const LOOK: u32 = 9;

/// Reads bits up to the next marker; behind it, zeros that [`Bits::overrun`] reports.
#[derive(Clone, Copy)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The next `count` bits, the first of them on top.
    buffer: u64,
    count: u32,
    /// Zeros that were put behind the last bit of the scan.
    invented: u64,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at, buffer: 0, count: 0, invented: 0 }
    }

    /// Makes at least 32 bits ready: a code of 16 and 15 bits of its value.
    #[inline(always)]
    fn fill(&mut self) {
        if self.count >= 32 {
            return;
        }
        let next = self.bytes.get(self.at..).and_then(<[u8]>::first_chunk);
        match next.map(|&bytes| u32::from_be_bytes(bytes)) {
            // No byte of it is 0xff.
            Some(next) if (!next).wrapping_sub(0x0101_0101) & next & 0x8080_8080 == 0 => {
                self.buffer |= u64::from(next) << (32 - self.count);
                self.count += 32;
                self.at += 4;
            }
            _ => *self = self.filled(),
        }
    }

    /// By value, so that the caller's copy can stay in registers.
    #[cold]
    fn filled(mut self) -> Self {
        while self.count <= 56 {
            let byte = match self.bytes.get(self.at..).unwrap_or_default() {
                [0xff, 0, ..] => {
                    self.at += 2;
                    0xff
                }
                [0xff, ..] | [] => {
                    self.invented += 8;
                    0
                }
                &[byte, ..] => {
                    self.at += 1;
                    byte
                }
            };
            self.buffer |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
        self
    }

    #[inline(always)]
    fn skip(&mut self, count: u32) {
        self.buffer <<= count;
        self.count -= count;
    }

    /// The next `count` bits as a number, of 16 at most.
    #[inline(always)]
    pub(super) fn number(&mut self, count: u32) -> i32 {
        self.fill();
        self.ready(count)
    }

    /// As [`Self::number`], after [`Self::symbol`], which leaves 16 bits ready.
    #[inline(always)]
    fn ready(&mut self, count: u32) -> i32 {
        // In two steps, because a shift by 64 is none.
        let value = (self.buffer >> 1 >> (63 - count)) as i32;
        self.skip(count);
        value
    }

    /// A difference or coefficient of `size` bits, after the symbol that held the size.
    #[inline(always)]
    pub(super) fn signed(&mut self, size: u32) -> i32 {
        let value = self.ready(size);
        if size > 0 && value >> (size - 1) == 0 { value - (1 << size) + 1 } else { value }
    }

    /// `None` where the bits are no code.
    #[inline(always)]
    pub(super) fn symbol(&mut self, codes: &Huffman) -> Option<u8> {
        self.fill();
        let entry = codes.look[(self.buffer >> (64 - LOOK)) as usize];
        if entry != 0 {
            self.skip(u32::from(entry >> 8));
            return Some(entry as u8);
        }
        let (length, value) = codes.long(self.buffer)?;
        self.skip(length);
        Some(value)
    }

    /// Whether bits were read behind the end of the scan.
    pub(super) fn overrun(&self) -> bool {
        self.invented > u64::from(self.count)
    }

    /// Where the marker after the scan is; `None` unless nothing but padding is before it.
    pub(super) fn end(&self) -> Option<usize> {
        let left = u64::from(self.count).checked_sub(self.invented)?;
        (left < 8).then_some(self.at)
    }

    /// Reads the restart marker of `number`, 0..7.
    pub(super) fn restart(&mut self, number: u8) -> Option<()> {
        let at = self.end()?;
        let marker = self.bytes.get(at..at + 2)?;
        (marker == [0xff, 0xd0 + number]).then(|| *self = Self::new(self.bytes, at + 2))
    }
}

/// Huffman codes of 1 to 16 bits.
pub(super) struct Huffman {
    /// By the next [`LOOK`] bits: length and symbol of the code, 0 for a longer one.
    look: [u16; 1 << LOOK],
    /// By length: the first number above the codes of this length.
    end: [i32; 17],
    /// By length: what to add to a code for the index of its symbol.
    offset: [i32; 17],
    values: Vec<u8>,
}

impl Huffman {
    /// From the numbers of codes of each length and the symbols, shortest code first.
    pub(super) fn new(counts: &[u8; 16], values: &[u8]) -> Option<Self> {
        let mut codes =
            Self { look: [0; 1 << LOOK], end: [0; 17], offset: [0; 17], values: values.to_vec() };
        let (mut code, mut index) = (0_usize, 0_usize);
        for (length, &count) in (1..).zip(counts) {
            codes.offset[length] = index as i32 - code as i32;
            for &value in values.get(index..index + usize::from(count))? {
                if code >> length != 0 {
                    return None;
                }
                if length <= LOOK as usize {
                    let spare = LOOK as usize - length;
                    let entry = (length as u16) << 8 | u16::from(value);
                    codes.look[code << spare..(code + 1) << spare].fill(entry);
                }
                code += 1;
            }
            index += usize::from(count);
            codes.end[length] = code as i32;
            code <<= 1;
        }
        Some(codes)
    }

    /// Length and symbol of a code longer than [`LOOK`], which is on top of `buffer`.
    fn long(&self, buffer: u64) -> Option<(u32, u8)> {
        let code = |length: u32| (buffer >> (64 - length)) as i32;
        let length = (LOOK + 1..=16).find(|&length| code(length) < self.end[length as usize])?;
        let index = code(length) + self.offset[length as usize];
        Some((length, *self.values.get(usize::try_from(index).ok()?)?))
    }
}
