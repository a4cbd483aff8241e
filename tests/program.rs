//! The program as its users start it: a drill from piped input, replayed, verified, resumed.
#![expect(clippy::unwrap_used, reason = "a test that finds nothing is to fail")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
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
fn the_list_has_columns() {
    let listed = text(&opsdrill(&state("columns"), &["list"], ""));
    let (headings, rows) = listed.split_once('\n').unwrap();
    let column = headings.find("LEVEL").unwrap();
    assert!(headings.starts_with("NAME "), "{listed}");
    for row in rows.lines() {
        let level = row[column..].split(' ').next().unwrap();
        assert!(row[..column].ends_with("  ") && !level.is_empty(), "{listed}");
    }
}

/// The program with both streams in one pipe.
#[expect(clippy::disallowed_methods, reason = "this test is about the program as a process")]
fn into_one_pipe(
    state: &PathBuf,
    arguments: &[&str],
    input: &str,
    reads: bool,
) -> (String, Option<i32>) {
    let (mut reader, writer) = std::io::pipe().unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_opsdrill"));
    program.args(arguments).env("OPSDRILL_STATE", state).stdin(Stdio::piped());
    if reads {
        program.stderr(writer.try_clone().unwrap());
    } else {
        drop(reader);
        (reader, _) = std::io::pipe().unwrap();
        program.stderr(Stdio::piped());
    }
    program.stdout(writer);
    let mut running = program.spawn().unwrap();
    drop(program);
    running.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let mut shown = String::new();
    match running.stderr.take() {
        Some(mut complaints) => complaints.read_to_string(&mut shown).unwrap(),
        None => reader.read_to_string(&mut shown).unwrap(),
    };
    (shown, running.wait().unwrap().code())
}

#[test]
fn both_streams_come_in_the_order_of_the_script() {
    let input = "printf one\nnosuchcommand\nprintf two\n";
    let (shown, _) = into_one_pipe(&state("order"), &["play", "--step"], input, true);
    let expected = "onebash: nosuchcommand: command not found\ntwo";
    assert!(shown.ends_with(expected), "{shown}");
}

#[test]
fn a_closed_pipe_ends_the_program_without_a_word() {
    let state = state("pipe");
    opsdrill(&state, &["play", "--step"], "echo one\n");
    for arguments in [
        &["list"][..],
        &["check-content", "--schema"],
        &["replay"],
        &["status"],
        &["submit"],
        &["report"],
    ] {
        let (complaints, status) = into_one_pipe(&state, arguments, "", false);
        assert_eq!(complaints, "", "{arguments:?} {status:?}");
    }
    assert_eq!(opsdrill(&state, &["verify"], "").status.code(), Some(0), "it was handed in");
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

#[test]
fn a_session_is_found_by_its_name_its_number_and_its_path() {
    let state = state("names");
    opsdrill(&state, &["play", "orders-are-not-shown", "--step"], "echo one\n");
    opsdrill(&state, &["play", "orders-are-not-shown", "--step"], "echo two\n");
    let path = state.join("0001-orders-are-not-shown");
    for name in ["1", "0001", "0001-orders-are-not-shown", path.to_str().unwrap()] {
        let replayed = text(&opsdrill(&state, &["replay", name], ""));
        assert!(replayed.ends_with("$ echo one\none\n"), "{name}: {replayed}");
    }
    for name in ["3", "0001-orders", "..", "../..", "/", ""] {
        let refused = opsdrill(&state, &["replay", name], "");
        let complaint = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(complaint, format!("opsdrill: there is no session {name:?}\n"));
    }
}

#[test]
fn a_pace_is_a_number_that_moves_time() {
    let state = state("pace");
    for arguments in
        [["replay", "--pace", "0"], ["play", "--pace", "0"], ["resume", "--pace", "9999"]]
    {
        let refused = opsdrill(&state, &arguments, "");
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}");
        let complaint = String::from_utf8(refused.stderr).unwrap();
        assert!(complaint.contains("write `jump` or a number from 1 to 3600"), "{complaint}");
    }
    let both = opsdrill(&state, &["play", "--step", "--pace", "2"], "");
    assert_eq!(both.status.code(), Some(2));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "this test is about the program as a process")]
fn simulated_time_passes_between_the_lines_of_a_script_that_has_a_pace() {
    let state = state("paced");
    let mut program = Command::new(env!("CARGO_BIN_EXE_opsdrill"));
    program.args(["play", "--pace", "3600"]).env("OPSDRILL_STATE", &state);
    let mut running = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = running.stdin.take().unwrap();
    let mut stdout = BufReader::new(running.stdout.take().unwrap());
    stdin.write_all(b"date +%s\n").unwrap();
    let mut shown = String::new();
    // Only then is the next line waited for.
    while shown.lines().all(|it| it.parse::<u64>().is_err()) {
        assert_ne!(stdout.read_line(&mut shown).unwrap(), 0, "{shown}");
    }
    std::thread::sleep(std::time::Duration::from_millis(500));
    stdin.write_all(b"date +%s\n").unwrap();
    drop(stdin);
    stdout.read_to_string(&mut shown).unwrap();
    running.wait().unwrap();
    let seconds: Vec<u64> = shown.lines().filter_map(|it| it.parse().ok()).collect();
    assert!(seconds[1] - seconds[0] >= 900, "{shown}");
}

#[test]
fn a_line_that_is_too_long_is_refused_and_the_others_are_run() {
    let input = format!("echo one\necho {}\necho two\n", "x".repeat(1 << 20));
    let output = opsdrill(&state("too-long"), &["play", "--step"], &input);
    assert!(text(&output).ends_with("one\ntwo\n"), "{}", text(&output));
    let complaint = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(complaint.contains("a line of more than 1048576 bytes was not run"), "{complaint}");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_log_that_is_followed_from_a_script_ends_with_the_kubelets_patience() {
    let input = "kubectl logs -f deploy/notifications | tail -n 1 > end\nclock\n";
    let output = opsdrill(&state("follow"), &["play", "--step"], input);
    assert!(text(&output).contains("+4:00:05"), "{}", text(&output));
}
