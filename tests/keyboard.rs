//! The program at a real terminal: a whole drill typed key by key.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that finds nothing is to fail")]
#![expect(clippy::disallowed_methods, reason = "this test is about the program as a process")]

use std::process::Command;

use opsdrill_testkit::folder;

use rexpect::session::{PtySession, spawn_command};

/// Patience for one answer, in milliseconds of the real clock.
const PATIENCE_MS: u64 = 60_000;
/// What the line editor writes when it begins to wait for keys, and when it has a line.
const READY: &str = "\u{1b}[?2004h";
const TAKEN: &str = "\u{1b}[?2004l";

/// The program at a terminal, with an editor that makes one change.
fn sit_down(name: &str, arguments: &[&str]) -> PtySession {
    let state = folder::empty(env!("CARGO_TARGET_TMPDIR"), name);
    let mut program = Command::new(env!("CARGO_BIN_EXE_opsdrill"));
    program
        .args(arguments)
        .env("OPSDRILL_STATE", state)
        .env("TERM", "xterm")
        .env_remove("VISUAL")
        .env("EDITOR", "sed -i.old -e s/3.21/3.2.1/");
    let mut terminal = spawn_command(program, Some(PATIENCE_MS)).unwrap();
    wait_for(&mut terminal, READY);
    terminal
}

fn press(terminal: &mut PtySession, keys: &str) {
    terminal.send(keys).unwrap();
    terminal.flush().unwrap();
}

fn wait_for(terminal: &mut PtySession, text: &str) {
    terminal.exp_string(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
}

/// Types a line, waits until something is on the screen (not the line itself), and then for the next prompt.
fn type_line(terminal: &mut PtySession, line: &str, answer: &str) {
    press(terminal, &format!("{line}\r"));
    wait_for(terminal, TAKEN);
    wait_for(terminal, answer);
    wait_for(terminal, READY);
}

#[test]
fn a_drill_is_played_at_the_keyboard() {
    let play = ["play", "catalog-update-does-not-finish", "--pace", "3600"];
    let mut terminal = sit_down("keyboard", &play);
    let terminal = &mut terminal;
    // Tab completes the command's name, and what was typed last comes back with the up arrow.
    press(terminal, "kubec\t");
    wait_for(terminal, "kubectl");
    type_line(terminal, " get deployment catalog", "catalog   ");
    press(terminal, "\u{1b}[A");
    wait_for(terminal, "get deployment catalog");
    type_line(terminal, " -o wide", "3.21");
    // A command that never ends by itself.
    press(terminal, "kubectl get pods -w\r");
    wait_for(terminal, TAKEN);
    wait_for(terminal, "NAME");
    press(terminal, "\u{3}");
    wait_for(terminal, READY);
    type_line(terminal, "echo the status is $?", "the status is 130");
    type_line(terminal, "clear", "\u{1b}[2J");
    // Ctrl-C at the prompt throws the line away.
    press(terminal, "rm -r k8s\u{3}");
    wait_for(terminal, READY);
    // The editor is the trainee's own.
    type_line(terminal, "cd helm/catalog", "");
    type_line(terminal, "vi values-production.yaml", "");
    let upgrade = "helm upgrade catalog . -f values-production.yaml";
    type_line(terminal, upgrade, "has been upgraded. Happy Helming!");
    type_line(terminal, "kubectl rollout status deployment/catalog", "successfully rolled out");
    type_line(terminal, "skip 2m", "");
    // The result ends the drill.
    press(terminal, "submit\r");
    wait_for(terminal, "PASS");
    terminal.exp_eof().unwrap();
}

#[test]
fn a_shell_in_a_container_has_its_own_prompt_and_is_left_with_ctrl_d() {
    let mut terminal = sit_down("container", &["play", "--pace", "jump"]);
    let terminal = &mut terminal;
    type_line(terminal, "kubectl exec -it deploy/redis -- bash", "");
    wait_for(terminal, ":/data# ");
    type_line(terminal, "redis-cli ping | tr A-Z a-z", "pong");
    wait_for(terminal, ":/data# ");
    press(terminal, "\u{4}");
    wait_for(terminal, READY);
    wait_for(terminal, "trainee@drill:~$ ");
    press(terminal, "\u{4}");
    terminal.exp_eof().unwrap();
}

#[test]
fn the_prompt_beside_a_served_cluster_is_the_same() {
    let mut terminal = sit_down("served", &["play", "--serve"]);
    let terminal = &mut terminal;
    // What is completed comes from the cluster.
    press(terminal, "kubectl get deploy recomm\t");
    wait_for(terminal, "recommendations");
    press(terminal, "-o name\r");
    wait_for(terminal, TAKEN);
    wait_for(terminal, "deployment.apps/recommendations");
    wait_for(terminal, READY);
    type_line(terminal, "kubectl exec -it deploy/redis -- bash", "");
    wait_for(terminal, ":/data# ");
    press(terminal, "\u{4}");
    wait_for(terminal, READY);
    wait_for(terminal, "trainee@drill:~$ ");
    press(terminal, "\u{4}");
    terminal.exp_eof().unwrap();
}

#[test]
fn a_command_over_several_lines_has_a_prompt_of_its_own() {
    let mut terminal = sit_down("several", &["play", "--pace", "jump"]);
    let terminal = &mut terminal;
    press(terminal, "for i in 1 2; do\r");
    wait_for(terminal, TAKEN);
    wait_for(terminal, READY);
    wait_for(terminal, "> ");
    type_line(terminal, "echo \"number-$i\"; done", "number-2");
    wait_for(terminal, "trainee@drill:~$ ");
    // Ctrl-C gives the command up.
    press(terminal, "echo 'open\r");
    wait_for(terminal, READY);
    wait_for(terminal, "> ");
    press(terminal, "\u{3}");
    wait_for(terminal, READY);
    wait_for(terminal, "trainee@drill:~$ ");
    type_line(terminal, "echo whole-$?", "whole-0");
}

#[test]
fn watch_goes_on_until_ctrl_c_and_wipes_the_screen() {
    let mut terminal = sit_down("watch", &["play", "--pace", "20"]);
    let terminal = &mut terminal;
    press(terminal, "watch -n 2 kubectl get deploy\r");
    wait_for(terminal, TAKEN);
    for _ in 0..8 {
        wait_for(terminal, "\u{1b}[H\u{1b}[2J");
        wait_for(terminal, "Every 2.0s: kubectl get deploy");
        wait_for(terminal, "cart ");
    }
    press(terminal, "\u{3}");
    wait_for(terminal, READY);
    type_line(terminal, "echo the status is $?", "the status is 130");
}
