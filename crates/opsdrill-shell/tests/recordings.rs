//! Documents and descriptions against recordings of a real control plane, byte for byte.
//!
//! The recordings are no part of the project, so this runs by hand:
//! `OPSDRILL_RECORDINGS=<folder of the cases> cargo test -p opsdrill-shell --test recordings -- --ignored`.
//! Objects are those of the recorded answers. Tables of events and what changed while the recorded command ran are left out.
#![allow(
    clippy::disallowed_methods,
    reason = "a folder of the machine is read, named by the environment"
)]

use std::fs;
use std::sync::Arc;

use opsdrill_engine::api::{Answer, Reply, Request, Verb};
use opsdrill_objects::decode::decode_object;
use opsdrill_objects::selector::{FieldSelector, Selector};
use opsdrill_objects::{Kind, Object, Status, timestamp, yaml};
use opsdrill_shell::door::{
    AttachReply, AttachRequest, ClusterDoor, ContainerPlace, CopiedFile, CopiedOut, CopyError,
    ExecReply, ExecRequest, LogReply, LogRequest, PortForward, Stream, Usage, UsageScope,
    WaitOutcome,
};
use opsdrill_shell::kubectl;
use opsdrill_shell::kubectl::editor::{Edited, Editor, EditorFailure};
use opsdrill_shell::kubectl::kubeconfig::Kubeconfig;
use opsdrill_shell::kubectl::surroundings::{FileError, Surroundings};
use serde_json::Value;

/// Cases whose lists hold the objects that descriptions look up.
const WORLD: &[&str] =
    &["102-get-svc-yaml", "104-get-eps-yaml", "112-get-rs-yaml", "113-get-faults-yaml"];
/// Documents that are printed again.
const DOCUMENTS: &[&str] = &[
    "096-get-deploy-yaml",
    "101-get-node-yaml",
    "102-get-svc-yaml",
    "103-get-ep-yaml",
    "112-get-rs-yaml",
];
/// The first case that changes what the lists hold.
const FIRST_ROLLOUT: &str = "167";
/// When the recording of descriptions began, and for how many seconds a moment is looked for.
const BEGIN: &str = "2026-11-22T21:26:10Z";
const SECONDS: i64 = 300;

/// A cluster that only holds what was recorded.
struct Shelf {
    objects: Vec<Arc<Object>>,
    now: i64,
    printed: String,
}

impl Shelf {
    fn put(&mut self, document: &Value) {
        let text = |pointer: &str| document.pointer(pointer).and_then(Value::as_str);
        let (Some(version), Some(kind)) = (text("/apiVersion"), text("/kind")) else { return };
        let Some(kind) = Kind::by_name(version, kind) else { return };
        // Owners of kinds that are not modelled cannot be kept.
        let Ok(decoded) = decode_object(kind, document.clone()) else { return };
        let object = Arc::new(decoded.value);
        self.objects.retain(|it| (it.kind, it.path()) != (kind, object.path()));
        self.objects.push(object);
    }

    fn put_all(&mut self, value: &Value) {
        let kind = value.get("kind").and_then(Value::as_str).unwrap_or_default();
        let Some(items) = value.get("items").and_then(Value::as_array) else {
            return self.put(value);
        };
        for item in items {
            let mut item = item.clone();
            // The items of a list say neither their kind nor their version.
            if item.get("kind").is_none() {
                item["kind"] = kind.trim_end_matches("List").into();
                item["apiVersion"] = value["apiVersion"].clone();
            }
            self.put(&item);
        }
    }
}

impl ClusterDoor for Shelf {
    fn handle(&mut self, request: Request) -> Reply {
        let target = &request.target;
        let there = |it: &&Arc<Object>| {
            it.kind == target.kind
                && (target.namespace.is_empty() || it.meta.namespace() == &*target.namespace)
        };
        let result = match request.verb {
            Verb::Get => {
                let found =
                    self.objects.iter().filter(there).find(|it| it.meta.name == target.name);
                let missing = || Status::not_found(target.kind, &target.name);
                found.cloned().map(Answer::Object).ok_or_else(missing)
            }
            Verb::List => {
                let labels = Selector::parse(&request.options.label_selector).expect("a selector");
                let fields =
                    FieldSelector::parse(&request.options.field_selector).expect("a selector");
                let value = |it: &Object, field: &str| {
                    let document = it.to_value();
                    let found = document.pointer(&format!("/{}", field.replace('.', "/")));
                    found.and_then(Value::as_str).unwrap_or_default().to_owned()
                };
                let fits = |it: &&Arc<Object>| {
                    labels.matches(&it.meta.labels) && fields.matches(|field| value(it, field))
                };
                let mut items: Vec<_> =
                    self.objects.iter().filter(there).filter(fits).cloned().collect();
                items.sort_by_key(|it| it.path());
                Ok(Answer::List {
                    items,
                    resource_version: 1,
                    continue_token: String::new(),
                    remaining: 0,
                })
            }
            other => panic!("nothing is written here: {other:?}"),
        };
        Reply { result, warnings: Vec::new() }
    }

    fn impersonate(&mut self, _: &str, _: &[String]) {}

    fn now_ms(&self) -> u64 {
        0
    }

    fn unix_now(&self) -> i64 {
        self.now
    }

    fn wait_until(&mut self, _: u64) -> WaitOutcome {
        WaitOutcome::Reached
    }

    fn next_change(&mut self, _: u64) -> WaitOutcome {
        WaitOutcome::Reached
    }

    fn logs(&mut self, _: &LogRequest) -> Result<LogReply, Status> {
        Ok(LogReply::default())
    }

    fn usage(&mut self, _: &UsageScope) -> Result<Vec<Usage>, Status> {
        Ok(Vec::new())
    }

    fn lease_renewed(&mut self, _: &str) -> Option<i64> {
        None
    }

    fn exec(&mut self, _: &ExecRequest) -> Result<ExecReply, Status> {
        Ok(ExecReply::default())
    }

    fn attach(&mut self, _: &AttachRequest) -> Result<AttachReply, Status> {
        Ok(AttachReply::Streams)
    }

    fn is_folder(&mut self, _: &ContainerPlace, _: &str) -> Result<bool, Status> {
        Ok(false)
    }

    fn copy_out(&mut self, _: &ContainerPlace, _: &str) -> Result<CopiedOut, CopyError> {
        Ok(CopiedOut::default())
    }

    fn copy_in(&mut self, _: &ContainerPlace, _: &str, _: &[CopiedFile]) -> Result<(), CopyError> {
        Ok(())
    }

    fn open_ports(&mut self, _: &PortForward) -> Result<bool, Vec<u16>> {
        Ok(true)
    }

    fn close_ports(&mut self, _: &PortForward) {}

    fn print(&mut self, _: Stream, text: &str) {
        self.printed.push_str(text);
    }

    fn interrupted(&mut self) -> bool {
        false
    }

    fn random_u64(&mut self, _: &str) -> u64 {
        0
    }
}

/// A machine with nothing on it.
struct Nothing;

impl Surroundings for Nothing {
    fn read(&self, _: &str) -> Result<Vec<u8>, FileError> {
        Err(FileError("no such file or directory".to_owned()))
    }

    fn entries(&self, _: &str) -> Option<Vec<String>> {
        None
    }

    fn write(&mut self, _: &str, _: &[u8]) -> Result<(), FileError> {
        Ok(())
    }

    fn make_folder(&mut self, _: &str) -> Result<(), FileError> {
        Ok(())
    }

    fn variable(&self, _: &str) -> Option<String> {
        None
    }

    fn edit(&mut self, _: &Editor, _: &str, _: &str) -> Edited {
        Edited { output: Vec::new(), saved: Err(EditorFailure::Failed) }
    }
}

fn case(name: &str) -> Value {
    let folder =
        std::env::var("OPSDRILL_RECORDINGS").expect("OPSDRILL_RECORDINGS names the folder");
    let text = fs::read_to_string(format!("{folder}/{name}.json")).expect("the case is there");
    serde_json::from_str(&text).expect("a case is JSON")
}

fn text<'a>(case: &'a Value, field: &str) -> &'a str {
    case[field].as_str().expect("a text")
}

/// The documents that a case printed as YAML.
fn printed(case: &Value) -> Value {
    let mut documents = yaml::parse_documents(text(case, "stdout")).expect("YAML");
    documents.remove(0).value
}

/// What a line prints.
fn run(shelf: &mut Shelf, line: &str) -> String {
    let words: Vec<String> =
        line.trim_start_matches("kubectl ").split_whitespace().map(str::to_owned).collect();
    let mut config = Kubeconfig::single("c", "c", "u", "demo");
    kubectl::run(&words, None, shelf, &mut Nothing, &mut config);
    std::mem::take(&mut shelf.printed)
}

/// A description up to its events; a node's without its lease and its pods, which other kinds tell of.
fn steady(text: &str) -> String {
    let end = ["Non-terminated Pods:", "Events:"].iter().filter_map(|it| text.find(it)).min();
    let mut lines: Vec<&str> = text[..end.unwrap_or(text.len())].lines().collect();
    let lease = |it: &&str| {
        ["Lease:", "  HolderIdentity:", "  AcquireTime:", "  RenewTime:"]
            .iter()
            .any(|head| it.starts_with(head))
    };
    lines.retain(|it| !lease(it));
    lines.join("\n")
}

#[test]
#[ignore = "reads recordings that are no part of the project"]
fn documents_are_printed_as_they_came() {
    for name in DOCUMENTS {
        let case = case(name);
        let mut shelf = Shelf { objects: Vec::new(), now: 0, printed: String::new() };
        shelf.put_all(&printed(&case));
        assert_eq!(run(&mut shelf, text(&case, "cmd")), text(&case, "stdout"), "{name}");
    }
}

#[test]
#[ignore = "reads recordings that are no part of the project"]
fn descriptions_are_laid_out_as_recorded() {
    let mut shelf = Shelf { objects: Vec::new(), now: 0, printed: String::new() };
    for name in WORLD {
        shelf.put_all(&printed(&case(name)));
    }
    let folder =
        std::env::var("OPSDRILL_RECORDINGS").expect("OPSDRILL_RECORDINGS names the folder");
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("a folder")
        .map(|it| it.expect("readable").file_name().to_string_lossy().into_owned())
        .filter_map(|it| it.strip_suffix(".json").map(str::to_owned))
        // Afterwards the ReplicaSets are others than those of the recorded list.
        .filter(|it| it.contains("-describe-") && it.as_str() < FIRST_ROLLOUT)
        .collect();
    names.sort();
    let begin = timestamp::parse(BEGIN).expect("a moment");
    let mut compared = 0;
    for name in names {
        let case = case(&name);
        let body = case["http"][0]["body"].as_str().unwrap_or_default();
        let Ok(body) = serde_json::from_str::<Value>(body) else { continue };
        shelf.put_all(&body);
        let line = text(&case, "cmd");
        if run(&mut shelf, line).starts_with("opsdrill: not simulated") {
            continue;
        }
        let wanted = steady(text(&case, "stdout"));
        let mut shown = String::new();
        let found = (begin..begin + SECONDS).any(|now| {
            shelf.now = now;
            shown = steady(&run(&mut shelf, line));
            shown == wanted
        });
        assert!(found, "{name}\n{shown}\n--- recorded:\n{wanted}");
        compared += 1;
    }
    assert!(compared > 25, "only {compared} descriptions were compared");
}
