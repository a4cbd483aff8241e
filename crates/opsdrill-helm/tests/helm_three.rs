//! Words and rules of Helm 3.21 where Helm 4 has others: each is what the real Helm 3.21.4 printed.

mod recorded;

use recorded::rendering;
use serde_json::Map;

use opsdrill_helm::chart::File;
use opsdrill_helm::render::Nothing;
use opsdrill_helm::{Chart, Generation, dependencies, manifest};

fn chart(template: &str, values: &str) -> Chart {
    let main = "apiVersion: v2\nname: web\nversion: 0.1.0\n";
    let files = [("Chart.yaml", main), ("values.yaml", values), ("templates/bad.yaml", template)];
    let files = files.map(|(name, text)| File::new(name, text)).to_vec();
    Chart::from_files(files).unwrap_or_else(|why| panic!("{why}"))
}

fn complaint(template: &str) -> String {
    let chart = chart(template, "a: {}\n");
    let rendered = rendering(Generation::Three).render(&chart, &Map::new(), &mut Nothing);
    let sorted = rendered.and_then(|it| manifest::sort(&it, "web", Generation::Three));
    sorted.err().unwrap_or_else(|| panic!("{template} renders"))
}

#[test]
fn complaints_are_on_one_line() {
    let cases = [
        (
            "{{ .Values.a.b.c }}",
            "template: web/templates/bad.yaml:1:10: executing \"web/templates/bad.yaml\" at <.Values.a.b.c>: nil pointer evaluating interface {}.c",
        ),
        (
            "a: 1\nb: {{ required \"need .Values.must\" .Values.must }}",
            "execution error at (web/templates/bad.yaml:2:6): need .Values.must",
        ),
        ("{{ if }}x{{ end }}", "parse error at (web/templates/bad.yaml:1): missing value for if"),
        (
            "{{ include \"nope\" . }}",
            "template: web/templates/bad.yaml:1:3: executing \"web/templates/bad.yaml\" at <include \"nope\" .>: error calling include: template: no template \"nope\" associated with template \"gotpl\"",
        ),
        ("{{ fail \"boom\" }}", "execution error at (web/templates/bad.yaml:1:3): boom"),
        (
            "{{ nofunc . }}",
            "parse error at (web/templates/bad.yaml:1): function \"nofunc\" not defined",
        ),
        (
            "{{ toYaml .Values.a | nindent \"x\" }}",
            "template: web/templates/bad.yaml:1:30: executing \"web/templates/bad.yaml\" at <\"x\">: expected integer; found \"x\"",
        ),
        (
            "a: b: c",
            "YAML parse error on web/templates/bad.yaml: error converting YAML to JSON: yaml: mapping values are not allowed in this context",
        ),
    ];
    for (template, expected) in cases {
        assert_eq!(complaint(template), expected);
    }
}

#[test]
fn missing_dependencies_are_explained() {
    let main = "apiVersion: v2\nname: web\nversion: 0.1.0\ndependencies:\n- {name: common, version: 1.x.x, repository: r}\n- {name: redis, version: 1.x.x, repository: r}\n";
    let chart = Chart::from_files(vec![File::new("Chart.yaml", main)]);
    let why = chart.and_then(|it| dependencies::check(&it, Generation::Three)).err();
    let expected = "An error occurred while checking for chart dependencies. You may need to run `helm dependency build` to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: common, redis";
    assert_eq!(why.as_deref(), Some(expected));
}

#[test]
fn documents_lose_the_white_space_around_them() {
    let template = "\n\na: 1\n\n---\n\nb: 2\n\n\n";
    let rendered =
        rendering(Generation::Three).render(&chart(template, ""), &Map::new(), &mut Nothing);
    let sorted = rendered.and_then(|it| manifest::sort(&it, "web", Generation::Three));
    let text = sorted.map(|it| it.text());
    let source = "---\n# Source: web/templates/bad.yaml\n";
    assert_eq!(text, Ok(format!("{source}a: 1\n{source}b: 2\n")));
}

/// Nulls of a chart's own defaults stay, which Helm 4 removes.
#[test]
fn nulls_of_defaults_stay() {
    let chart = chart("{{ toJson .Values }}", "a: null\nb: {c: null, d: 1}\n");
    let render = |generation| {
        let rendered = rendering(generation).render(&chart, &Map::new(), &mut Nothing);
        rendered.map(|it| it["web/templates/bad.yaml"].clone())
    };
    assert_eq!(render(Generation::Three).as_deref(), Ok("{\"a\":null,\"b\":{\"c\":null,\"d\":1}}"));
    assert_eq!(render(Generation::Four).as_deref(), Ok("{\"b\":{\"d\":1}}"));
}
