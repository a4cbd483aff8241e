//! Kustomizations, against what a real kubectl 1.37 made of the same folders.
#![allow(clippy::disallowed_methods, reason = "the corpus lies in a folder of the repository")]

mod bench;

use std::fs;
use std::path::Path;

use bench::Bench;

/// Puts a folder of the corpus on the trainee's machine.
fn lay(bench: &mut Bench, folder: &Path, name: &str) {
    for entry in fs::read_dir(folder).expect("a folder of the corpus") {
        let entry = entry.expect("readable").path();
        let file = entry.file_name().expect("a name").to_string_lossy().into_owned();
        let path = if name.is_empty() { file } else { format!("{name}/{file}") };
        if entry.is_dir() {
            lay(bench, &entry, &path);
        } else {
            bench.machine.files.insert(path, fs::read(&entry).expect("readable"));
        }
    }
}

fn bench() -> Bench {
    let mut bench = Bench::new();
    bench.machine.variables.insert("PWD".to_owned(), "/home/trainee".to_owned());
    lay(&mut bench, &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kustomize"), "");
    bench
}

#[test]
fn folders_are_built_as_kubectl_builds_them() {
    for name in ["base", "over", "more", "legacy"] {
        let mut bench = bench();
        let wanted = bench.machine.files[&format!("{name}.expected.yaml")].clone();
        let built = bench.run(&format!("kustomize {name}"));
        let printed: String =
            built.lines().filter(|it| !it.starts_with("! ")).map(|it| format!("{it}\n")).collect();
        let diff = similar::TextDiff::from_lines(&*String::from_utf8_lossy(&wanted), &printed)
            .unified_diff()
            .to_string();
        assert!(diff.is_empty(), "{name}\n{diff}\n{built}");
    }
}

#[test]
fn complaints_are_those_of_kustomize() {
    let config_map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    let cases = [
        ("x: 1", "invalid Kustomization: json: unknown field \"x\""),
        (
            "resources: [nope.yaml]",
            "accumulating resources: accumulation err='accumulating resources from 'nope.yaml': evalsymlink failure on '/home/trainee/e/nope.yaml' : lstat /home/trainee/e/nope.yaml: no such file or directory': must build at directory: not a valid directory: evalsymlink failure on '/home/trainee/e/nope.yaml' : lstat /home/trainee/e/nope.yaml: no such file or directory",
        ),
        (
            "resources: [a.yaml, a.yaml]",
            "accumulating resources: accumulation err='merging resources from 'a.yaml': may not add resource with an already registered id: ConfigMap.v1.[noGrp]/a.[noNs]': must build at directory: '/home/trainee/e/a.yaml': file is not directory",
        ),
        (
            "namePrefix: 3",
            "invalid Kustomization: json: cannot unmarshal number into Go struct field Kustomization.namePrefix of type string",
        ),
        (
            "configMapGenerator: [{name: a, literals: [x]}]",
            "loading KV pairs: literal sources [x]: invalid literal source x, expected key=value",
        ),
        (
            "configMapGenerator: [{name: a, literals: [A=1,A=2]}]",
            "configmap a illegally repeats the key `A`",
        ),
        (
            "kind: ConfigMap\napiVersion: v1",
            "Failed to read kustomization file under /home/trainee/e:\n! kind should be Kustomization or Component\n! apiVersion for ConfigMap should be kustomize.config.k8s.io/v1beta1",
        ),
    ];
    for (text, why) in cases {
        let mut bench = bench();
        bench.machine.files.insert("e/kustomization.yaml".to_owned(), text.into());
        bench.machine.files.insert("e/a.yaml".to_owned(), config_map.into());
        assert_eq!(bench.run("kustomize e"), format!("! error: {why}\n(1)\n"), "{text}");
    }
    let mut bench = bench();
    assert_eq!(
        bench.run("apply -k nosuchdir"),
        "! error: must build at directory: not a valid directory: evalsymlink failure on 'nosuchdir' : lstat /home/trainee/nosuchdir: no such file or directory\n(1)\n"
    );
    assert_eq!(
        bench.run("apply -k base -f web.yaml"),
        "! error: only one of -f or -k can be specified\n(1)\n"
    );
    bench.machine.files.insert("e/vars".to_owned(), Vec::new());
    assert_eq!(
        bench.run("kustomize e"),
        "! error: unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '/home/trainee/e'\n(1)\n"
    );
}

#[test]
fn a_kustomization_is_applied_and_deleted() {
    let mut bench = bench();
    let applied = bench.run("apply -k base");
    assert!(applied.contains("deployment.apps/web created\n"), "{applied}");
    assert!(bench.run("get -k base -o name").contains("service/web\n"));
    assert!(bench.run("delete -k base --wait=false").contains("deployment.apps \"web\" deleted\n"));
}
