//! The drill's workspace as a folder of the machine: both sides see what the other one changes, and the log holds it.
#![expect(clippy::disallowed_methods, reason = "the program is tried as a process")]
#![cfg(unix)]

#[path = "https/mod.rs"]
mod https;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use https::Program;

/// Waits until a file says what it should.
fn says(path: &Path, wish: Option<&str>) {
    for _ in 0..100 {
        if fs::read_to_string(path).ok().as_deref() == wish {
            return;
        }
        sleep(Duration::from_millis(50));
    }
    panic!("{}: {:?}", path.display(), fs::read_to_string(path));
}

#[test]
fn both_sides_see_what_the_other_changes() {
    let mut program =
        Program::start("workspace", &["play", "catalog-update-does-not-finish", "--serve"]);
    let workspace = program.workspace.clone();
    assert!(workspace.join("k8s/cart/deployment.yaml").is_file());

    program.types("echo inside > k8s/note.txt; rm k8s/cart/deployment.yaml");
    says(&workspace.join("k8s/note.txt"), Some("inside\n"));
    says(&workspace.join("k8s/cart/deployment.yaml"), None);

    fs::create_dir(workspace.join("own")).unwrap();
    fs::write(workspace.join("own/note.txt"), "outside\n").unwrap();
    program.types("cat own/note.txt > copy.txt");
    says(&workspace.join("copy.txt"), Some("outside\n"));
    program.types("undo");
    says(&workspace.join("copy.txt"), None);
    fs::remove_file(workspace.join("own/note.txt")).unwrap();
    program.types("ls own > left.txt");
    says(&workspace.join("left.txt"), Some(""));

    // What leads out of the folder is no part of it, and nothing is written through it.
    let elsewhere = program.state.join("elsewhere");
    fs::write(&elsewhere, "untouched\n").unwrap();
    std::os::unix::fs::symlink(&elsewhere, workspace.join("link.txt")).unwrap();
    std::os::unix::fs::symlink("/etc", workspace.join("etc")).unwrap();
    program.types(
        "test -e link.txt || test -e etc || echo nothing > seen.txt; echo written > link.txt",
    );
    says(&workspace.join("seen.txt"), Some("nothing\n"));
    says(&workspace.join("link.txt"), Some("written\n"));
    assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "untouched\n");

    let state = program.kill();
    fs::write(workspace.join("own/away.txt"), "while away\n").unwrap();
    let mut program = Program::start_in(state.clone(), &["resume", "--serve"]);
    program.types("cat own/away.txt k8s/note.txt > both.txt");
    says(&workspace.join("both.txt"), Some("while away\ninside\n"));
    drop(program);

    let mut resumed = Command::new(env!("CARGO_BIN_EXE_opsdrill"))
        .arg("resume")
        .env("OPSDRILL_STATE", &state)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    resumed.stdin.take().unwrap().write_all(b"cat k8s/note.txt link.txt\n").unwrap();
    let said = String::from_utf8(resumed.wait_with_output().unwrap().stdout).unwrap();
    assert!(said.ends_with("inside\nwritten\n"), "{said}");
}
