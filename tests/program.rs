//! The program as its users start it: a drill from piped input, replayed, verified, resumed.
#![expect(clippy::unwrap_used, reason = "a test that finds nothing is to fail")]

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use opsdrill_testkit::folder;

fn state(name: &str) -> PathBuf {
    folder::empty(env!("CARGO_TARGET_TMPDIR"), name)
}

#[expect(clippy::disallowed_methods, reason = "this test is about the program as a process")]
fn opsdrill(state: &PathBuf, arguments: &[&str], input: &str) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_opsdrill"));
    program
        .args(arguments)
        .env("OPSDRILL_STATE", state)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut running = program.spawn().unwrap();
    running.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    running.wait_with_output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn scenarios_are_listed_and_an_unknown_one_is_refused() {
    let state = state("list");
    let names = text(&opsdrill(&state, &["list", "--names"], ""));
    assert!(names.lines().count() >= 1, "{names}");
    let refused = opsdrill(&state, &["play", "no-such-drill"], "");
    assert_eq!(refused.status.code(), Some(2));
    let complaint = String::from_utf8(refused.stderr).unwrap();
    assert!(complaint.contains("there is no scenario \"no-such-drill\""), "{complaint}");
}

#[test]
fn a_piped_drill_is_the_same_twice_and_its_replay_and_result_agree() {
    let input = "kubectl get pods\nsleep 30\nkubectl get nodes\nsubmit\n";
    let (first, second) = (state("first"), state("second"));
    let one = opsdrill(&first, &["play", "--step", "--seed", "3"], input);
    let two = opsdrill(&second, &["play", "--step", "--seed", "3"], input);
    assert_eq!(text(&one), text(&two));
    assert!(text(&one).contains("/100"), "{}", text(&one));
    let replayed = text(&opsdrill(&first, &["replay"], ""));
    let without_prompts: String = replayed
        .lines()
        .filter(|it| !it.starts_with("$ "))
        .map(|it| it.to_owned() + "\n")
        .collect();
    assert_eq!(without_prompts, text(&one));
    let verified = opsdrill(&first, &["verify"], "");
    assert_eq!(verified.status.code(), Some(0), "{}", text(&verified));
}

#[test]
fn a_session_that_was_left_goes_on_and_an_edited_log_is_refused() {
    let state = state("resume");
    opsdrill(&state, &["play", "--step"], "echo one > note\n");
    let resumed = text(&opsdrill(&state, &["resume"], "cat note\n"));
    assert!(resumed.ends_with("one\n"), "{resumed}");
    let folder = std::fs::read_dir(&state).unwrap().next().unwrap().unwrap().path();
    let log = std::fs::read_to_string(folder.join("log.jsonl")).unwrap();
    std::fs::write(folder.join("log.jsonl"), log.replace("echo one", "echo two")).unwrap();
    let refused = opsdrill(&state, &["resume"], "");
    assert!(
        String::from_utf8(refused.stderr).unwrap().contains("line 2"),
        "the edited line is named"
    );
}
