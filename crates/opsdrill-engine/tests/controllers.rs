//! What each controller does with given objects: `controllers/<controller>/NN.input.yaml` and what comes of it.
//!
//! The first document of an input names the controller, the time, and the key if it is not the only one that the
//! controller would look at; the others are the stored objects. Outputs show what differs from those;
//! `UPDATE=1` rewrites them.
#![expect(clippy::unwrap_used, reason = "a test that finds nothing is to fail")]

use std::path::Path;

use opsdrill_engine::controllers::rehearsal::Rehearsal;
use opsdrill_engine::controllers::{Change, Key};
use opsdrill_engine::{SimTime, View};
use opsdrill_objects::decode::decode_object;
use opsdrill_objects::k8s_openapi::jiff::Timestamp;
use opsdrill_objects::yaml::{parse_documents, to_yaml};
use opsdrill_objects::{Kind, Object};
use serde_json::{Value, json};

datatest_stable::harness! {
    { test = case, root = "tests/controllers", pattern = r"\.input\.yaml$" },
}

fn case(path: &Path) -> datatest_stable::Result<()> {
    let text = std::fs::read_to_string(path)?;
    let mut documents = parse_documents(&text)?.into_iter().map(|it| it.value);
    let head = documents.next().ok_or("an input starts with the name of a controller")?;
    let controller = head["controller"].as_str().ok_or("no controller is named")?;
    let objects = documents.map(object).collect::<Result<Vec<_>, _>>()?;
    let now: Timestamp = head["now"].as_str().ok_or("no time is given")?.parse()?;
    // The session began an hour ago.
    let hour = 3600;
    let rehearsal =
        Rehearsal::new(objects, now.as_second() - hour, SimTime(hour.unsigned_abs() * 1000));
    let key = match head["key"].as_str().map(|it| it.split_once('/').unwrap_or(("", it))) {
        Some((namespace, name)) => Key::new(namespace, name),
        None => match rehearsal.keys(controller).as_slice() {
            [key] => key.clone(),
            keys => return Err(format!("name one of these keys: {keys:?}").into()),
        },
    };
    let changes = rehearsal.reconcile(controller, &key);
    let shown: Vec<_> =
        changes.iter().map(|it| to_yaml(&show(rehearsal.view(), it, now.as_second()))).collect();
    compare(path, &shown.join("---\n"))
}

fn compare(path: &Path, output: &str) -> datatest_stable::Result<()> {
    let expected = Path::new(&path.to_string_lossy().replace(".input.", ".output.")).to_owned();
    #[expect(clippy::disallowed_methods, reason = "a developer asks for new expectations with it")]
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&expected, output)?;
    }
    let wanted = std::fs::read_to_string(&expected).unwrap_or_default();
    if wanted == output {
        return Ok(());
    }
    Err(format!("{} expects\n{wanted}\nbut got\n{output}", expected.display()).into())
}

fn object(document: Value) -> Result<Object, String> {
    let text = |key: &str| document[key].as_str().unwrap_or_default().to_owned();
    let kind = Kind::by_name(&text("apiVersion"), &text("kind"))
        .ok_or_else(|| format!("no kind of ours: {document}"))?;
    Ok(decode_object(kind, document).map_err(|it| it.to_string())?.value)
}

fn show(view: View<'_>, change: &Change, now: i64) -> Value {
    match change {
        Change::Create(object) => json!({ "create": stripped(object.to_value()) }),
        Change::Update(object) | Change::Finalize(object) => {
            json!({ "update": name(object), "change": changed(view, object) })
        }
        Change::UpdateStatus(object) => {
            let changed = changed(view, object);
            let mut shown = json!({ "status of": name(object), "change": changed["status"] });
            // The status of a Deployment carries its annotations along.
            if let Some(annotations) = changed.pointer("/metadata/annotations") {
                shown["annotations"] = annotations.clone();
            }
            shown
        }
        Change::Delete(kind, key, options) => {
            let policy = options.propagation.map(|it| format!("{it:?}"));
            json!({ "delete": format!("{kind:?} {}/{}", key.namespace, key.name), "policy": policy })
        }
        Change::Emit(event) => {
            let kind = event.event_type.as_str();
            json!({ "event": format!("{kind} {} on {}: {}", event.reason, name(&event.about), event.message) })
        }
        Change::EmitAs(component, event) => {
            let kind = event.event_type.as_str();
            json!({ "event": format!("{kind} {} on {}: {}", event.reason, name(&event.about), event.message), "from": component })
        }
        Change::Scale(kind, key, replicas) => {
            json!({ "scale": format!("{kind:?} {}/{}", key.namespace, key.name), "replicas": replicas })
        }
        Change::Replaced(_, node) => json!({ "replaced": &**node }),
        Change::Remember(recommendations) => json!({ "remember": format!("{recommendations:?}") }),
        Change::Again(time) => {
            let ahead = time.0 - view.now().0;
            json!({ "again after ms": ahead, "now": Timestamp::from_second(now).unwrap().to_string() })
        }
    }
}

fn name(object: &Object) -> String {
    format!("{:?} {}", object.kind, object.path())
}

/// A document without what the server fills in.
fn stripped(mut document: Value) -> Value {
    let metadata = document["metadata"].as_object_mut().expect("objects have metadata");
    metadata.retain(|key, _| !["creationTimestamp", "resourceVersion"].contains(&key.as_str()));
    document
}

/// How an object differs from the stored one, as a merge patch.
fn changed(view: View<'_>, object: &Object) -> Value {
    let stored = view.by_uid(object.meta.uid).map_or(Value::Null, |it| stripped(it.to_value()));
    difference(&stored, &stripped(object.to_value()))
}

fn difference(old: &Value, new: &Value) -> Value {
    let (Value::Object(old), Value::Object(new)) = (old, new) else { return new.clone() };
    let gone = old.keys().filter(|it| !new.contains_key(*it)).map(|it| (it.clone(), Value::Null));
    let changed = new.iter().filter(|(key, value)| old.get(*key) != Some(value));
    let changed = changed.map(|(key, value)| {
        let before = old.get(key).unwrap_or(&Value::Null);
        (key.clone(), difference(before, value))
    });
    gone.chain(changed).collect::<serde_json::Map<_, _>>().into()
}
