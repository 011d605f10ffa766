//! Digests of files and of sets of files.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

/// SHA-256 of the regular file at `path`, in hexadecimal; in pieces, so that it may be large.
///
/// # Errors
/// When it cannot be read.
pub fn file_sha256(path: &Path) -> std::io::Result<String> {
    scade_fs::require_regular(path)?;
    let mut file = File::open(path)?;
    let mut digest = Sha256::new();
    let mut piece = vec![0; 1 << 16];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(scade_fs::hex(&digest.finalize())),
            count => digest.update(&piece[..count]),
        }
    }
}

/// SHA-256 of a set of files by their digests and labels, whatever their names and order.
#[must_use]
pub fn set_sha256(files: &[(String, bool)]) -> String {
    let mut lines: Vec<String> =
        files.iter().map(|(digest, fake)| format!("{} {digest}\n", u8::from(*fake))).collect();
    lines.sort_unstable();
    lines.dedup();
    scade_fs::sha256_hex(lines.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_the_same_in_any_order_and_another_with_other_labels() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "abc").unwrap();
        let a = file_sha256(&path).unwrap();
        assert_eq!(a, scade_fs::sha256_hex("abc"));
        let [x, y] = [(a, true), (scade_fs::sha256_hex("y"), false)];
        assert_eq!(set_sha256(&[x.clone(), y.clone()]), set_sha256(&[y.clone(), x.clone()]));
        assert_ne!(set_sha256(std::slice::from_ref(&x)), set_sha256(&[(x.0, false)]));
    }
}
