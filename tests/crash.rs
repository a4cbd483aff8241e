//! The program killed half-way: nothing that was typed is lost, and a log that was cut or edited is noticed.
#![expect(clippy::unwrap_used, reason = "a test that finds nothing is to fail")]
#![expect(clippy::disallowed_methods, reason = "this test is about the program as a process")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};

use opsdrill_testkit::folder;

/// What the trainee types before the crash; each line ends with a word by which its end is seen.
const TYPED: &[&str] = &[
    "echo note > note; echo 1-done",
    "kubectl scale deployment search --replicas=3; echo 2-done",
    "export WHO=me; cd k8s; echo 3-done",
    "kubectl delete pod -l app=cart --wait=false; sleep 45; echo 4-done",
];
/// What shows the state.
const LOOKS: &str =
    "pwd; echo $WHO; cat ~/note\nkubectl get pods,deployments,events -o yaml\ndate\n";

fn state(name: &str) -> PathBuf {
    folder::empty(env!("CARGO_TARGET_TMPDIR"), name)
}

fn program(state: &Path, arguments: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_opsdrill"));
    program
        .args(arguments)
        .env("OPSDRILL_STATE", state)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    program
}

fn run(state: &Path, arguments: &[&str], input: &str) -> Output {
    let mut running = program(state, arguments).spawn().unwrap();
    running.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    running.wait_with_output().unwrap()
}

fn start(state: &Path) -> (Child, ChildStdin, BufReader<ChildStdout>) {
    let mut running = program(state, &["play", "--step", "--seed", "5"]).spawn().unwrap();
    let (stdin, stdout) = (running.stdin.take().unwrap(), running.stdout.take().unwrap());
    (running, stdin, BufReader::new(stdout))
}

/// Types a line and waits for its last word.
fn type_line(stdin: &mut ChildStdin, stdout: &mut BufReader<ChildStdout>, line: &str) {
    writeln!(stdin, "{line}").unwrap();
    stdin.flush().unwrap();
    let last = line.rsplit(' ').next().unwrap();
    let mut seen = String::new();
    while seen.trim_end() != last {
        seen.clear();
        assert_ne!(stdout.read_line(&mut seen).unwrap(), 0, "the program has ended at {line}");
    }
}

/// A session that was killed after the lines of [`TYPED`]; answers its log's path.
fn killed(state: &Path) -> PathBuf {
    let (mut running, mut stdin, mut stdout) = start(state);
    for line in TYPED {
        type_line(&mut stdin, &mut stdout, line);
    }
    // On Unix this is SIGKILL: nothing can be written after it.
    running.kill().unwrap();
    running.wait().unwrap();
    let folder = std::fs::read_dir(state).unwrap().next().unwrap().unwrap().path();
    folder.join("log.jsonl")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What a session shows after its greeting.
fn after_greeting(output: &Output) -> String {
    let text = text(&output.stdout);
    let (_, shown) = text.split_once("Type `help`").unwrap();
    shown.split_once("\n\n").unwrap().1.to_owned()
}

#[test]
fn a_killed_session_goes_on_as_if_nothing_had_happened() {
    let (whole, broken) = (state("whole"), state("broken"));
    let typed: String = TYPED.iter().map(|it| (*it).to_owned() + "\n").collect();
    let expected = run(&whole, &["play", "--step", "--seed", "5"], &(typed + LOOKS));
    killed(&broken);
    let resumed = run(&broken, &["resume"], LOOKS);
    let (expected, resumed) = (after_greeting(&expected), after_greeting(&resumed));
    assert!(resumed.starts_with("/home/trainee/k8s\nme\nnote\n"), "{resumed}");
    assert!(expected.ends_with(&resumed), "the resumed session shows another state:\n{resumed}");
}

#[test]
fn a_log_that_was_cut_loses_its_last_line_only_and_says_so() {
    let state = state("cut");
    let log = killed(&state);
    let kept = std::fs::read(&log).unwrap();
    std::fs::write(&log, &kept[..kept.len() - 10]).unwrap();
    let resumed = run(&state, &["resume"], "pwd; cat ~/note\nsubmit\n");
    assert!(text(&resumed.stderr).contains("the last line of the log was cut"));
    assert!(after_greeting(&resumed).starts_with("/home/trainee/k8s\nnote\n"));
    assert_eq!(run(&state, &["verify"], "").status.code(), Some(0));
}

#[test]
fn a_log_that_was_edited_is_refused_with_its_line() {
    let state = state("edited");
    let log = killed(&state);
    let kept = std::fs::read_to_string(&log).unwrap();
    let lines: Vec<&str> = kept.lines().collect();
    let without = |left_out: usize| -> String {
        let others = lines.iter().enumerate().filter(|(place, _)| *place != left_out);
        others.map(|(_, line)| (*line).to_owned() + "\n").collect()
    };
    let cases = [
        (kept.replace("replicas=3", "replicas=9"), "line 3"),
        (without(2), "line 3"),
        (kept.replace("\"seed\":5", "\"seed\":6"), "line 2"),
        ("{}\n".to_owned(), "line 1"),
        (String::new(), "line 1"),
        (kept.replacen("{\"time\"", "{\"tyme\"", 1), "line 2"),
    ];
    for (edited, line) in cases {
        std::fs::write(&log, &edited).unwrap();
        // All commands read a log in the same way, so one case is enough for the others.
        let commands: &[&str] =
            if edited.is_empty() { &["resume", "report", "replay", "status"] } else { &["resume"] };
        for command in commands.iter().copied() {
            let refused = run(&state, &[command], "");
            assert_eq!(refused.status.code(), Some(2), "{command}");
            let complaint = text(&refused.stderr);
            assert!(complaint.contains(line) && complaint.lines().count() == 1, "{complaint}");
        }
        assert_eq!(std::fs::read_to_string(&log).unwrap(), edited, "the log is left as it is");
    }
}

/// Starts a session that waits in wall time and kills it while `line` waits; then it goes on.
fn killed_while_waiting(name: &str, line: &str) -> PathBuf {
    let state = state(name);
    let arguments = ["play", "orders-are-not-shown", "--pace", "60"];
    let mut running = program(&state, &arguments).spawn().unwrap();
    let mut stdin = running.stdin.take().unwrap();
    writeln!(stdin, "{line}").unwrap();
    let log = || {
        let folder = std::fs::read_dir(&state).unwrap().next()?.unwrap().path();
        std::fs::read_to_string(folder.join("log.jsonl")).ok()
    };
    // The second note says that time has passed since the first.
    while log().is_none_or(|it| it.matches("\"waiting\"").count() < 2) {
        std::thread::sleep(std::time::Duration::from_millis(20));
        assert!(running.try_wait().unwrap().is_none(), "the session has ended before it waited");
    }
    running.kill().unwrap();
    running.wait().unwrap();
    state
}

#[test]
fn a_command_that_was_killed_while_it_waited_ends_where_it_was() {
    for (name, line) in [
        ("killed-sleep", "sleep 3600"),
        ("killed-logs", "kubectl logs -f deploy/cart"),
        ("killed-watch", "kubectl get pods -w"),
    ] {
        let state = killed_while_waiting(name, line);
        // The minutes since the ticket: two at most, for one second is one minute here.
        let resumed = run(&state, &["resume"], "echo \"the status is $?\"\nclock\n");
        let shown = after_greeting(&resumed);
        assert!(shown.starts_with("the status is 130\n"), "{line}: {shown}");
        let minutes = |shown: &str| {
            let (_, since) = shown.rsplit_once("+0:").unwrap();
            since[..2].parse::<u32>().unwrap()
        };
        assert!((1..10).contains(&minutes(&shown)), "{line}: {shown}");
        let clock = shown.lines().last().unwrap();
        let replayed = text(&run(&state, &["replay"], "").stdout);
        assert!(replayed.ends_with(&format!("{clock}\n")), "{line}: {replayed}");
    }
}

#[test]
fn a_session_is_written_by_one_process_at_a_time() {
    let state = state("two");
    let (mut running, mut stdin, mut stdout) = start(&state);
    type_line(&mut stdin, &mut stdout, "echo 1-done");
    for command in ["hint", "submit", "resume"] {
        let refused = run(&state, &[command], "");
        assert_eq!(refused.status.code(), Some(2), "{command}");
        let complaint = text(&refused.stderr);
        assert!(complaint.contains("is open in another terminal"), "{complaint}");
    }
    // Who only looks is not in the way.
    for command in ["status", "replay"] {
        assert_eq!(run(&state, &[command], "").status.code(), Some(0), "{command}");
    }
    type_line(&mut stdin, &mut stdout, "echo 2-done");
    writeln!(stdin, "submit").unwrap();
    drop(stdin);
    std::io::copy(&mut stdout, &mut std::io::sink()).unwrap();
    running.wait().unwrap();
    let verified = run(&state, &["verify"], "");
    assert_eq!(verified.status.code(), Some(0), "{}", text(&verified.stderr));
}

#[test]
fn what_was_submitted_stays_as_it_is() {
    let state = state("submitted");
    run(&state, &["play", "--step"], "echo a\nsubmit\n");
    let folder = std::fs::read_dir(&state).unwrap().next().unwrap().unwrap().path();
    let files = || {
        ["log.jsonl", "result.json", "report.html"]
            .map(|it| std::fs::read(folder.join(it)).unwrap())
    };
    let kept = files();
    for (command, status) in
        [("status", 0), ("report", 0), ("hint", 2), ("submit", 2), ("resume", 2)]
    {
        assert_eq!(run(&state, &[command], "").status.code(), Some(status), "{command}");
        assert!(files() == kept, "{command} has changed the session");
    }
    // A log without its end does not take the result back.
    let log = text(&kept[0]);
    let (without_submit, _) = log.trim_end().rsplit_once('\n').unwrap();
    std::fs::write(folder.join("log.jsonl"), format!("{without_submit}\n")).unwrap();
    for command in ["resume", "submit"] {
        let refused = run(&state, &[command], "submit\n");
        assert_eq!(refused.status.code(), Some(2), "{command}");
        assert!(text(&refused.stderr).contains("the log was cut"), "{}", text(&refused.stderr));
    }
}
