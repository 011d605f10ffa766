//! The library that reads FFmpeg's headers during the build.
//!
//! Without it the build panics with some two thousand lines of output, so it is checked before. The
//! folders are those of the crate `clang-sys`.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::path::on_path;

/// Base folders; the subfolders of an architecture or an LLVM version are searched as well.
const BASES: [&str; 4] = ["/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/local/lib64"];

/// Folders of Xcode and Homebrew.
const MACOS: [&str; 4] = [
    "/Library/Developer/CommandLineTools/usr/lib",
    "/Applications/Xcode.app/Contents/Developer/Toolchains/XcodeDefault.xctoolchain/usr/lib",
    "/opt/homebrew/opt/llvm/lib",
    "/usr/local/opt/llvm/lib",
];

pub(super) fn find(_: &str) -> Result<String> {
    let folders = folders();
    let Some(library) = folders.iter().find_map(|folder| library_in(folder)) else {
        bail!("no libclang in the usual folders; LIBCLANG_PATH can name another one");
    };
    // Without its headers, libclang fails with `limits.h not found`.
    let elsewhere = std::env::var_os("BINDGEN_EXTRA_CLANG_ARGS").is_some();
    if !elsewhere && on_path("clang").is_none() && !folders.iter().any(|f| has_headers(f)) {
        bail!("{} exists, but its headers do not", library.display());
    }
    Ok(library.display().to_string())
}

fn folders() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    if let Some(path) = std::env::var_os("LIBCLANG_PATH").map(PathBuf::from) {
        let folder = if path.is_file() { path.parent().map(Path::to_owned) } else { Some(path) };
        folders.extend(folder);
    }
    for base in BASES.map(Path::new) {
        for name in names_in(base) {
            if name.contains("llvm") || name.ends_with("-linux-gnu") {
                folders.extend(["", "lib", "lib64"].map(|inner| base.join(&name).join(inner)));
            }
        }
        folders.push(base.to_owned());
    }
    folders.extend(MACOS.map(PathBuf::from));
    folders
}

fn library_in(folder: &Path) -> Option<PathBuf> {
    let name = names_in(folder).into_iter().find(|name| is_libclang(name))?;
    Some(folder.join(name))
}

/// `libclang.so`, `libclang.so.1`, `libclang-14.so.1`, `libclang.dylib`; not `libclang-cpp.so.14`,
/// which is another library.
fn is_libclang(name: &str) -> bool {
    let Some(rest) = name.strip_prefix("libclang") else { return false };
    let suffix = match rest.strip_prefix('-') {
        Some(version) if version.starts_with(|c: char| c.is_ascii_digit()) => {
            version.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.')
        }
        Some(_) => return false,
        None => rest.strip_prefix('.').unwrap_or_default(),
    };
    suffix == "dylib" || suffix == "so" || suffix.starts_with("so.")
}

/// Clang's own headers are in `clang/<version>/include` beside its libraries.
fn has_headers(folder: &Path) -> bool {
    let clang = folder.join("clang");
    names_in(&clang).iter().any(|version| clang.join(version).join("include/limits.h").is_file())
}

/// In alphabetical order; empty if the folder does not exist.
fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_distinguished_from_similar_names() {
        for name in ["libclang.so", "libclang.so.1", "libclang-14.so.1", "libclang-14.0.6.so"] {
            assert!(is_libclang(name), "{name}");
        }
        assert!(is_libclang("libclang.dylib"));
        let others =
            ["libclang-cpp.so.14", "libclangAST.a", "libclang.a", "libclang-so", "clang.so", ""];
        for name in others {
            assert!(!is_libclang(name), "{name}");
        }
    }
}
