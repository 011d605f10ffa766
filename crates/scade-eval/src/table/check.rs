//! Checks that need all rows: repeated rows, clips with two labels, a class that is missing.

use super::ScoreTable;
use crate::{Error, Result};

impl ScoreTable {
    /// Checks the table as a whole: there are rows, none is repeated, and no file or clip has two labels.
    /// O(n log n), 16 bytes for each row.
    ///
    /// # Errors
    /// [`Error::Input`] for the first such row, with the place of the other.
    pub fn check(&self) -> Result<()> {
        if self.is_empty() {
            let file = self.files.first().cloned().unwrap_or_else(|| self.name.clone().into());
            return Err(Error::input(file, None, "at least one row", "none"));
        }
        self.check_repeated()?;
        self.check_labels()
    }

    /// Checks that a table has both classes.
    ///
    /// # Errors
    /// [`Error::Input`] with the counts.
    pub fn check_classes(&self) -> Result<()> {
        let fake = self.rows.iter().filter(|row| row.fake).count();
        let real = self.rows.len() - fake;
        if fake > 0 && real > 0 {
            return Ok(());
        }
        let files: Vec<_> = self.files.iter().map(|file| file.display().to_string()).collect();
        let got = format!("{real} real and {fake} fake");
        Err(Error::input(files.join(", "), None, "rows of both labels", got))
    }

    fn check_repeated(&self) -> Result<()> {
        let key = |index: usize| {
            let row = &self.rows[index];
            let clip = (row.dataset, row.method, row.fake, self.clip(index));
            (clip, row.track, row.frame, self.paths.get(index))
        };
        let found = self.pair(|index| self.strings.hash(key(index)), |a, b| key(a) == key(b));
        let Some((first, second)) = found else { return Ok(()) };
        let (place, clip) = (self.place(second), self.clip(second));
        let row = &self.rows[second];
        let number = |name, number: Option<u32>| {
            number.map_or(String::new(), |number| format!(", {name} {number}"))
        };
        let what =
            format!("{clip}{}{}", number("track", row.track()), number("frame", row.frame()));
        let got = format!("{what} again, after {}", self.place(first));
        Err(Error::input(place.file, place.line, "each face, frame or video once", got))
    }

    fn check_labels(&self) -> Result<()> {
        let key = |index: usize| (self.rows[index].dataset, self.paths.get(index));
        let differ =
            |a: usize, b: usize| key(a) == key(b) && self.rows[a].fake != self.rows[b].fake;
        let found = self.pair(|index| self.strings.hash(key(index)), differ);
        found.map_or(Ok(()), |(a, b)| Err(self.disagree(a, self, b)))
    }

    /// Checks that another table has the same label for each path that is in both.
    ///
    /// # Errors
    /// [`Error::Input`] for the first path with two labels, with both places.
    pub fn check_agrees(&self, other: &Self) -> Result<()> {
        // Sorted hashes of one table, in which the other is looked up: no second map of all paths.
        let hash = |table: &Self, index: usize| {
            let dataset = table.strings.get(table.rows[index].dataset);
            self.strings.hash((dataset, table.paths.get(index)))
        };
        let mut hashes: Vec<_> =
            (0..self.len()).map(|index| (hash(self, index), index as u32)).collect();
        hashes.sort_unstable();
        for index in 0..other.len() {
            let wanted = hash(other, index);
            let start = hashes.partition_point(|(hash, _)| *hash < wanted);
            let same = hashes[start..].iter().take_while(|(hash, _)| *hash == wanted);
            for &(_, own) in same {
                let own = own as usize;
                let paths = self.paths.get(own) == other.paths.get(index);
                if paths && self.rows[own].fake != other.rows[index].fake {
                    return Err(self.disagree(own, other, index));
                }
            }
        }
        Ok(())
    }

    fn disagree(&self, own: usize, other: &Self, index: usize) -> Error {
        let name = |fake: bool| if fake { "fake" } else { "real" };
        let (place, path) = (other.place(index), other.paths.get(index));
        let expected =
            format!("{path} to be {} as in {}", name(self.rows[own].fake), self.place(own));
        Error::input(place.file, place.line, expected, name(other.rows[index].fake))
    }

    /// Two rows of equal hash for which `holds`, the earlier first.
    fn pair(
        &self,
        hash: impl Fn(usize) -> u64,
        holds: impl Fn(usize, usize) -> bool,
    ) -> Option<(usize, usize)> {
        let mut hashes: Vec<_> = (0..self.len()).map(|index| (hash(index), index as u32)).collect();
        hashes.sort_unstable();
        let pairs = hashes.chunk_by(|a, b| a.0 == b.0).flat_map(|same| {
            same.iter().skip(1).map(|later| (same[0].1 as usize, later.1 as usize))
        });
        pairs.filter(|(a, b)| holds(*a, *b)).min_by_key(|(_, later)| *later)
    }
}
