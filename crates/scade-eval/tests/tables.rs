//! Score files as they come: ours, those of other programs, and bad ones.

use std::path::{Path, PathBuf};

use scade_eval::{Entry, Error, Labels, ScoreTable, write_scores, write_workbench};
use scade_metrics::Pooling;

fn file(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn read(text: &str) -> Result<ScoreTable, Error> {
    let folder = tempfile::tempdir().unwrap();
    let mut table = ScoreTable::new("test");
    table.read(&file(folder.path(), "scores.csv", text), None)?;
    table.check()?;
    Ok(table)
}

/// The message without the folder of the test.
fn refused(text: &str) -> String {
    let error = read(text).unwrap_err();
    assert!(error.is_bad_input());
    let text = error.to_string();
    text[text.find("scores.csv").unwrap()..].to_owned()
}

#[test]
fn columns_have_any_order_and_unknown_ones_are_ignored_with_a_note() {
    let table = read(
        "score,extra,frame,label,video,path,method,dataset,identity,track\n\
         0.25,x,10,fake,000_003,a.png,FaceSwap,FF++,000,2\n\
         ,x,,0,,b.png,,,,\n",
    )
    .unwrap();
    let entries: Vec<_> = table.entries().collect();
    let first = Entry {
        dataset: "FF++",
        method: "FaceSwap",
        video: Some("000_003"),
        identity: Some("000"),
        track: Some(2),
        frame: Some(10),
        ..Entry::new("a.png", true, Some(0.25))
    };
    assert_eq!(entries, [first, Entry::new("b.png", false, None)]);
    assert_eq!(table.notes().len(), 1);
    assert!(table.notes()[0].ends_with("columns ignored: `extra`"), "{:?}", table.notes());
}

#[test]
fn bad_rows_are_refused_with_file_line_expected_and_got() {
    let cases = [
        ("path,label\na,1\n", "line 1: expected a column `score`, got `path,label`"),
        ("label,score\n1,1\n", "line 1: expected a column `path`, `video` or `key`"),
        ("path,score\na,1\n", "line 1: expected a column `label`"),
        ("path,label,score\na,1,nan\n", "line 2: expected a score from 0 to 1"),
        ("path,label,score\na,1,0.5\nb,0,1.5\n", "line 3: expected a score from 0 to 1"),
        ("path,label,score\na,1,-inf\n", "got `-inf`"),
        (
            "path,label,score\na,maybe,0.5\n",
            "line 2: expected a label real, fake, 0 or 1, got `maybe`",
        ),
        ("path,label,score\na,,0.5\n", "line 2: expected a label real, fake, 0 or 1, got none"),
        ("path,label,score\n,1,0.5\n", "line 2: expected a path, got an empty field"),
        ("path,label,score\na,1\n", "line 2: expected 3 fields as in the header, got 2"),
        ("path,label,score,frame\na,1,0.5,x\n", "got `x` in `frame`"),
        (
            "path,label,score,path\na,1,0.5,x\n",
            "line 1: expected each column once, got `path` twice",
        ),
        ("path,label,score\n", "expected at least one row, got none"),
        (
            "path,label,score\na,1,0.5\nb,0,0.5\na,1,0.6\n",
            "line 4: expected each face, frame or video once, got a again, after ",
        ),
        ("path,label,score\na,1,0.5\nb,0,0.5\na,0,0.6\n", "line 4: expected a to be fake as in "),
        ("path,label,score,status\na,1,,ok\n", "line 2: expected a score where the status is ok"),
        ("path,label,score,status\na,1,0.5,error\n", "line 2: expected no score"),
        (
            "path,label,score,status\na,1,0.5,done\n",
            "line 2: expected a status ok, missing or error",
        ),
        ("path,label,score\n\"a,1,0.5\n", "line 2: expected 3 fields"),
    ];
    for (text, expected) in cases {
        let got = refused(text);
        assert!(got.contains(expected), "{text:?}\n  {got}\n  {expected}");
    }
}

#[test]
fn bytes_that_are_no_text_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scores.csv");
    std::fs::write(&path, b"path,label,score\n\xff\xfe,1,0.5\n").unwrap();
    let error = ScoreTable::new("x").read(&path, None).unwrap_err();
    assert!(error.to_string().contains("line 2: expected UTF-8"), "{error}");
    assert!(ScoreTable::new("x").read(folder.path(), None).is_err());
    assert!(ScoreTable::new("x").read(&folder.path().join("absent"), None).is_err());
}

#[test]
fn two_files_that_disagree_about_a_label_are_both_named() {
    let (a, b) = ("path,label,score\nx,1,0.5\ny,0,0.5\n", "path,label,score\ny,0,0.5\nx,0,0.5\n");
    let error = read(a).unwrap().check_agrees(&read(b).unwrap()).unwrap_err().to_string();
    assert!(error.contains("line 3: expected x to be fake as in"), "{error}");
    assert!(error.contains("line 2, got real"), "{error}");
    read(a).unwrap().check_agrees(&read(a).unwrap()).unwrap();
}

#[test]
fn one_class_alone_is_refused_with_its_count() {
    let error = read("path,label,score\nx,1,0.5\ny,1,0.5\n").unwrap().check_classes().unwrap_err();
    assert!(error.to_string().contains("rows of both labels, got 0 real and 2 fake"), "{error}");
}

#[test]
fn predictions_of_scade_infer_take_their_labels_from_folders_or_a_list() {
    let folder = tempfile::tempdir().unwrap();
    let lines = r#"{"path":"set/real/a.png","kind":"image","score":0.25,"faces":[{"score":0.25}]}
{"path":"set/fake/FaceSwap/c.mp4","kind":"video","score":0.75,"faces":[{"score":0.5,"frame":0,"track":1},{"score":1,"frame":9,"track":1}]}
{"path":"set/fake/b.png","error":"no face found in 1 frame"}
"#;
    let mut tables = Vec::new();
    let list = format!("[{}]", lines.trim_end().replace('\n', ","));
    for text in [lines, &list] {
        let mut table = ScoreTable::new("infer");
        table.read(&file(folder.path(), "infer.jsonl", text), None).unwrap();
        table.check().unwrap();
        let entries: Vec<_> =
            table.entries().map(|e| (e.path.to_owned(), e.fake, e.score)).collect();
        assert_eq!(entries.len(), 4);
        assert_eq!(entries[0], ("set/real/a.png".into(), false, Some(0.25)));
        assert_eq!(entries[3], ("set/fake/b.png".into(), true, None));
        tables.push(entries);
    }
    assert_eq!(tables[0], tables[1]);

    let odd = file(folder.path(), "odd.jsonl", r#"{"path":"holiday/a.png","score":0.25}"#);
    let error = ScoreTable::new("x").read(&odd, None).unwrap_err().to_string();
    assert!(error.contains("line 1: expected a path below a folder `real` or `fake`"), "{error}");
    let labels = file(folder.path(), "l.csv", "path,label,method\nholiday/a.png,fake,swap\n");
    let labels = Labels::read(&labels).unwrap();
    let mut table = ScoreTable::new("x");
    table.read(&odd, Some(&labels)).unwrap();
    assert_eq!(
        table.entries().map(|entry| (entry.fake, entry.method)).next(),
        Some((true, "swap"))
    );

    let broken =
        file(folder.path(), "broken.jsonl", "{\"path\":\"real/a\",\"score\":1}\n{\"path\"");
    let error = ScoreTable::new("x").read(&broken, None).unwrap_err().to_string();
    assert!(error.contains("line 2: expected a record of scade-infer"), "{error}");
}

#[test]
fn a_written_table_is_read_back_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let mut table = ScoreTable::new("x");
    let entry = Entry::new("odd \"name\", with comma.png", true, Some(1.0 / 3.0));
    table.push(&Entry { video: Some("v"), track: Some(0), frame: Some(7), ..entry }).unwrap();
    table.push(&Entry { identity: Some("me"), ..Entry::new("b", false, None) }).unwrap();
    let path = folder.path().join("scores.csv");
    write_scores(&table, &path).unwrap();
    let mut again = ScoreTable::new("x");
    again.read(&path, None).unwrap();
    assert!(table.entries().eq(again.entries()));
    assert!(table.push(&Entry::new("c", false, Some(f64::NAN))).is_err());
}

/// A file as `dfwb score` writes it: the required columns, then the optional ones.
#[test]
fn score_files_of_deepfake_workbench_are_read_and_written() {
    let folder = tempfile::tempdir().unwrap();
    let text = "dataset,key,compression,label,score,status,logit,label_key,method,n_clips,n_frames\n\
                ffpp,000_003,c23,1,0.75,ok,1.1,,FaceSwap,1,32\n\
                ffpp,000_003,c40,1,0.5,ok,0,,FaceSwap,1,32\n\
                ffpp,001,c23,0,,missing,,,,,\n";
    let mut table = ScoreTable::new("theirs");
    table.read(&file(folder.path(), "x.scores.csv", text), None).unwrap();
    table.check().unwrap();
    assert!(table.notes().is_empty(), "{:?}", table.notes());
    let rows: Vec<_> =
        table.entries().map(|e| (e.dataset.to_owned(), e.path.to_owned(), e.score)).collect();
    assert_eq!(rows[1], ("ffpp/c40".into(), "000_003".into(), Some(0.5)));
    assert_eq!(rows[2].2, None);

    let path = folder.path().join("ours.scores.csv");
    write_workbench(&table, &Pooling::default(), &path).unwrap();
    let written = std::fs::read_to_string(&path).unwrap();
    let expected = "dataset,key,compression,label,score,status,method,n_frames\n\
                    ffpp,FaceSwap/000_003,c23,1,0.75,ok,FaceSwap,1\n\
                    ffpp,FaceSwap/000_003,c40,1,0.5,ok,FaceSwap,1\n\
                    ffpp,001,c23,0,,missing,,0\n";
    assert_eq!(written, expected);
    let mut again = ScoreTable::new("ours");
    again.read(&path, None).unwrap();
    assert_eq!(again.len(), 3);
}
