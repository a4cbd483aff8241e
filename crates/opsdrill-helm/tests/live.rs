//! Everything that was recorded, recorded once more from the real Helm and compared with what is committed.
//!
//! `OPSDRILL_HELM_PYTHON=python3 cargo test -p opsdrill-helm --test live -- --ignored`, where that Python has the package
//! helm-python-sdk. The other tests compare our engine with what is committed, so that both together compare it with Helm.
#![expect(clippy::disallowed_methods, reason = "this test asks another program")]

mod recorded;

use std::path::Path;
use std::process::Command;

use recorded::{files, folder};

use opsdrill_helm::chart::File;

/// The files below a folder by their paths, in order.
fn recordings(top: &Path) -> Vec<File> {
    let mut found = files(top);
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

#[test]
#[ignore = "it needs the real Helm"]
fn the_real_helm_still_says_what_was_recorded() {
    let python = std::env::var("OPSDRILL_HELM_PYTHON")
        .expect("OPSDRILL_HELM_PYTHON names a Python with helm-python-sdk");
    let target = std::env::temp_dir().join(format!("opsdrill-helm-{}", std::process::id()));
    let script = folder("tests/helm/record.py");
    let status = Command::new(python).arg(script).arg("--to").arg(&target).status().unwrap();
    assert!(status.success(), "the recording failed");
    let mut wrong = Vec::new();
    for part in ["tests/helm/recorded", "tests/charts/recorded"] {
        let (committed, fresh) = (recordings(&folder(part)), recordings(&target.join(part)));
        assert_eq!(committed.len(), fresh.len(), "{part} has other files");
        assert!(committed.len() > 3, "{part} is nearly empty");
        for (committed, fresh) in committed.iter().zip(&fresh) {
            if committed != fresh {
                wrong.push(format!("{part}/{}", committed.name));
            }
        }
    }
    std::fs::remove_dir_all(&target).unwrap();
    assert!(wrong.is_empty(), "Helm says something else now: {wrong:#?}");
}
