//! Real bash as the judge of the corpus. Run by hand, where bash 5.2, GNU coreutils, mawk and jq are installed:
//! `cargo test -p opsdrill-shell --test judge -- --ignored` (with `UPDATE=1`: writes the corpus from what it prints).
#![allow(
    clippy::disallowed_methods,
    reason = "the judge is a process of this machine, and UPDATE=1 asks for rewriting"
)]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use opsdrill_testkit::transcript;

/// Runs all commands of a transcript in one real bash and gives output and status of each.
fn real_bash(commands: &[String], home: &Path) -> Vec<(String, i32)> {
    let mut script = String::from("shopt -s expand_aliases\n");
    for (index, command) in commands.iter().enumerate() {
        let quoted = command.replace('\'', "'\\''");
        let before = if index == 0 {
            "true".to_owned()
        } else {
            format!("(exit $(cat \"$OUT/{}.status\"))", index - 1)
        };
        script.push_str(&format!("{before}\n{{ eval '{quoted}'; }} > \"$OUT/{index}.out\" 2>&1 < /dev/null\necho $? > \"$OUT/{index}.status\"\n"));
    }
    let out = home.with_extension("out");
    std::fs::create_dir_all(home).expect("a home directory");
    std::fs::create_dir_all(&out).expect("a directory for output");
    let mut child = Command::new("bash")
        .args(["--norc", "--noprofile"])
        .env_clear()
        .envs([("PATH", "/usr/bin:/bin"), ("LANG", "C.UTF-8"), ("TZ", "UTC"), ("USER", "trainee")])
        .env("HOME", home)
        .env("OUT", &out)
        .current_dir(home)
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("bash is installed");
    child
        .stdin
        .take()
        .expect("a pipe")
        .write_all(script.as_bytes())
        .expect("bash reads its script");
    child.wait().expect("bash ends");
    let read = |index: usize, kind: &str| {
        std::fs::read(out.join(format!("{index}.{kind}"))).unwrap_or_default()
    };
    (0..commands.len())
        .map(|index| {
            let output = String::from_utf8_lossy(&read(index, "out"))
                .replace(&*home.to_string_lossy(), "/home/trainee");
            let status =
                String::from_utf8_lossy(&read(index, "status")).trim().parse().unwrap_or(1);
            (as_interactive(&output), status)
        })
        .collect()
}

/// `bash: line 12: x` is `bash: x` when somebody types.
fn as_interactive(output: &str) -> String {
    let lines = output.split_inclusive('\n').map(|line| match line.strip_prefix("bash: line ") {
        Some(rest) => {
            rest.split_once(": ").map_or(line.to_owned(), |(_, said)| format!("bash: {said}"))
        }
        None => line.to_owned(),
    });
    lines.collect()
}

#[test]
#[ignore = "needs real bash, coreutils, mawk and jq"]
fn real_bash_says_the_same() {
    let update = std::env::var("UPDATE").is_ok_and(|value| value == "1");
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bash");
    let mut files: Vec<_> = std::fs::read_dir(corpus)
        .expect("the corpus")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    let mut complaints = String::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a transcript");
        let transcript = transcript::Transcript::parse(&text).expect("a well-formed transcript");
        let commands: Vec<String> = transcript.steps().map(|step| step.command.clone()).collect();
        let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join(file.file_stem().expect("a name"));
        let _ = std::fs::remove_dir_all(&home);
        let mut answers = real_bash(&commands, &home).into_iter();
        let checked =
            transcript::check(&file, update, |_| answers.next().expect("an answer for each step"));
        complaints.extend(checked.err());
    }
    assert!(complaints.is_empty(), "{complaints}");
}
