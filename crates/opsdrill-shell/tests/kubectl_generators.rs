//! Objects that `kubectl create` and its like make from flags, against what a real kubectl printed.

mod bench;

use bench::Bench;

/// The command lines of a corpus, each with what it printed.
fn cases(text: &str) -> Vec<(String, String)> {
    let mut cases: Vec<(String, String)> = Vec::new();
    for line in text.lines().skip_while(|it| *it != "```console").skip(1) {
        if line == "```" {
            break;
        }
        match (line.strip_prefix("$ kubectl "), cases.last_mut()) {
            (Some(command), _) => cases.push((command.to_owned(), String::new())),
            (None, Some((_, output))) => output.push_str(&format!("{line}\n")),
            (None, None) => panic!("the corpus begins with a command, not with {line}"),
        }
    }
    cases
}

/// A document as later kubectls print it: without times that are null.
fn without_null_times(text: &str) -> String {
    let indent = |it: &str| it.len() - it.trim_start_matches([' ', '-']).len();
    let lines: Vec<&str> = text.lines().collect();
    let mut shown = String::new();
    for (place, line) in lines.iter().enumerate() {
        if line.trim() == "creationTimestamp: null" {
            continue;
        }
        let alone = line.trim_end().ends_with("metadata:")
            && lines.get(place + 1).is_some_and(|it| it.trim() == "creationTimestamp: null")
            && lines.get(place + 2).is_none_or(|it| indent(it) <= indent(line));
        shown.push_str(line);
        shown.push_str(if alone { " {}\n" } else { "\n" });
    }
    shown
}

#[test]
fn generators_make_what_kubectl_makes() {
    let mut complaints = String::new();
    for (line, wanted) in cases(include_str!("kubectl/generators.md")) {
        let shown = Bench::new().run(&format!("{line} --dry-run=client -o yaml"));
        let shown = without_null_times(&shown);
        if shown != wanted {
            complaints.push_str(&format!("$ kubectl {line}\n{shown}--- wanted:\n{wanted}\n"));
        }
    }
    assert!(complaints.is_empty(), "{complaints}");
}
