//! Bodies in protobuf: one that was recorded, some made by hand, and every way of being wrong.

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// A field with bytes.
fn bytes(number: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    let mut length = content.len();
    while length >= 0x80 {
        out.push(length as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend_from_slice(content);
    out
}

/// A field with a small number.
fn int(number: u8, value: u8) -> Vec<u8> {
    vec![number << 3, value]
}

fn body(api_version: &str, kind: &str, object: &[u8]) -> Vec<u8> {
    let meta = [bytes(1, api_version.as_bytes()), bytes(2, kind.as_bytes())].concat();
    [MAGIC, &bytes(1, &meta), &bytes(2, object)].concat()
}

#[test]
fn a_namespace_as_kubectl_sends_it() {
    // Recording 007.
    let recorded = b"k8s\0\n\x0f\n\x02v1\x12\tNamespace\x12\x1c\n\x14\n\x04demo\x12\0\x1a\0\"\0*\x002\08\0B\0\x12\0\x1a\x02\n\0\x1a\0\"\0";
    let document = document(recorded, "Namespace").unwrap();
    let expected = json!({
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": { "name": "demo", "creationTimestamp": null },
        "spec": {}, "status": {},
    });
    // The time of creation is empty on the wire, and empty times are not shown.
    let expected_without = {
        let mut it = expected.clone();
        it["metadata"].as_object_mut().unwrap().remove("creationTimestamp");
        it
    };
    assert!(document == expected || document == expected_without, "{document}");
}

#[test]
fn pointers_keep_their_zero_and_others_do_not() {
    let pod = [int(5, 0), int(4, 2)].concat();
    let pair = [bytes(1, b"app"), bytes(2, b"web")].concat();
    let spec = [int(1, 0), int(5, 0), bytes(2, &bytes(1, &pair)), bytes(3, &bytes(2, &pod))];
    let read = document(&body("apps/v1", "Deployment", &bytes(2, &spec.concat())), "Deployment");
    let spec = read.unwrap()["spec"].clone();
    assert_eq!(spec["replicas"], 0);
    assert_eq!(spec.get("minReadySeconds"), None);
    assert_eq!(spec["selector"]["matchLabels"], json!({ "app": "web" }));
    assert_eq!(spec["template"]["spec"]["activeDeadlineSeconds"], 0);
}

#[test]
fn types_with_a_form_of_their_own() {
    let volume = [bytes(1, b"v"), bytes(2, &bytes(6, &bytes(1, b"secret-name")))].concat();
    let port = [int(1, 0), int(2, 80)].concat();
    let probe = bytes(1, &bytes(2, &[bytes(1, b"/"), bytes(2, &port)].concat()));
    let limit = [bytes(1, b"cpu"), bytes(2, &bytes(1, b"100m"))].concat();
    let container = [bytes(1, b"c"), bytes(10, &probe), bytes(8, &bytes(1, &limit))].concat();
    let spec = [bytes(1, &volume), bytes(2, &container)].concat();
    let read = document(&body("v1", "Pod", &bytes(2, &spec)), "Pod").unwrap();
    assert_eq!(
        read["spec"]["volumes"][0],
        json!({ "name": "v", "secret": { "secretName": "secret-name" } })
    );
    let container = &read["spec"]["containers"][0];
    assert_eq!(container["livenessProbe"]["httpGet"], json!({ "path": "/", "port": 80 }));
    assert_eq!(container["resources"]["limits"], json!({ "cpu": "100m" }));

    let data = [bytes(1, b"k"), bytes(2, b"\0\xff")].concat();
    let read = document(&body("v1", "Secret", &bytes(2, &data)), "Secret").unwrap();
    assert_eq!(read["data"], json!({ "k": "AP8=" }));
}

#[test]
fn what_is_no_protobuf_is_refused() {
    for wrong in [&b"{}"[..], b"", b"k8s\0\xff", b"k8s\0\n\x05", b"k8s\0\0"] {
        assert_eq!(document(wrong, "Pod").unwrap_err().code, 400);
    }
    assert_eq!(document(&body("v9", "Nothing", b""), "Pod").unwrap_err().code, 400);
}

#[test]
fn nesting_ends_somewhere() {
    // JSONSchemaProps is not in the table; an ephemeral volume's template nests least of what can nest.
    let mut nested = Vec::new();
    for _ in 0..1_000 {
        nested = bytes(1, &nested);
    }
    let _ = document(&body("v1", "Pod", &nested), "Pod");
}

proptest! {
    #[test]
    fn nothing_that_is_sent_breaks_the_reader(object in proptest::collection::vec(any::<u8>(), 0..200)) {
        for (api_version, kind) in [("v1", "Pod"), ("apps/v1", "Deployment"), ("v1", "Secret")] {
            let _ = document(&body(api_version, kind, &object), kind);
        }
        let _ = document(&[MAGIC, &object].concat(), "Pod");
    }
}
