//! Tensor names of SCADE-Net and Meso-4: module paths here, published names in files. Other architectures
//! define their own ([`Architecture::file_name`](crate::Architecture)).
//!
//! | here | in files |
//! |---|---|
//! | `block1.conv.weight`, `block1.conv.bias` | `block1_conv.weight`, `block1_conv.bias` |
//! | `block3.eca.conv.weight` | `block3_eca.conv.weight` |
//! | `block1.bn.gamma`, `block1.bn.beta` | `block1_bn.weight`, `block1_bn.bias` |
//! | `block1.bn.running_mean`, `block1.bn.running_var` | `block1_bn.running_mean`, … |
//! | `head.fc1.weight` `[1024, 16]` | `fc1.weight` `[16, 1024]` |
//! | nothing | `block1_bn.num_batches_tracked`: dropped when read, not written |
//!
//! `burn-store`'s PyTorch adapters convert gamma, beta and the transposed linear weights; the rest is here.

/// The name in a file for the module path `path`, of a network of blocks and a head.
pub(crate) fn of_blocks_and_head(path: &str) -> String {
    match path.strip_prefix("head.") {
        Some(layer) => layer.to_owned(),
        None => path.replacen('.', "_", 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_published_ones() {
        for (path, name) in [
            ("block1.conv.weight", "block1_conv.weight"),
            ("block3.eca.conv.weight", "block3_eca.conv.weight"),
            ("block4.bn.running_mean", "block4_bn.running_mean"),
            ("head.fc2.bias", "fc2.bias"),
        ] {
            assert_eq!(of_blocks_and_head(path), name);
        }
    }
}
