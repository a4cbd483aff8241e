//! CustomResourceDefinitions and their objects through the door.
#![expect(clippy::unwrap_used, reason = "a test that finds nothing is to fail")]

use opsdrill_engine::api::{
    Answer, FieldValidation, Identity, Options, PatchType, Payload, Request, Subresource, Target,
    Verb,
};
use opsdrill_engine::{Cluster, ClusterConfig, SimTime};
use opsdrill_objects::{Kind, Status};
use serde_json::{Value, json};

const CRD: Kind = Kind::CustomResourceDefinition;

fn cluster() -> Cluster {
    let mut cluster = Cluster::new(ClusterConfig::default());
    cluster.bootstrap();
    cluster
}

/// The definition of recording 378.
fn widgets() -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": { "name": "widgets.example.com" },
        "spec": {
            "group": "example.com", "scope": "Namespaced",
            "names": { "kind": "Widget", "plural": "widgets", "singular": "widget", "shortNames": ["wd"] },
            "versions": [{
                "name": "v1", "served": true, "storage": true, "subresources": { "status": {} },
                "additionalPrinterColumns": [{ "name": "Size", "type": "integer", "jsonPath": ".spec.size" }],
                "schema": { "openAPIV3Schema": { "type": "object", "properties": {
                    "spec": { "type": "object", "required": ["size"], "properties": {
                        "size": { "type": "integer", "minimum": 1, "default": 3 },
                        "color": { "type": "string", "enum": ["red", "blue"] },
                    } },
                    "status": { "type": "object", "x-kubernetes-preserve-unknown-fields": true },
                } } },
            }],
        },
    })
}

fn ask(
    cluster: &mut Cluster,
    verb: Verb,
    target: Target,
    options: Options,
) -> Result<Answer, Status> {
    cluster.handle(&Identity::admin("trainee"), Request { verb, target, options }).result
}

fn object(answer: Result<Answer, Status>) -> Value {
    match answer.expect("it is granted") {
        Answer::Object(it) | Answer::Created(it) | Answer::Deleted(it) => it.to_value(),
        other => panic!("no object but {other:?}"),
    }
}

fn create(cluster: &mut Cluster, kind: Kind, document: Value) -> Result<Answer, Status> {
    let namespace = if kind == CRD { "" } else { "default" };
    let verb = Verb::Create(Payload::Document(document));
    ask(cluster, verb, Target::all(kind, namespace), Options::default())
}

fn get(cluster: &mut Cluster, kind: Kind, name: &str) -> Result<Answer, Status> {
    let namespace = if kind == CRD { "" } else { "default" };
    ask(cluster, Verb::Get, Target::one(kind, namespace, name), Options::default())
}

fn patch(cluster: &mut Cluster, target: Target, patch: Value) -> Result<Answer, Status> {
    ask(cluster, Verb::Patch(PatchType::Merge, patch), target, Options::default())
}

fn pass(cluster: &mut Cluster, milliseconds: u64) {
    cluster.advance(SimTime(cluster.now().0 + milliseconds));
}

/// A cluster that serves a definition.
fn serving(definition: Value) -> Cluster {
    let mut cluster = cluster();
    create(&mut cluster, CRD, definition).expect("a good definition");
    pass(&mut cluster, 1000);
    cluster
}

fn widget() -> Kind {
    Kind::named("example.com/v1", "Widget")
}

fn one(name: &str) -> Target {
    Target::one(widget(), "default", name)
}

fn condition(definition: &Value, name: &str) -> (String, String, String) {
    let conditions = definition.pointer("/status/conditions").and_then(Value::as_array);
    let found = conditions.into_iter().flatten().find(|it| it["type"] == name);
    let text = |key: &str| found.map_or(String::new(), |it| it[key].as_str().unwrap().to_owned());
    (text("status"), text("reason"), text("message"))
}

fn three(one: &str, two: &str, last: &str) -> (String, String, String) {
    (one.to_owned(), two.to_owned(), last.to_owned())
}

/// Recordings 378 and 379.
#[test]
fn a_definition_is_established_a_moment_after_its_creation() {
    let mut cluster = cluster();
    let made = object(create(&mut cluster, CRD, widgets()));
    assert_eq!(made["status"]["conditions"], Value::Null);
    assert_eq!(made["status"]["storedVersions"], json!(["v1"]));
    assert_eq!(cluster.kinds().by_resource("wd"), None);
    assert_eq!(create(&mut cluster, widget(), json!({})).unwrap_err().code, 404);
    pass(&mut cluster, 1000);
    let definition = object(get(&mut cluster, CRD, "widgets.example.com"));
    assert_eq!(
        condition(&definition, "NamesAccepted"),
        three("True", "NoConflicts", "no conflicts found")
    );
    assert_eq!(
        condition(&definition, "Established"),
        three("True", "InitialNamesAccepted", "the initial names have been accepted")
    );
    let names = json!({ "kind": "Widget", "listKind": "WidgetList", "plural": "widgets", "shortNames": ["wd"],
        "singular": "widget" });
    assert_eq!(definition["status"]["acceptedNames"], names);
    for word in
        ["wd", "widget", "widgets", "Widget", "widgets.example.com", "widgets.v1.example.com"]
    {
        assert_eq!(cluster.kinds().by_resource(word), Some(widget()), "{word}");
    }
}

/// Recordings 380 to 382 and 386.
#[test]
fn objects_are_held_to_the_schema() {
    let mut cluster = serving(widgets());
    let document = |spec: Value| json!({ "metadata": { "name": "w1" }, "spec": spec });
    let made = object(create(&mut cluster, widget(), document(json!({ "color": "red" }))));
    assert_eq!(made["spec"], json!({ "color": "red", "size": 3 }));
    assert_eq!((&made["apiVersion"], &made["kind"]), (&json!("example.com/v1"), &json!("Widget")));
    assert_eq!(made["metadata"]["generation"], 1);
    let bad = json!({ "metadata": { "name": "w2" }, "spec": { "color": "green", "size": 0 } });
    let refused = create(&mut cluster, widget(), bad).unwrap_err();
    assert_eq!(
        refused.message,
        "Widget.example.com \"w2\" is invalid: [spec.color: Unsupported value: \"green\": supported values: \"red\", \"blue\", spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1]"
    );
    let strict = Options { field_validation: FieldValidation::Strict, ..Options::default() };
    let unknown = json!({ "metadata": { "name": "w3" }, "spec": { "colour": "red" } });
    let verb = Verb::Create(Payload::Document(unknown));
    let refused = ask(&mut cluster, verb.clone(), one(""), strict).unwrap_err();
    assert_eq!(
        refused.message,
        "Widget in version \"v1\" cannot be handled as a Widget: strict decoding error: unknown field \"spec.colour\""
    );
    let request = Request::new(verb, one(""));
    let reply = cluster.handle(&Identity::admin("trainee"), request);
    assert_eq!(reply.warnings, ["unknown field \"spec.colour\""]);
    assert_eq!(object(reply.result)["spec"], json!({ "size": 3 }));
    let strategic = Verb::Patch(PatchType::Strategic, json!({ "spec": { "size": 5 } }));
    let refused = ask(&mut cluster, strategic, one("w1"), Options::default()).unwrap_err();
    assert_eq!((refused.code, refused.reason), (415, "UnsupportedMediaType"));
}

#[test]
fn the_specification_counts_generations_and_the_status_does_not() {
    let mut cluster = serving(widgets());
    let document =
        json!({ "metadata": { "name": "w1" }, "spec": {}, "status": { "phase": "Ready" } });
    let made = object(create(&mut cluster, widget(), document));
    assert_eq!(made.get("status"), None);
    let changed = object(patch(
        &mut cluster,
        one("w1"),
        json!({ "spec": { "size": 5 }, "status": { "x": 1 } }),
    ));
    assert_eq!((&changed["metadata"]["generation"], changed.get("status")), (&json!(2), None));
    let status = one("w1").with(Subresource::Status);
    let written = json!({ "spec": { "size": 9 }, "status": { "phase": "Ready", "anything": [1] } });
    let changed = object(patch(&mut cluster, status, written));
    assert_eq!(changed["metadata"]["generation"], 2);
    assert_eq!(changed["spec"]["size"], 5);
    assert_eq!(changed["status"], json!({ "phase": "Ready", "anything": [1] }));
    let labelled =
        object(patch(&mut cluster, one("w1"), json!({ "metadata": { "labels": { "a": "b" } } })));
    assert_eq!(labelled["metadata"]["generation"], 2);
    assert_eq!(
        patch(&mut cluster, one("w1").with(Subresource::Scale), json!({})).unwrap_err().code,
        404
    );
}

#[test]
fn a_replacement_names_the_state_that_it_replaces() {
    let mut cluster = serving(widgets());
    let made =
        object(create(&mut cluster, widget(), json!({ "metadata": { "name": "w1" }, "spec": {} })));
    let mut next = json!({ "metadata": { "name": "w1" }, "spec": { "size": 4 } });
    let update = |cluster: &mut Cluster, document: &Value| {
        let verb = Verb::Update(Payload::Document(document.clone()));
        ask(cluster, verb, one("w1"), Options::default())
    };
    assert_eq!(
        update(&mut cluster, &next).unwrap_err().message,
        "Widget.example.com \"w1\" is invalid: metadata.resourceVersion: Invalid value: 0x0: must be specified for an update"
    );
    next["metadata"]["resourceVersion"] = made["metadata"]["resourceVersion"].clone();
    assert_eq!(object(update(&mut cluster, &next))["spec"], json!({ "size": 4 }));
}

/// Recording 388.
#[test]
fn instances_go_before_their_definition() {
    let mut cluster = serving(widgets());
    let held =
        json!({ "metadata": { "name": "w1", "finalizers": ["example.com/hold"] }, "spec": {} });
    create(&mut cluster, widget(), held).expect("it is good");
    create(&mut cluster, widget(), json!({ "metadata": { "name": "w2" }, "spec": {} }))
        .expect("so is this");
    let target = Target::one(CRD, "", "widgets.example.com");
    let going = object(ask(&mut cluster, Verb::Delete, target, Options::default()));
    assert_eq!(
        going["metadata"]["finalizers"],
        json!(["customresourcecleanup.apiextensions.k8s.io"])
    );
    assert_eq!(condition(&going, "Terminating").1, "InstanceDeletionPending");
    assert_eq!(
        create(&mut cluster, widget(), json!({ "metadata": { "name": "w3" }, "spec": {} }))
            .unwrap_err()
            .message,
        "widgets.example.com \"w3\" is forbidden: create not allowed while custom resource definition is terminating"
    );
    pass(&mut cluster, 20_000);
    let definition = object(get(&mut cluster, CRD, "widgets.example.com"));
    assert_eq!(
        condition(&definition, "Terminating"),
        three("True", "InstanceDeletionInProgress", "CustomResource deletion is in progress")
    );
    assert_eq!(get(&mut cluster, widget(), "w2").unwrap_err().code, 404);
    object(patch(&mut cluster, one("w1"), json!({ "metadata": { "finalizers": null } })));
    pass(&mut cluster, 20_000);
    assert_eq!(get(&mut cluster, CRD, "widgets.example.com").unwrap_err().code, 404);
    assert_eq!(cluster.kinds().by_resource("widgets"), None);
}

#[test]
fn a_name_belongs_to_whoever_had_it_first_until_that_one_is_gone() {
    let mut cluster = serving(widgets());
    let mut second = widgets();
    second["metadata"]["name"] = "wands.example.com".into();
    second["spec"]["names"] = json!({ "kind": "Wand", "plural": "wands", "shortNames": ["wd"] });
    create(&mut cluster, CRD, second).expect("names are looked at later");
    pass(&mut cluster, 1000);
    let definition = object(get(&mut cluster, CRD, "wands.example.com"));
    assert_eq!(
        condition(&definition, "NamesAccepted"),
        three("False", "ShortNamesConflict", "\"wd\" is already in use")
    );
    assert_eq!(
        condition(&definition, "Established"),
        three("False", "NotAccepted", "not all names are accepted")
    );
    let target = Target::one(CRD, "", "widgets.example.com");
    ask(&mut cluster, Verb::Delete, target, Options::default()).expect("it may go");
    pass(&mut cluster, 2000);
    assert_eq!(cluster.kinds().by_resource("wd"), Some(Kind::named("example.com/v1", "Wand")));
}

#[test]
fn dependents_and_namespaces_take_custom_resources_with_them() {
    let mut cluster = serving(widgets());
    let owner = object(create(
        &mut cluster,
        widget(),
        json!({ "metadata": { "name": "owner" }, "spec": {} }),
    ));
    let reference = json!({ "apiVersion": "example.com/v1", "kind": "Widget", "name": "owner",
        "uid": owner["metadata"]["uid"] });
    let dependent =
        json!({ "metadata": { "name": "owned", "ownerReferences": [reference] }, "data": {} });
    let made = object(create(&mut cluster, Kind::ConfigMap, dependent));
    assert_eq!(made["metadata"]["ownerReferences"][0]["apiVersion"], "example.com/v1");
    pass(&mut cluster, 2000);
    get(&mut cluster, Kind::ConfigMap, "owned").expect("its owner is there");
    ask(&mut cluster, Verb::Delete, one("owner"), Options::default()).expect("it may go");
    pass(&mut cluster, 2000);
    assert_eq!(get(&mut cluster, Kind::ConfigMap, "owned").unwrap_err().code, 404);

    let space = json!({ "metadata": { "name": "shop" } });
    ask(
        &mut cluster,
        Verb::Create(Payload::Document(space)),
        Target::all(Kind::Namespace, ""),
        Options::default(),
    )
    .expect("a namespace");
    let inside = json!({ "metadata": { "name": "inside" }, "spec": {} });
    let target = Target::all(widget(), "shop");
    ask(&mut cluster, Verb::Create(Payload::Document(inside)), target.clone(), Options::default())
        .expect("a widget");
    ask(&mut cluster, Verb::Delete, Target::one(Kind::Namespace, "", "shop"), Options::default())
        .expect("it may go");
    pass(&mut cluster, 30_000);
    assert_eq!(get(&mut cluster, Kind::Namespace, "shop").unwrap_err().code, 404);
    match ask(&mut cluster, Verb::List, target, Options::default()) {
        Ok(Answer::List { items, .. }) => assert!(items.is_empty()),
        other => panic!("no list but {other:?}"),
    }
}

#[test]
fn a_quota_counts_custom_resources() {
    let mut cluster = serving(widgets());
    let quota = json!({ "metadata": { "name": "few" }, "spec": { "hard": { "count/widgets.example.com": "1" } } });
    create(&mut cluster, Kind::ResourceQuota, quota).expect("a quota");
    create(&mut cluster, widget(), json!({ "metadata": { "name": "w1" }, "spec": {} }))
        .expect("the first");
    assert_eq!(
        create(&mut cluster, widget(), json!({ "metadata": { "name": "w2" }, "spec": {} }))
            .unwrap_err()
            .message,
        "widgets.example.com \"w2\" is forbidden: exceeded quota: few, requested: count/widgets.example.com=1, used: count/widgets.example.com=1, limited: count/widgets.example.com=1"
    );
}

#[test]
fn a_resource_is_served_in_each_version() {
    let mut definition = widgets();
    let mut old = definition["spec"]["versions"][0].clone();
    old["name"] = "v1beta1".into();
    old["storage"] = false.into();
    old["deprecated"] = true.into();
    old["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]["shape"] =
        json!({ "type": "string", "default": "round" });
    let mut gone = old.clone();
    gone["name"] = "v1alpha1".into();
    gone["served"] = false.into();
    definition["spec"]["versions"].as_array_mut().unwrap().extend([old, gone]);
    let mut cluster = serving(definition);
    let beta = Kind::named("example.com/v1beta1", "Widget");
    create(&mut cluster, widget(), json!({ "metadata": { "name": "w1" }, "spec": {} }))
        .expect("in v1");
    let request = Request::get(beta, "default", "w1");
    let reply = cluster.handle(&Identity::admin("trainee"), request);
    assert_eq!(
        reply.warnings,
        ["example.com/v1beta1 Widget is deprecated; use example.com/v1 Widget"]
    );
    let shown = object(reply.result);
    assert_eq!(
        (&shown["apiVersion"], &shown["spec"]),
        (&json!("example.com/v1beta1"), &json!({ "shape": "round", "size": 3 }))
    );
    let stored = object(get(&mut cluster, widget(), "w1"));
    assert_eq!(
        (&stored["apiVersion"], &stored["spec"]),
        (&json!("example.com/v1"), &json!({ "size": 3 }))
    );
    let alpha = Kind::named("example.com/v1alpha1", "Widget");
    assert_eq!(get(&mut cluster, alpha, "w1").unwrap_err().code, 404);
    let rows: Vec<_> = cluster.kinds().definitions().flat_map(|it| &it.versions).collect();
    assert_eq!(rows.len(), 2);
}

#[test]
fn a_new_schema_is_that_of_old_objects_too() {
    let mut cluster = serving(widgets());
    create(
        &mut cluster,
        widget(),
        json!({ "metadata": { "name": "w1" }, "spec": { "color": "red" } }),
    )
    .expect("ok");
    let before = cluster.resource_version();
    let mut definition = object(get(&mut cluster, CRD, "widgets.example.com"));
    let properties = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties";
    *definition.pointer_mut(properties).unwrap() =
        json!({ "size": { "type": "integer" }, "speed": { "type": "integer", "default": 7 } });
    let verb = Verb::Update(Payload::Document(definition));
    let target = Target::one(CRD, "", "widgets.example.com");
    let changed = object(ask(&mut cluster, verb, target, Options::default()));
    assert_eq!(changed["metadata"]["generation"], 2);
    let shown = object(get(&mut cluster, widget(), "w1"));
    assert_eq!(shown["spec"], json!({ "size": 3, "speed": 7 }));
    assert_eq!(cluster.resource_version(), before + 1, "only the definition was written");
}

#[test]
fn two_clusters_with_one_history_are_in_one_state() {
    let run = || {
        let mut cluster = serving(widgets());
        create(&mut cluster, widget(), json!({ "metadata": { "generateName": "w-" }, "spec": {} }))
            .expect("ok");
        cluster.state_hash()
    };
    let other = || {
        let mut definition = widgets();
        definition["spec"]["group"] = "else.example.com".into();
        definition["metadata"]["name"] = "widgets.else.example.com".into();
        serving(definition)
    };
    let first = run();
    let between = other();
    assert_eq!(between.kinds().revision, 1);
    assert_eq!(run(), first);
}
