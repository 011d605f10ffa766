//! Matching files round-trip exactly; others are rejected with an error that names the tensor.

use super::*;
use crate::{Constraint, Meso4Config, ScadeNetConfig};
use burn::backend::Flex;
use std::io::{Read, Write};
use std::path::PathBuf;

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/published_layout.pth")
}

fn read(path: &Path) -> Result<Network<Flex>, Error> {
    load(&NetworkConfig::default(), path, &Default::default())
}

fn import(path: &Path) -> Result<Network<Flex>, Error> {
    import_pth(&NetworkConfig::default(), path, &Default::default())
}

/// Writes a safetensors file with the tensors of a new network, modified by `change`.
fn written(
    folder: &Path,
    change: impl Fn(&mut BTreeMap<String, (Vec<usize>, Vec<u8>)>),
) -> PathBuf {
    let path = folder.join("changed.safetensors");
    let network = NetworkConfig::default().init::<Flex>(&Default::default());
    let mut tensors = published_tensors(&network)
        .into_iter()
        .map(|(name, data)| (name, (data.shape.to_vec(), data.bytes.to_vec())))
        .collect();
    change(&mut tensors);
    let views = tensors.iter().map(|(name, (shape, bytes))| {
        (name, TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap())
    });
    std::fs::write(&path, safetensors::serialize(views, None).unwrap()).unwrap();
    path
}

/// The fixture's archive, with each file modified or omitted by `change`.
fn rezipped(folder: &Path, change: impl Fn(&str, Vec<u8>) -> Option<Vec<u8>>) -> PathBuf {
    let path = folder.join("changed.pth");
    let mut old = zip::ZipArchive::new(std::fs::File::open(fixture()).unwrap()).unwrap();
    let mut new = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    for index in 0..old.len() {
        let mut entry = old.by_index(index).unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        if let Some(bytes) = change(entry.name(), bytes) {
            let options = zip::write::SimpleFileOptions::default();
            new.start_file(entry.name(), options).unwrap();
            new.write_all(&bytes).unwrap();
        }
    }
    new.finish().unwrap();
    path
}

#[test]
fn every_architecture_round_trips_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights.safetensors");
    let ring = ScadeNetConfig { constrained_conv: Constraint::B, eca: false, ..Default::default() };
    let plain = ScadeNetConfig { constrained_conv: Constraint::Off, ..Default::default() };
    for config in [
        NetworkConfig::default(),
        NetworkConfig::ScadeNet(ring),
        NetworkConfig::ScadeNet(plain),
        NetworkConfig::Meso4(Meso4Config::default()),
    ] {
        let network = config.init::<Flex>(&Default::default());
        save(&network, &path).unwrap();
        let again = load::<Flex>(&config, &path, &Default::default()).unwrap();
        assert_eq!(published_tensors(&network), published_tensors(&again), "{config:?}");
        let bytes = std::fs::read(&path).unwrap();
        save(&again, &path).unwrap();
        assert!(bytes == std::fs::read(&path).unwrap(), "the same weights, other bytes");
    }
}

#[test]
fn a_file_has_the_published_names_and_layout() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights.safetensors");
    save(&import(&fixture()).unwrap(), &path).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    for (name, shape) in [
        ("block1_conv.weight", vec![8, 4, 3, 3]),
        ("block2_bn.running_var", vec![8]),
        ("block4_eca.conv.weight", vec![1, 1, 3]),
        ("fc1.weight", vec![16, 1024]),
    ] {
        assert_eq!(file.tensor(name).unwrap().shape(), shape, "{name}");
    }
    assert_eq!(file.len(), 4 * 6 + 2 + 4);
}

#[test]
fn a_checkpoint_converted_to_safetensors_is_the_same_network() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights.safetensors");
    let network = import(&fixture()).unwrap();
    save(&network, &path).unwrap();
    assert_eq!(published_tensors(&network), published_tensors(&read(&path).unwrap()));
}

#[test]
fn errors_name_the_mismatched_tensor() {
    let folder = tempfile::tempdir().unwrap();
    let missing = read(&written(folder.path(), |t| drop(t.remove("fc2.bias")))).unwrap_err();
    assert!(matches!(missing, Error::MissingTensor { name, .. } if name == "fc2.bias"));

    let surplus = written(folder.path(), |tensors| {
        tensors.insert("fc3.bias".to_owned(), (vec![1], vec![0; 4]));
    });
    let surplus = read(&surplus).unwrap_err().to_string();
    assert!(surplus.contains("changed.safetensors: the network has no tensor `fc3.bias`"));

    let turned = written(folder.path(), |tensors| {
        tensors.get_mut("fc1.weight").unwrap().0.reverse();
    });
    let turned = read(&turned).unwrap_err().to_string();
    assert!(turned.contains("`fc1.weight` must have shape [16, 1024], got [1024, 16]"), "{turned}");

    let infinite = written(folder.path(), |tensors| {
        let bytes = &mut tensors.get_mut("block2_conv.weight").unwrap().1;
        bytes[..4].copy_from_slice(&f32::INFINITY.to_le_bytes());
    });
    let infinite = read(&infinite).unwrap_err();
    assert!(matches!(infinite, Error::NotFinite { name, .. } if name == "block2_conv.weight"));

    let meso = NetworkConfig::Meso4(Meso4Config::default());
    let other = import_pth::<Flex>(&meso, &fixture(), &Default::default()).unwrap_err();
    assert!(matches!(other, Error::UnknownTensor { .. }), "{other}");
}

#[test]
fn other_files_are_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    assert!(matches!(read(&path), Err(Error::Unreadable { .. })));
    assert!(matches!(import(&path), Err(Error::Unreadable { .. })));
    std::fs::write(&path, "no weights at all").unwrap();
    assert!(matches!(read(&path), Err(Error::NotSafetensors { .. })));
    assert!(matches!(import(&path), Err(Error::NotPth { .. })));
}

#[test]
fn counters_of_pytorch_are_skipped() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), |tensors| {
        tensors.insert("block1_bn.num_batches_tracked".to_owned(), (vec![1], vec![0; 4]));
    });
    read(&path).unwrap();
}

/// `burn-store` fills a storage that is missing with zeros.
#[test]
fn a_missing_or_truncated_storage_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let whole = rezipped(folder.path(), |_, bytes| Some(bytes));
    let expected = published_tensors(&import(&fixture()).unwrap());
    assert_eq!(published_tensors(&import(&whole).unwrap()), expected);

    let without = rezipped(folder.path(), |name, b| (!name.ends_with("/data/0")).then_some(b));
    assert!(matches!(import(&without), Err(Error::NotPth { .. })));

    let cut = rezipped(folder.path(), |name, mut bytes| {
        if name.ends_with("/data/0") {
            bytes.pop();
        }
        Some(bytes)
    });
    let Err(Error::NotPth { source, .. }) = import(&cut) else { panic!("a truncated storage") };
    assert!(source.to_string().ends_with("must have 1152 bytes, got 1151"), "{source}");
}
