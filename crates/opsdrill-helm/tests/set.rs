//! Arguments of `--set` and its kin, of which the real Helm said what they set: `tests/helm/record.py` recorded it.

mod recorded;

use recorded::folder;
use serde_json::{Map, Value};

use opsdrill_helm::values::{Options, set};
use opsdrill_objects::go_format;

#[test]
fn arguments_set_what_they_set_with_helm() {
    let path = folder("tests/helm/recorded/set.json");
    let cases: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut wrong = Vec::new();
    for case in &cases {
        let text = case["text"].as_str().unwrap();
        let mut values = Map::new();
        let outcome = match case["how"].as_str().unwrap() {
            "set" => set::parse(text, &mut values),
            "string" => set::parse_string(text, &mut values),
            "json" => set::parse_json(text, &mut values),
            _ => set::parse_literal(text, &mut values),
        };
        let found = outcome.map(|()| go_format::json(&Value::Object(values)));
        let expected = match case["error"].as_str() {
            Some(why) => Err(why.to_owned()),
            None => Ok(go_format::json(&case["values"])),
        };
        if found != expected {
            wrong.push(format!("{} {text}\n  Helm {expected:?}\n  ours {found:?}", case["how"]));
        }
    }
    assert!(cases.len() > 60, "the recording is short");
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn later_sources_win_and_types_are_kept() {
    let options = Options {
        files: vec![
            ("a.yaml".to_owned(), "a: 1\nb: {c: 1, d: 2}\n".to_owned()),
            ("b.yaml".to_owned(), "b: {c: 3}\nf: x\n".to_owned()),
        ],
        set: vec!["a=5,list[1]=z".to_owned()],
        set_string: vec!["b.d=6".to_owned()],
        set_file: vec!["f=notes.txt".to_owned()],
        set_json: vec!["j={\"k\": 1}".to_owned(), "{\"b\": {\"e\": true}}".to_owned()],
        set_literal: vec!["l=x,y=z".to_owned()],
    };
    let values = options.values(&mut |name| Ok(format!("text of {name}"))).unwrap();
    let expected = r#"{"a":5,"b":{"c":3,"d":"6","e":true},"f":"text of notes.txt","j":{"k":1},"l":"x,y=z","list":[null,"z"]}"#;
    assert_eq!(go_format::json(&Value::Object(values.clone())), expected);
    assert!(values["a"].is_i64(), "what --set sets is a whole number");
    assert!(values["b"]["c"].is_f64(), "what a file says is not");
}

/// Complaints as Helm 3.21 printed them.
#[test]
fn complaints_name_their_source() {
    let complaint = |options: Options| options.values(&mut |it| Err(format!("open {it}"))).err();
    let options = Options { set: vec!["replicaCount".to_owned()], ..Options::default() };
    let expected = "failed parsing --set data: key \"replicaCount\" has no value";
    assert_eq!(complaint(options).as_deref(), Some(expected));
    let files = vec![("badv.yaml".to_owned(), "a: [b\nc: d\n".to_owned())];
    let expected = "failed to parse badv.yaml: error converting YAML to JSON: yaml: line 1: did not find expected ',' or ']'";
    assert_eq!(complaint(Options { files, ..Options::default() }).as_deref(), Some(expected));
}
