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
