//! What the tests share: charts from folders, and the circumstances in which the real Helm was recorded.
#![allow(dead_code, reason = "no test uses all of it")]

use std::fs;
use std::path::{Path, PathBuf};

use opsdrill_helm::chart::File;
use opsdrill_helm::render::Capabilities;
use opsdrill_helm::{Generation, Release, Rendering};
use opsdrill_sprig::time::Time;
use serde_json::Value;

/// A path of the repository.
pub(crate) fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// The files of a folder, by paths inside of it.
pub(crate) fn files(folder: &Path) -> Vec<File> {
    let mut files = Vec::new();
    collect(folder, folder, &mut files);
    files
}

fn collect(top: &Path, folder: &Path, files: &mut Vec<File>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display())) {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            collect(top, &path, files);
        } else {
            let name = path.strip_prefix(top).expect("it was found below").to_string_lossy();
            let bytes = fs::read(&path).expect("the file can be read");
            files.push(File::new(name.replace('\\', "/"), bytes));
        }
    }
}

/// As the real Helm was asked.
pub(crate) fn rendering(generation: Generation) -> Rendering {
    let path = folder("tests/helm/recorded/capabilities.json");
    let text = fs::read_to_string(path).expect("the recording is there");
    let recorded: Value = serde_json::from_str(&text).expect("the recording is JSON");
    let text = |pointer: &str| {
        recorded.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let versions = recorded["APIVersions"].as_array().into_iter().flatten();
    Rendering {
        release: Release {
            name: "rel".to_owned(),
            namespace: "ns".to_owned(),
            revision: 1,
            is_upgrade: false,
        },
        capabilities: Capabilities {
            kube_version: text("/KubeVersion/Version"),
            api_versions: versions.filter_map(Value::as_str).map(str::to_owned).collect(),
            helm_version: text("/HelmVersion/version"),
            go_version: text("/HelmVersion/go_version"),
            client_version: text("/HelmVersion/kube_client_version"),
        },
        generation,
        lints: false,
        skips_schema: false,
        seed: b"tests".to_vec(),
        now: Time { seconds: 1_700_000_000, nanos: 0 },
    }
}
