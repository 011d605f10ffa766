//! The names of tensors: ours are paths through the modules, the files' are the published ones.
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
//! Gamma, beta and the turned linear weights are the work of `burn-store`'s PyTorch adapters; the
//! rest is here.

/// The name in a file for the module path `ours`.
pub(super) fn published(ours: &str) -> String {
    match ours.strip_prefix("head.") {
        Some(layer) => layer.to_owned(),
        None => ours.replacen('.', "_", 1),
    }
}

/// The module path, part by part, for a name in a file.
pub(super) fn ours(published: &str) -> Vec<String> {
    let path = if published.starts_with("fc") {
        format!("head.{published}")
    } else {
        published.replacen('_', ".", 1)
    };
    path.split('.').map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_there_and_back() {
        for (path, name) in [
            ("block1.conv.weight", "block1_conv.weight"),
            ("block3.eca.conv.weight", "block3_eca.conv.weight"),
            ("block4.bn.running_mean", "block4_bn.running_mean"),
            ("head.fc2.bias", "fc2.bias"),
        ] {
            assert_eq!(published(path), name);
            assert_eq!(ours(name).join("."), path);
        }
    }
}
