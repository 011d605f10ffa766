//! Compact storage of many strings: each text once, named by a number.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};

/// Number of a text in [`Strings`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Symbol(u32);

/// Distinct texts in one block of memory. Ten million of 40 bytes take 800 MB.
#[derive(Debug, Clone, Default)]
pub(crate) struct Strings {
    texts: Texts,
    /// By hash of the text; two texts of the same hash are at successive keys.
    numbers: HashMap<u64, u32>,
    hasher: RandomState,
}

/// Texts one after another.
#[derive(Debug, Clone, Default)]
pub(crate) struct Texts {
    text: String,
    ends: Vec<u64>,
}

impl Texts {
    pub(crate) fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(self.text.len() as u64);
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn get(&self, index: usize) -> &str {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start as usize..self.ends[index] as usize]
    }
}

impl Strings {
    /// The number of `text`, the same for equal texts. At most 2³² texts.
    pub(crate) fn intern(&mut self, text: &str) -> Symbol {
        let mut hash = self.hasher.hash_one(text);
        loop {
            match self.numbers.get(&hash) {
                Some(&number) if self.texts.get(number as usize) == text => return Symbol(number),
                Some(_) => hash = hash.wrapping_add(1),
                None => break,
            }
        }
        let number = self.texts.len() as u32;
        self.texts.push(text);
        self.numbers.insert(hash, number);
        Symbol(number)
    }

    pub(crate) fn get(&self, symbol: Symbol) -> &str {
        self.texts.get(symbol.0 as usize)
    }

    /// A hash for keys that are made of several parts.
    pub(crate) fn hash(&self, key: impl Hash) -> u64 {
        self.hasher.hash_one(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_one_number_and_keep_their_content() {
        let mut strings = Strings::default();
        let symbols: Vec<_> = ["a", "", "ab", "a", ""].map(|text| strings.intern(text)).into();
        assert_eq!((symbols[0], symbols[1]), (symbols[3], symbols[4]));
        let texts: Vec<_> = symbols.iter().map(|symbol| strings.get(*symbol)).collect();
        assert_eq!(texts, ["a", "", "ab", "a", ""]);
    }
}
