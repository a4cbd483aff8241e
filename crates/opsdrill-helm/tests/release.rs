//! Records of releases: what the real Helm wrote of the same release, and what it would read.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use std::collections::BTreeMap;

use opsdrill_helm::Chart;
use opsdrill_helm::chart::File;
use opsdrill_helm::release::{Hook, Info, Record, Status, json, packed};
use opsdrill_sprig::time::Time;
use serde_json::{Map, Value, json as document};

fn record() -> Record {
    let files = [
        ("Chart.yaml", "apiVersion: v2\nname: cm\nversion: 0.1.0\nannotations: {a: b}\n"),
        ("values.yaml", "a: 1\n"),
        ("templates/cm.yaml", "a: 1\n"),
        ("extra.txt", "<x>\n"),
    ];
    let chart = Chart::from_files(files.map(|(name, text)| File::new(name, text)).to_vec());
    let time = Some(Time { seconds: 1_795_452_049, nanos: 83_219_168 });
    Record {
        name: "rel".to_owned(),
        namespace: "demo".to_owned(),
        version: 2,
        info: Info {
            first_deployed: time,
            last_deployed: time,
            deleted: None,
            description: "Install complete".to_owned(),
            status: Status::Deployed,
            notes: "a & b\n".to_owned(),
        },
        chart: chart.expect("a chart"),
        config: Some(Map::from_iter([("a".to_owned(), Value::from(2))])),
        manifest: "---\n# Source: cm/templates/cm.yaml\na: 1\n".to_owned(),
        hooks: vec![Hook {
            name: "h".to_owned(),
            kind: "Job".to_owned(),
            path: "cm/templates/h.yaml".to_owned(),
            manifest: "b: 1".to_owned(),
            events: vec!["pre-upgrade".to_owned()],
            weight: -5,
            ..Hook::default()
        }],
        labels: BTreeMap::new(),
    }
}

/// The order of the fields, what is left out, and the escapes are those of the real Helm's record.
#[test]
fn a_record_is_written_as_helm_writes_it() {
    let expected = concat!(
        r#"{"name":"rel","info":{"first_deployed":"2026-11-23T16:40:49.083219168Z","#,
        r#""last_deployed":"2026-11-23T16:40:49.083219168Z","deleted":"","description":"Install complete","#,
        r#""status":"deployed","notes":"a \u0026 b\n"},"#,
        r#""chart":{"metadata":{"name":"cm","version":"0.1.0","apiVersion":"v2","annotations":{"a":"b"}},"lock":null,"#,
        r#""templates":[{"name":"templates/cm.yaml","data":"YTogMQo="}],"values":{"a":1},"schema":null,"#,
        r#""files":[{"name":"extra.txt","data":"PHg+Cg=="}]},"config":{"a":2},"#,
        r##""manifest":"---\n# Source: cm/templates/cm.yaml\na: 1\n","##,
        r#""hooks":[{"name":"h","kind":"Job","path":"cm/templates/h.yaml","manifest":"b: 1","events":["pre-upgrade"],"#,
        r#""last_run":{"started_at":"","completed_at":"","phase":""},"weight":-5}],"version":2,"namespace":"demo"}"#,
    );
    assert_eq!(json::text(&record(), true), expected);
}

#[test]
fn a_record_is_read_as_it_was_written() {
    let record = record();
    let read = packed::unpack(&packed::pack(&record)).expect("a record");
    assert_eq!(json::text(&read, true), json::text(&record, true));
    let config = read.config.map(Value::Object);
    assert_eq!(config, Some(document!({"a": 2.0})), "numbers are floats, as Go decodes them");
}

#[test]
fn what_is_no_record_is_refused() {
    for text in ["", "!", "e30", "H4sIAAAA", "W10="] {
        assert!(packed::unpack(text).is_err(), "{text}");
    }
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(&vec![b'['; 17 << 20]).expect("memory can be written to");
    let bomb = bomb.finish().expect("memory can be written to");
    let why = packed::unpack(&packed::base64(&bomb)).expect_err("it is too large");
    assert!(why.contains("record has more than 16777216 bytes"), "{why}");
    let deep = packed::base64(format!("{{\"config\":{}", "{\"a\":".repeat(100_000)).as_bytes());
    assert!(packed::unpack(&deep).is_err());
    let empty = packed::unpack("e30=").expect("an empty object is a record without anything");
    assert_eq!((empty.name.as_str(), empty.info.status), ("", Status::Unknown));
}
