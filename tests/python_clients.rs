//! The ordinary operations of three Python clients. Run with `--ignored` and `OPSDRILL_PYTHON`, a Python that has
//! `kubernetes`, `kr8s` and `lightkube`.
#![expect(clippy::disallowed_methods, reason = "this test is about programs as processes")]
#![cfg(unix)]

#[path = "https/mod.rs"]
mod https;

use std::path::Path;
use std::process::Command;

use https::Program;

#[test]
#[ignore = "needs Python with its Kubernetes clients"]
fn python_clients_do_their_ordinary_work() {
    let program = Program::start("python-clients", &["serve", "--empty", "--pace", "20"]);
    let python = std::env::var_os("OPSDRILL_PYTHON").unwrap_or_else(|| "python3".into());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/python/ordinary.py");
    let done = Command::new("timeout")
        .arg("180")
        .arg(python)
        .arg(script)
        .env("KUBECONFIG", &program.kubeconfig)
        .output()
        .unwrap();
    let (said, complaint) =
        (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{said}{complaint}");
    assert_eq!(said, "official works\nkr8s_ works\nlightkube works\nend works\n");
}
