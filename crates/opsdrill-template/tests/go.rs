//! Templates whose output real Go gave: `kubectl create deploy web --image=nginx:1.27 --replicas=3 --dry-run=client
//! -o go-template=…`.

use opsdrill_template::{IntType, MissingKey, Template, Value};

fn deployment() -> Value {
    let text = |it: &str| Value::text(it);
    let map = |fields: Vec<(&str, Value)>| {
        Value::map(fields.into_iter().map(|(key, it)| (key.to_owned(), it)))
    };
    let labels = || map(vec![("app", text("web"))]);
    let container = map(vec![("image", text("nginx:1.27")), ("name", text("nginx"))]);
    let template = map(vec![("spec", map(vec![("containers", Value::list(vec![container]))]))]);
    map(vec![
        ("kind", text("Deployment")),
        (
            "metadata",
            map(vec![("labels", labels()), ("name", text("web")), ("created", Value::Nil)]),
        ),
        ("spec", map(vec![("replicas", Value::Int(IntType::Int64, 3)), ("template", template)])),
    ])
}

fn run_with(text: &str, missing_key: MissingKey) -> Result<String, String> {
    let mut template = Template::new().with_missing_key(missing_key);
    template.parse("output", text)?;
    template.execute("output", &deployment()).map_err(|it| it.message)
}

fn run(text: &str) -> String {
    run_with(text, MissingKey::Invalid).unwrap_or_else(|why| panic!("{text}: {why}"))
}

fn complaint(text: &str) -> String {
    match run_with(text, MissingKey::Invalid) {
        Ok(printed) => panic!("{text} printed {printed}"),
        Err(why) => why,
    }
}

/// Where the complaint names its place: `1:7 .a.b: …`.
fn executing(text: &str) -> String {
    let why = complaint(text);
    let rest = why.strip_prefix("template: output:").unwrap_or_else(|| panic!("{why}"));
    rest.replacen(": executing \"output\" at <", " ", 1).replacen(">: ", ": ", 1)
}

#[test]
fn values_print_as_in_go() {
    let cases = [
        ("{{.spec.replicas}}", "3"),
        ("{{.a.b}}|{{.missing}}{{index .metadata \"zz\"}}", "<no value>|<no value><no value>"),
        ("{{1000000.0}} {{123456789.0}} {{1e20}} {{0.00001}}", "1e+06 1.23456789e+08 1e+20 1e-05"),
        ("{{.metadata.labels}}", "map[app:web]"),
        (
            "{{printf \"%T %T %T %T\" 1 \"a\" 1.5 .metadata}}",
            "int string float64 map[string]interface {}",
        ),
        ("{{print 1 2 \"a\" \"b\" 3}} {{println \"a\" 1}}x", "1 2ab3 a 1\nx"),
        ("{{print nil}} {{print .missing}} {{printf \"%v\" .missing}}", "<nil> <nil> <nil>"),
        ("{{(.metadata).name}} {{(index .spec.template.spec.containers 0).name}}", "web nginx"),
        ("{{index \"abc\" 1}} {{len \"äb\"}} {{slice \"abcdef\" 1 3}}", "98 3 bc"),
        ("{{not 0}} {{and 1 0 2}} {{or 0 \"\" \"x\"}} {{and 1 | or 0}}", "true 0 x 1"),
        ("{{html \"<a>&\\\"x'\"}} {{html nil}}", "&lt;a&gt;&amp;&#34;x&#39; &lt;no value&gt;"),
        (
            "{{js \"it's <b>\\n\"}} {{urlquery \"a b&c/d\"}}",
            "it\\'s \\u003Cb\\u003E\\u000A a+b%26c%2Fd",
        ),
        ("{{eq \"a\" \"b\" \"a\"}}{{ne 1 2}}{{lt \"a\" \"b\"}}{{ge 2.5 2.5}}", "truetruetruetrue"),
        ("{{eq 1 .spec.replicas}} {{eq .missing \"a\"}} {{eq .missing nil}}", "false false true"),
    ];
    for (text, printed) in cases {
        assert_eq!(run(text), printed, "{text}");
    }
}

#[test]
fn control_goes_where_go_goes() {
    let cases = [
        ("{{range $k, $v := .metadata.labels}}{{$k}}={{$v}};{{end}}", "app=web;"),
        ("{{range $i, $c := .spec.template.spec.containers}}{{$i}}{{$c.name}}{{end}}", "0nginx"),
        ("{{range .nothing}}x{{else}}none{{end}}", "none"),
        ("{{range 3}}{{.}}{{end}}", "012"),
        ("{{range $i := 3}}{{if eq $i 1}}{{continue}}{{end}}{{$i}}{{end}}", "02"),
        ("{{range $i := 3}}{{if eq $i 1}}{{break}}{{end}}{{$i}}{{end}}", "0"),
        ("{{with .missing}}x{{else with .metadata}}{{.name}}{{else}}z{{end}}", "web"),
        ("{{if .a}}1{{else if .kind}}2{{else}}3{{end}}", "2"),
        (
            "{{define \"x\"}}[{{.}}]{{end}}{{template \"x\" .metadata.name}}{{block \"y\" 5}}<{{.}}>{{end}}",
            "[web]<5>",
        ),
        ("{{$x := 1}}{{if true}}{{$x = 2}}{{$x := 3}}{{end}}{{$x}}", "2"),
        ("a  {{- 1 -}}  b{{/* c */}}\n{{- /* d */ -}}\n e", "a1be"),
        (
            "{{$.kind}}{{range .spec.template.spec.containers}}{{$.kind}}{{end}}",
            "DeploymentDeployment",
        ),
    ];
    for (text, printed) in cases {
        assert_eq!(run(text), printed, "{text}");
    }
}

#[test]
fn the_parser_complains_as_go_does() {
    let cases = [
        ("{{.foo | nofn}}", "function \"nofn\" not defined"),
        ("{{if}}", "missing value for if"),
        ("{{.foo", "unclosed action"),
        ("{{$x}}", "undefined variable \"$x\""),
        ("{{end}}", "unexpected {{end}}"),
        ("{{else}}", "unexpected {{else}}"),
        ("{{break}}", "{{break}} outside {{range}}"),
        ("{{1 | 2}}", "non executable command in pipeline stage 2"),
        ("{{}}", "missing value for command"),
        ("{{\"abc\".x}}", "unexpected . after term \"\\\"abc\\\"\""),
        ("{{if .x}}", "unexpected EOF"),
        ("{{(1}}", "unclosed left paren"),
        ("{{1)}}", "unexpected right paren"),
        ("{{\"abc}}", "unterminated quoted string"),
        ("{{/* x }}", "unclosed comment"),
        ("{{3abc}}", "bad number syntax: \"3a\""),
        ("{{.x := 1}}", "unexpected \":=\" in operand"),
        ("{{range $a, $b, $c := .x}}{{end}}", "too many declarations in range"),
        ("{{template foo}}", "unexpected \"foo\" in template clause"),
        ("{{if .x}}{{else}}{{else}}{{end}}", "expected end; found {{else}}"),
        (
            "{{define \"a\"}}1{{end}}{{define \"a\"}}2{{end}}",
            "template: multiple definition of template \"a\"",
        ),
        ("{{.a@b}}", "bad character U+0040 '@'"),
        ("{{'ab'}}", "malformed character constant: 'ab'"),
        ("{{range $a, 1}}{{end}}", "range can only initialize variables"),
    ];
    for (text, why) in cases {
        assert_eq!(complaint(text), format!("template: output:1: {why}"), "{text}");
    }
}

#[test]
fn execution_complains_as_go_does() {
    let cases = [
        (
            "{{.spec.replicas.x}}",
            "1:7 .spec.replicas.x: can't evaluate field x in type interface {}",
        ),
        (
            "{{index .spec \"x\" \"y\"}}",
            "1:2 index .spec \"x\" \"y\": error calling index: index of nil pointer",
        ),
        ("{{len 3}}", "1:2 len 3: error calling len: len of type int"),
        ("{{index}}", "1:2 index: wrong number of args for index: want at least 1 got 0"),
        ("{{template \"x\"}}", "1:11 {{template \"x\"}}: template \"x\" not defined"),
        ("{{range .metadata.name}}{{end}}", "1:17 .metadata.name: range can't iterate over web"),
        ("{{\"a\" \"b\"}}", "1:2 \"a\": can't give argument to non-function \"a\""),
        ("{{lt .spec 1}}", "1:2 lt .spec 1: error calling lt: invalid type for comparison"),
        ("{{.spec.replicas 3}}", "1:7 .spec.replicas: replicas is not a method but has arguments"),
        ("{{printf 3}}", "1:9 3: expected string; found 3"),
        (
            "{{printf .spec.replicas}}",
            "1:14 .spec.replicas: wrong type for value; expected string; got int64",
        ),
        ("{{nil}}", "1:2 nil: nil is not a command"),
        ("{{call 1}}", "1:2 call 1: error calling call: non-function 1 of type int"),
        (
            "{{index .metadata 1}}",
            "1:2 index .metadata 1: error calling index: value has type int; should be string",
        ),
        (
            "{{eq 1 1.0}}",
            "1:2 eq 1 1.0: error calling eq: incompatible types for comparison: int and float64",
        ),
        ("{{eq 1}}", "1:2 eq 1: error calling eq: missing argument for comparison"),
        (
            "{{eq .metadata.labels .metadata.labels}}",
            "1:2 eq .metadata.labels .metadata.labels: error calling eq: non-comparable type map[app:web]: map[string]interface {}",
        ),
        (
            "{{range $i, $j := 3}}{{end}}",
            "1:18 3: can't use 3 to iterate over more than one variable",
        ),
        (
            "{{.metadata.created.x}}",
            "1:11 .metadata.created.x: nil pointer evaluating interface {}.x",
        ),
        (
            "{{slice (slice \"abc\" 1) 0 5}}",
            "1:2 slice (slice \"abc\" 1) 0 5: error calling slice: index out of range: 5",
        ),
    ];
    for (text, why) in cases {
        assert_eq!(executing(text), why, "{text}");
    }
}

#[test]
fn missing_keys_may_be_failures_or_nil() {
    let why = run_with("{{.metadata.x}}", MissingKey::Error).unwrap_err();
    assert_eq!(
        why,
        "template: output:1:11: executing \"output\" at <.metadata.x>: map has no entry for key \"x\""
    );
    let why = run_with("{{.x.y}}", MissingKey::Zero).unwrap_err();
    assert!(why.ends_with("at <.x.y>: nil pointer evaluating interface {}.y"), "{why}");
}

#[test]
fn what_was_printed_before_a_failure_is_kept() {
    let mut template = Template::new();
    template.parse("output", "ab{{template \"x\"}}c").expect("a template");
    let error = template.execute("output", &Value::Nil).expect_err("there is no x");
    assert_eq!(error.printed, "ab");
}

#[test]
fn nothing_is_unbounded() {
    let mut template = Template::new();
    let text = "{{define \"x\"}}{{template \"x\" .}}{{end}}{{template \"x\" .}}";
    template.parse("output", text).expect("a template");
    let error = template.execute("output", &Value::Nil).expect_err("it calls itself");
    assert!(error.message.ends_with("exceeded maximum template depth (100)"), "{error:?}");
    let deep = format!("{{{{{}1{}}}}}", "(".repeat(5000), ")".repeat(5000));
    assert!(complaint(&deep).ends_with("max expression depth exceeded"));
    assert!(complaint("{{range 9999999}}{{range 9999999}}x{{end}}{{end}}").contains("more than"));
}
