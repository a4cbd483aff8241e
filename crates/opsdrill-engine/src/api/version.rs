//! The release whose behaviour is simulated, as the server tells it.

use serde_json::{Value, json};

/// `gitVersion`.
pub const VERSION: &str = "v1.32.13";

/// The document at `/version`.
pub fn document() -> Value {
    json!({
        "major": "1",
        "minor": "32",
        "gitVersion": VERSION,
        "gitCommit": "0000000000000000000000000000000000000000",
        "gitTreeState": "clean",
        "buildDate": "2026-01-01T00:00:00Z",
        "goVersion": "go1.24.11",
        "compiler": "gc",
        "platform": "linux/amd64",
    })
}

/// The same as the server writes it: indented, in the order of Go's structure, without a line break at its end.
pub fn text() -> String {
    const FIELDS: [&str; 9] = [
        "major",
        "minor",
        "gitVersion",
        "gitCommit",
        "gitTreeState",
        "buildDate",
        "goVersion",
        "compiler",
        "platform",
    ];
    let document = document();
    let lines = FIELDS.map(|it| format!("  \"{it}\": {}", document[it]));
    format!("{{\n{}\n}}", lines.join(",\n"))
}
