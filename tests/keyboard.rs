//! The program at a real terminal: a whole drill typed key by key.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that finds nothing is to fail")]
#![expect(clippy::disallowed_methods, reason = "this test is about the program as a process")]

use std::path::PathBuf;
use std::process::Command;

use rexpect::session::{PtySession, spawn_command};

/// Patience for one answer, in milliseconds of the real clock.
const PATIENCE_MS: u64 = 60_000;
const PROMPT: &str = "trainee@drill:~$ ";

/// The program at a terminal, with an editor that makes one change.
fn sit_down(name: &str, arguments: &[&str]) -> PtySession {
    let state = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&state);
    std::fs::create_dir_all(&state).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_opsdrill"));
    program
        .args(arguments)
        .env("OPSDRILL_STATE", state)
        .env("TERM", "xterm")
        .env_remove("VISUAL")
        .env("EDITOR", "sed -i.old -e s/catalog:3.21/catalog:3.2.1/");
    let mut terminal = spawn_command(program, Some(PATIENCE_MS)).unwrap();
    terminal.exp_string(PROMPT).unwrap();
    terminal
}

fn press(terminal: &mut PtySession, keys: &str) {
    terminal.send(keys).unwrap();
    terminal.flush().unwrap();
}

/// Types a line and waits until something is on the screen.
fn type_line(terminal: &mut PtySession, line: &str, answer: &str) {
    press(terminal, &format!("{line}\r"));
    terminal.exp_string(answer).unwrap_or_else(|error| panic!("{line}: {error}"));
}

#[test]
fn a_drill_is_played_at_the_keyboard() {
    let play = ["play", "catalog-update-does-not-finish", "--pace", "3600"];
    let mut terminal = sit_down("keyboard", &play);
    let terminal = &mut terminal;
    // Tab completes the command's name, and what was typed last comes back with the up arrow.
    press(terminal, "kubec\t");
    terminal.exp_string("kubectl").unwrap();
    type_line(terminal, " get deployment catalog", "catalog   ");
    terminal.exp_string(PROMPT).unwrap();
    press(terminal, "\u{1b}[A");
    terminal.exp_string("get deployment catalog").unwrap();
    type_line(terminal, " -o wide", "3.21");
    terminal.exp_string(PROMPT).unwrap();
    // A command that never ends by itself.
    type_line(terminal, "kubectl get pods -w", "NAME");
    press(terminal, "\u{3}");
    terminal.exp_string(PROMPT).unwrap();
    type_line(terminal, "echo the status is $?", "the status is 130");
    terminal.exp_string(PROMPT).unwrap();
    // Ctrl-C at the prompt throws the line away and leaves nothing.
    press(terminal, "rm -r k8s\u{3}");
    terminal.exp_string(PROMPT).unwrap();
    // The editor is the trainee's own.
    type_line(terminal, "vi k8s/catalog/deployment.yaml", PROMPT);
    type_line(terminal, "kubectl apply -f k8s/catalog/deployment.yaml", "catalog configured");
    terminal.exp_string(PROMPT).unwrap();
    type_line(terminal, "kubectl rollout status deployment/catalog", "successfully rolled out");
    terminal.exp_string(PROMPT).unwrap();
    type_line(terminal, "skip 2m", PROMPT);
    type_line(terminal, "submit", "PASS");
    press(terminal, "\u{4}");
    terminal.exp_eof().unwrap();
}

#[test]
fn a_shell_in_a_container_has_its_own_prompt_and_is_left_with_ctrl_d() {
    let mut terminal = sit_down("container", &["play", "--pace", "jump"]);
    let terminal = &mut terminal;
    type_line(terminal, "kubectl exec -it deploy/redis -- bash", ":/data# ");
    type_line(terminal, "redis-cli ping | tr A-Z a-z", "pong");
    terminal.exp_string(":/data# ").unwrap();
    press(terminal, "\u{4}");
    terminal.exp_string(PROMPT).unwrap();
    press(terminal, "\u{4}");
    terminal.exp_eof().unwrap();
}
