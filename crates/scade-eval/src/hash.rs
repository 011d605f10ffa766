//! The digest of a set of files.

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
        let [x, y] =
            [("x", true), ("y", false)].map(|(name, fake)| (scade_fs::sha256_hex(name), fake));
        assert_eq!(set_sha256(&[x.clone(), y.clone()]), set_sha256(&[y, x.clone()]));
        assert_ne!(set_sha256(std::slice::from_ref(&x)), set_sha256(&[(x.0, false)]));
    }
}
