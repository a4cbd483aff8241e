//! Charts and values that nobody should write: each ends soon, with a complaint.

mod recorded;

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use recorded::rendering;
use serde_json::{Map, Value};

use opsdrill_helm::chart::File;
use opsdrill_helm::render::{Lookup, Nothing};
use opsdrill_helm::values::Options;
use opsdrill_helm::{Chart, Generation};

const MAIN: &str = "apiVersion: v2\nname: c\nversion: 0.1.0\n";

fn render(template: &str) -> Result<String, String> {
    render_with(template, "", &mut Nothing)
}

fn render_with(template: &str, values: &str, lookup: &mut dyn Lookup) -> Result<String, String> {
    let files = [("Chart.yaml", MAIN), ("values.yaml", values), ("templates/x.yaml", template)];
    let chart = Chart::from_files(files.map(|(name, text)| File::new(name, text)).to_vec())?;
    let rendered = rendering(Generation::Three).render(&chart, &Map::new(), lookup)?;
    Ok(rendered["c/templates/x.yaml"].clone())
}

fn complaint(template: &str) -> String {
    match render(template) {
        Ok(printed) => panic!("{} bytes were printed", printed.len()),
        Err(why) => why,
    }
}

/// An entry of a tar archive.
fn entry(archive: &mut Vec<u8>, name: &str, kind: u8, bytes: &[u8]) {
    let mut header = [0_u8; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[124..136].copy_from_slice(format!("{:011o}\0", bytes.len()).as_bytes());
    header[148..156].copy_from_slice(b"        ");
    header[156] = kind;
    header[257..262].copy_from_slice(b"ustar");
    let sum: u32 = header.iter().map(|it| u32::from(*it)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    archive.extend(header);
    archive.extend(bytes);
    archive.resize(archive.len().div_ceil(512) * 512, 0);
}

fn packed(entries: &[(&str, u8, &[u8])]) -> Vec<u8> {
    let mut archive = Vec::new();
    for (name, kind, bytes) in entries {
        entry(&mut archive, name, *kind, bytes);
    }
    archive.resize(archive.len() + 1024, 0);
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(&archive).expect("memory can be written to");
    packer.finish().expect("memory can be written to")
}

fn unpacked(entries: &[(&str, u8, &[u8])]) -> Result<Chart, String> {
    Chart::from_archive(&packed(entries))
}

#[test]
fn archives_reach_nothing_outside() {
    let main = ("c/Chart.yaml", b'0', MAIN.as_bytes());
    let error = |name: &str| unpacked(&[main, (name, b'0', b"x")]).err();
    let parent = "chart illegally references parent directory";
    assert_eq!(error("c/../../etc/passwd").as_deref(), Some(parent));
    assert_eq!(error("c//etc/passwd").as_deref(), Some("chart illegally contains absolute paths"));
    assert_eq!(error("c/c:/x").as_deref(), Some("chart contains illegally named files"));
    assert_eq!(error("c\\..\\x").as_deref(), Some(parent));
    let outside = "chart illegally contains content outside the base directory: \"x\"";
    assert_eq!(error("x").as_deref(), Some(outside));
    let chart = unpacked(&[main, ("c/link", b'2', b""), ("c/f.txt", b'0', b"text")]);
    let chart = chart.expect("a link is an empty file");
    assert_eq!(chart.files.iter().map(|it| it.bytes.len()).collect::<Vec<_>>(), [4, 0]);
}

#[test]
fn archives_do_not_explode() {
    let zeros = vec![0_u8; 6 << 20];
    let main = ("c/Chart.yaml", b'0', MAIN.as_bytes());
    let why = unpacked(&[main, ("c/big", b'0', &zeros)]).err();
    let large = "decompressed chart file \"c/big\" is larger than the maximum file size 5242880";
    assert_eq!(why.as_deref(), Some(large));
    let part = &zeros[..4 << 20];
    let names: Vec<String> = (0..28).map(|it| format!("c/f{it}")).collect();
    let mut entries = vec![main];
    entries.extend(names.iter().map(|it| (it.as_str(), b'0', part)));
    let why = unpacked(&entries).err();
    let large = "decompressed chart is larger than the maximum size 104857600";
    assert_eq!(why.as_deref(), Some(large));
}

#[test]
fn what_is_no_archive_is_refused() {
    let error = |bytes: &[u8]| Chart::from_archive(bytes).err().unwrap_or_default();
    assert_eq!(error(b"apiVersion: v2\nname: c\n"), "gzip: invalid header");
    assert_eq!(error(b""), "EOF");
    let whole = packed(&[("c/Chart.yaml", b'0', MAIN.as_bytes())]);
    assert!(!error(&whole[..whole.len() / 2]).is_empty());
    for place in 0..whole.len() {
        let mut broken = whole.clone();
        broken[place] ^= 0x55;
        // Whatever it is by now, it is read or refused.
        let _ = Chart::from_archive(&broken);
    }
    assert_eq!(error(&packed(&[])), "no files in chart archive");
    let deep = "c/".to_owned() + &"charts/c/".repeat(40) + "Chart.yaml";
    let mut files = vec![("c/Chart.yaml".to_owned(), MAIN)];
    files.push((deep, MAIN));
    let files = files.into_iter().map(|(name, text)| File::new(name[2..].to_owned(), text));
    assert!(Chart::from_files(files.collect()).is_err());
}

#[test]
fn templates_come_to_an_end() {
    let nested = complaint("{{ define \"a\" }}{{ include \"a\" . }}{{ end }}{{ include \"a\" . }}");
    let end = "rendering template has a nested reference name: a: unable to execute template";
    assert!(nested.ends_with(end), "{}", &nested[nested.len() - 200..]);
    let pairs = "{{ define \"a\" }}{{ include \"b\" . }}{{ end }}{{ define \"b\" }}{{ include \"a\" . }}{{ end }}";
    assert!(
        complaint(&format!("{pairs}{{{{ include \"a\" . }}}}"))
            .ends_with("unable to execute template")
    );
    let nested =
        complaint("{{ define \"a\" }}{{ template \"a\" . }}{{ end }}{{ template \"a\" . }}");
    assert!(nested.ends_with("exceeded maximum template depth (100000)"), "{nested}");
    let tpl = "{{ tpl .Values.t . }}";
    let why = render_with(tpl, "t: '{{ tpl .Values.t . }}'\n", &mut Nothing);
    assert!(why.is_err_and(|it| it.contains("error calling tpl")));
    let counting = complaint("{{ range 1000000000 }}{{ end }}");
    assert!(counting.ends_with("more than 10000000 steps"), "{counting}");
    let much = complaint("{{ range 100 }}{{ repeat 10000000 \"x\" }}{{ end }}");
    assert!(much.contains("bytes"), "{much}");
    for long in
        ["{{ repeat 1000000000 \"x\" }}", "{{ until 100000000 }}", "{{ indent 100000000 \"x\" }}"]
    {
        assert!(
            complaint(long).contains("more than") || complaint(long).contains("longer"),
            "{long}"
        );
    }
    let growing = "{{ $x := \"x\" }}{{ range 100 }}{{ $x = print $x $x }}{{ end }}";
    assert!(complaint(growing).contains("answered more than"));
    let brackets = format!("{{{{ {}1{} }}}}", "(".repeat(5000), ")".repeat(5000));
    assert!(complaint(&brackets).contains("max expression depth exceeded"));
}

#[test]
fn maps_may_hold_themselves() {
    let itself = "{{ $d := dict \"a\" 1 }}{{ $_ := set $d \"self\" $d }}";
    assert_eq!(
        render(&format!("{itself}{{{{ toYaml $d }}}}|{{{{ toJson $d }}}}")).as_deref(),
        Ok("|")
    );
    assert!(render(&format!("{itself}{{{{ $d }}}}")).is_ok_and(|it| it.len() < 100_000));
    assert!(complaint(&format!("{itself}{{{{ deepCopy $d }}}}")).contains("nested deeper"));
    let merged = format!(
        "{itself}{{{{ $e := dict }}}}{{{{ $_ := set $e \"self\" $e }}}}{{{{ merge $e $d | len }}}}"
    );
    assert!(render(&merged).is_ok() || complaint(&merged).contains("nested deeper"));
    assert_eq!(
        render("{{ $_ := set . \"top\" . }}{{ .top.top.Release.Name }}").as_deref(),
        Ok("rel")
    );
}

#[test]
fn values_do_not_explode() {
    let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for level in 1..9 {
        let inner = vec![format!("*a{}", level - 1); 10].join(",");
        let _ = writeln!(bomb, "a{level}: &a{level} [{inner}]");
    }
    let why = render_with("a: 1", &bomb, &mut Nothing).err().unwrap_or_default();
    assert!(why.ends_with("yaml: document contains excessive aliasing"), "{why}");
    let deep = format!("a: {}", "[".repeat(100_000));
    assert!(render_with("a: 1", &deep, &mut Nothing).is_err());
    let schema = r##"{"$ref": "#"}"##;
    let files =
        [("Chart.yaml", MAIN), ("values.schema.json", schema), ("templates/x.yaml", "a: 1")];
    let files = files.map(|(name, text)| File::new(name, text)).to_vec();
    let chart = Chart::from_files(files).expect("the chart is one");
    let why = rendering(Generation::Three).render(&chart, &Map::new(), &mut Nothing).err();
    assert!(why.is_some_and(|it| it.contains("refers to itself")));
}

#[test]
fn values_of_a_hundred_megabytes_are_refused() {
    let wanted = "input is larger than 4194304 bytes";
    for values in [format!("a: {}", "x".repeat(100 << 20)), "a: 1\n".repeat(20 << 20)] {
        let why =
            render_with("a: {{ .Values.a }}", &values, &mut Nothing).err().unwrap_or_default();
        assert!(why.contains(wanted), "{why}");
        let given = Options { files: vec![("big.yaml".to_owned(), values)], ..Options::default() };
        let why = given.values(&mut |_| Ok(String::new())).err().unwrap_or_default();
        assert!(why.contains(wanted), "{why}");
    }
}

#[test]
fn schemas_come_to_an_end() {
    let around = r##"{"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"allOf": [{"$ref": "#/$defs/a"}]}}}"##;
    let wide = r##"{"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/b"}, {"$ref": "#/$defs/b"}], "type": "x"}, "b": {"allOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/a"}]}}}"##;
    let deep = format!("{}{{}}{}", r#"{"not": "#.repeat(5000), "}".repeat(5000));
    let elsewhere = r#"{"$ref": "https://example.com/schema.json"}"#;
    let pattern = r#"{"properties": {"a": {"pattern": "(a*)*$"}}, "patternProperties": {"((((x{99}){99}){99}){99})": {}}}"#;
    for schema in [around, wide, &deep, elsewhere, pattern, "[", "3"] {
        let files = [
            ("Chart.yaml", MAIN),
            ("values.yaml", "a: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"),
            ("values.schema.json", schema),
            ("templates/x.yaml", "a: 1"),
        ];
        let files = files.map(|(name, text)| File::new(name, text)).to_vec();
        let why = Chart::from_files(files).and_then(|chart| {
            rendering(Generation::Three).render(&chart, &Map::new(), &mut Nothing).map(drop)
        });
        assert!(why.is_err(), "{}", &schema[..schema.len().min(80)]);
    }
}

/// A cluster with one object.
struct One;

impl Lookup for One {
    fn lookup(
        &mut self,
        version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Result<Value, String> {
        match name {
            "x" => Ok(serde_json::json!({ "kind": kind, "apiVersion": version, "in": namespace })),
            "forbidden" => Err("secrets \"forbidden\" is forbidden".to_owned()),
            _ => Ok(Value::Object(Map::new())),
        }
    }
}

#[test]
fn the_cluster_is_asked() {
    let ask = |name: &str| {
        let template = format!("{{{{ lookup \"v1\" \"Secret\" \"ns\" \"{name}\" }}}}");
        render_with(&template, "", &mut One)
    };
    assert_eq!(ask("x").as_deref(), Ok("map[apiVersion:v1 in:ns kind:Secret]"));
    assert_eq!(ask("y").as_deref(), Ok("map[]"));
    let why = ask("forbidden").err().unwrap_or_default();
    assert!(why.ends_with("error calling lookup: secrets \"forbidden\" is forbidden"), "{why}");
}
