//! The same command line through the built-in kubectl and through a real one, on equal clusters at the same simulated
//! time, prints the same bytes and exits with the same status. Run with `--ignored` and `OPSDRILL_KUBECTL_1_32`: texts
//! change from release to release, and the built-in kubectl is written after 1.32.
//!
//! The lines stand in `tests/differential/*.md`, by verb; `lines` says how they are written.
#![expect(clippy::disallowed_methods, reason = "this test is about programs as processes")]
#![expect(clippy::disallowed_types, reason = "and about the time that they take")]
#![expect(clippy::print_stdout, reason = "figures are for people")]
#![cfg(unix)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use opsdrill_testkit::folder;

#[path = "differential/lines.rs"]
mod lines;
#[path = "differential/masks.rs"]
mod masks;
#[path = "differential/pair.rs"]
mod pair;

use lines::Line;
use masks::Masks;
use pair::{Pair, Printed};

/// The cluster that the lines work on.
const SCENARIO: &[u8] = include_bytes!("differential/scenario.yaml");

/// The fewest lines that must be compared.
const LINES_MIN: usize = 1_200;

/// The stack of a thread that has a shell in it.
const STACK_BYTES: usize = 512 << 20;

/// A group of lines with a test of its own.
macro_rules! groups {
    ($($name:ident)*) => {
        $(
            #[test]
            #[ignore = "needs a real kubectl"]
            fn $name() {
                // The shell's interpreter calls itself; the program gives it such a stack, too.
                let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
                let ran = thread.spawn(|| compare(stringify!($name))).expect("a thread").join();
                if let Err(panic) = ran {
                    std::panic::resume_unwind(panic);
                }
            }
        )*
        /// All groups.
        const GROUPS: &[&str] = &[$(stringify!($name)),*];
    };
}

groups! {
    access apply changes client create debug describe get looking workloads
}

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/differential")
}

fn lines_of(group: &str) -> Vec<Line> {
    let path = data().join(format!("{group}.md"));
    lines::read(&fs::read_to_string(path).expect("the group has a file"))
}

/// The real kubectl of the built-in one's release.
fn kubectl() -> PathBuf {
    let named = std::env::var_os("OPSDRILL_KUBECTL_1_32").expect("OPSDRILL_KUBECTL_1_32 is set");
    let path = fs::canonicalize(named).expect("OPSDRILL_KUBECTL_1_32 names a file");
    let told = Command::new(&path).args(["version", "--client"]).output().expect("a program");
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(told.contains("Client Version: v1.32."), "another release: {told}");
    path
}

/// Runs the lines of a group on both sides.
fn compare(group: &str) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("differential-{group}"));
    let (kubectl, files, masks) = (kubectl(), folder::read(&data().join("files")), Masks::new());
    let mut pair = None;
    let mut report = String::new();
    let (mut compared, mut wrong) = (0, 0);
    for line in lines_of(group) {
        if line.fresh {
            // The old clusters go before the new ones come.
            drop(pair.take());
        }
        let pair = pair.get_or_insert_with(|| Pair::new(SCENARIO, &folder, &kubectl, &files));
        if let Some(seconds) = line.skip_seconds() {
            pair.skip(seconds);
            continue;
        }
        compared += 1;
        let printed = pair.run(&line.text);
        let [built_in, real] = printed.map(|it| masks.apply(&line.text, &line.remarks, &it));
        let complaint = match (line.expected_difference(), built_in == real) {
            (None, true) | (Some(_), false) => continue,
            (Some(reason), true) => format!("they agree now, in spite of: {reason}\n"),
            (None, false) => difference(&folder, &built_in, &real),
        };
        wrong += 1;
        let _ = writeln!(report, "{group}.md:{}: {}\n{complaint}", line.number, line.text);
    }
    println!("{group}: {} of {compared} lines agree or differ as is meant", compared - wrong);
    assert!(report.is_empty(), "{wrong} of {compared} lines are wrong:\n\n{report}");
}

/// Where two outputs differ.
fn difference(folder: &Path, built_in: &Printed, real: &Printed) -> String {
    let mut text = String::new();
    if built_in.status != real.status {
        let _ = writeln!(text, "status: built-in {}, real {}", built_in.status, real.status);
    }
    for (name, one, other) in
        [("stdout", &built_in.out, &real.out), ("stderr", &built_in.err, &real.err)]
    {
        if one == other {
            continue;
        }
        let (before, after) = (folder.join("built-in"), folder.join("real"));
        fs::write(&before, one).expect("a file can be written");
        fs::write(&after, other).expect("a file can be written");
        let labels = [format!("--label=built-in {name}"), format!("--label=real {name}")];
        let shown = Command::new("diff").args(["-U1"]).args(labels).args([before, after]).output();
        text.push_str(&String::from_utf8_lossy(&shown.expect("diff is there").stdout));
    }
    text
}

#[test]
fn every_group_has_a_test_and_there_are_enough_lines() {
    let mut names: Vec<String> = fs::read_dir(data())
        .expect("the lines are there")
        .map(|it| it.expect("readable").path())
        .filter(|it| it.extension().is_some_and(|it| it == "md"))
        .map(|it| it.file_stem().expect("it has a name").to_string_lossy().into_owned())
        .collect();
    names.sort();
    let mut groups = GROUPS.to_vec();
    groups.sort_unstable();
    assert_eq!(names, groups, "files and tests");
    let lines: Vec<Line> = GROUPS.iter().flat_map(|it| lines_of(it)).collect();
    let lines = lines.iter().filter(|it| it.skip_seconds().is_none());
    let all: Vec<&Line> = lines.collect();
    let different: BTreeSet<&str> = all.iter().map(|it| it.text.as_str()).collect();
    let reasons: Vec<&str> = all.iter().filter_map(|it| it.expected_difference()).collect();
    let open = reasons.iter().filter(|it| it.starts_with("open: ")).count();
    println!(
        "{} lines; {} differ as is meant, {open} differ and should not",
        different.len(),
        reasons.len() - open
    );
    assert!(different.len() >= LINES_MIN, "only {} lines", different.len());
}
