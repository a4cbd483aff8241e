//! Helm's speed: a chart of 60 templates in the manner of a big monitoring stack is rendered for the first time and again,
//! installed and upgraded in a cluster, and rendered a thousand times more.
//!
//! `cargo bench -p opsdrill-session --bench charts` prints what each takes; it asserts nothing about time. With
//! `-- render 200` it only renders, so many times, for a profiler.
#![expect(
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "a benchmark looks at the clock and tells"
)]

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use opsdrill_helm::chart::File;
use opsdrill_helm::render::{Capabilities, Nothing};
use opsdrill_helm::{Chart, Generation, Release, Rendering, manifest};
use opsdrill_session::log::Forget;
use opsdrill_session::{Library, Options, Script, Session};
use opsdrill_sprig::time::Time;
use serde_json::Map;

// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How often short things are done; the middle one counts.
const TIMES: usize = 21;
/// How often the chart is rendered while memory is looked at.
const MANY: usize = 1_000;
const TEMPLATES: usize = 60;

const SCENARIO: &str = "
format_version: 1
title: {en: Speed, fr: Vitesse}
level: guided
minutes: 1
date: \"2026-11-22T22:00:00Z\"
warm_up: 2m
namespace: default
ticket: {en: \"-\", fr: \"-\"}
hints: []
variants: [{}]
world:
  nodes: [{name: worker-0, cpu: \"64\", memory: 256Gi}]
free: true
objectives: []
truth: {objects: [], mechanisms: [], evidence: []}
debrief: {en: \"-\", fr: \"-\"}
";

const HELPERS: &str = r#"
{{- define "big.name" -}}{{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}{{- end -}}
{{- define "big.labels" -}}
app.kubernetes.io/name: {{ include "big.name" . }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- range $k, $v := .Values.commonLabels }}
{{ $k }}: {{ $v | quote }}
{{- end }}
{{- end -}}
"#;

const TEMPLATE: &str = r#"
{{- range $i, $c := .Values.components }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "big.name" $ }}-{{ $c.name }}-NUMBER
  labels: {{- include "big.labels" $ | nindent 4 }}
spec:
  replicas: {{ $c.replicas | int }}
  selector:
    matchLabels: {component: {{ $c.name }}-NUMBER}
  template:
    metadata:
      labels: {{- include "big.labels" $ | nindent 8 }}
        component: {{ $c.name }}-NUMBER
      annotations: {{- toYaml (merge (dict "checksum" ($c | toJson | sha256sum)) $.Values.annotations) | nindent 8 }}
    spec:
      containers:
      - name: {{ $c.name }}
        image: "{{ $.Values.registry }}/{{ $c.name }}:{{ $c.tag | default $.Chart.AppVersion }}"
        {{- with $c.resources }}
        resources: {{- toYaml . | nindent 10 }}
        {{- end }}
        args:
        {{- range $c.args }}
        - {{ tpl . $ | quote }}
        {{- end }}
{{- end }}
"#;

const VALUES: &str = "
registry: registry.example
nameOverride: monitoring
commonLabels: {team: platform, stage: production, tier: backend}
annotations: {a: b, c: d}
components:
- {name: server, replicas: 0, tag: v1, args: ['--name={{ .Release.Name }}', '--verbose'], resources: {limits: {cpu: 1, memory: 1Gi}}}
- {name: operator, replicas: 0, args: ['--namespace={{ .Release.Namespace }}']}
- {name: exporter, replicas: 0, args: [--x, --y, --z], resources: {requests: {cpu: 100m}}}
";

/// The chart's files by their paths.
fn chart() -> Vec<(String, String)> {
    let main = "apiVersion: v2\nname: big\nversion: 0.1.0\nappVersion: '1'\n";
    let mut files: Vec<(String, String)> =
        [("Chart.yaml", main), ("values.yaml", VALUES), ("templates/_helpers.tpl", HELPERS)]
            .map(|(path, text)| (path.to_owned(), text.to_owned()))
            .into();
    files.extend((0..TEMPLATES).map(|number| {
        let text = TEMPLATE.replace("NUMBER", &number.to_string());
        (format!("templates/t{number}.yaml"), text)
    }));
    files
}

fn rendering() -> Rendering {
    Rendering {
        release: Release {
            name: "rel".to_owned(),
            namespace: "default".to_owned(),
            revision: 1,
            is_upgrade: false,
        },
        capabilities: Capabilities::without_cluster(),
        generation: Generation::Three,
        lints: false,
        skips_schema: false,
        seed: b"speed".to_vec(),
        now: Time { seconds: 1_800_000_000, nanos: 0 },
    }
}

/// The chart from its files to its sorted manifests, as `helm template` goes.
fn render(files: &[(String, String)]) -> usize {
    let files = files.iter().map(|(path, text)| File::new(path.clone(), text.as_str())).collect();
    let chart = Chart::from_files(files).expect("the chart is one");
    let rendered =
        rendering().render(&chart, &Map::new(), &mut Nothing).expect("the chart renders");
    let sorted = manifest::sort(&rendered, "big", Generation::Three).expect("it is YAML");
    sorted.manifests.len()
}

fn main() {
    let files = chart();
    let mut words = std::env::args().skip_while(|it| it != "render").skip(1);
    if let Some(times) = words.next().and_then(|it| it.parse::<usize>().ok()) {
        let manifests: usize = (0..times).map(|_| render(&files)).sum();
        println!("{manifests} manifests");
        return;
    }
    let (cold, manifests) = timed(|| render(&files));
    println!("{:44} {:>10}", format!("{manifests} manifests, for the first time"), shown(cold));
    println!("{:44} {:>10}", "again", shown(middle(|| render(&files))));
    let before = resident_kilobytes();
    let (all, _) = timed(|| (0..MANY).map(|_| render(&files)).sum::<usize>());
    let after = resident_kilobytes();
    println!("{:44} {:>10}", format!("{MANY} times"), shown(all));
    println!("resident: {before} kB before, {after} kB after");
    let mut session = session(&files);
    for line in [
        "helm template rel big",
        "helm install rel big",
        "helm upgrade rel big --set annotations.a=x",
        "helm list",
        "helm history rel",
        "helm get manifest rel",
        "helm diff upgrade rel big",
        "helm uninstall rel",
    ] {
        let (time, status) = timed(|| {
            session.run_line(&format!("{line} > /dev/null"), &mut Script::default(), &mut Forget)
        });
        println!("{:44} {:>10}  exit status {}", line, shown(time), status.status);
    }
}

fn session(files: &[(String, String)]) -> Session {
    let mut library = Library::default();
    let own = files
        .iter()
        .map(|(path, text)| (format!("speed/workspace/big/{path}"), text.as_str().into()));
    let scenario = ("speed/scenario.yaml".to_owned(), SCENARIO.into());
    library.add(own.chain([scenario]));
    Session::new(Arc::new(library), "speed", Options::default()).expect("it is sound")
}

fn timed<T>(what: impl FnOnce() -> T) -> (Duration, T) {
    let begun = Instant::now();
    let answer = what();
    (begun.elapsed(), answer)
}

fn middle<T>(mut what: impl FnMut() -> T) -> Duration {
    let mut times: Vec<Duration> = (0..TIMES).map(|_| timed(&mut what).0).collect();
    times.sort();
    times[TIMES / 2]
}

fn shown(time: Duration) -> String {
    format!("{}.{:02} ms", time.as_millis(), time.as_micros() % 1000 / 10)
}

fn resident_kilobytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|it| it.starts_with("VmRSS:")).unwrap_or_default().to_owned();
    line.split_whitespace().nth(1).and_then(|it| it.parse().ok()).unwrap_or_default()
}
