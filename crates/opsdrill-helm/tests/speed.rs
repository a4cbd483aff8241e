//! How long a big chart takes, and whether a thousand of them leave anything behind. Run by hand, on a quiet machine:
//! `cargo test --release -p opsdrill-helm --test speed -- --ignored --nocapture`
#![expect(clippy::disallowed_types, reason = "this test measures")]

mod recorded;

use std::time::{Duration, Instant};

use recorded::rendering;
use serde_json::Map;

use opsdrill_helm::chart::File;
use opsdrill_helm::render::Nothing;
use opsdrill_helm::{Chart, Generation, manifest};

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
  replicas: {{ $c.replicas | default 1 | int }}
  template:
    metadata:
      labels: {{- include "big.labels" $ | nindent 8 }}
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
- {name: server, replicas: 2, tag: v1, args: ['--name={{ .Release.Name }}', '--verbose'], resources: {limits: {cpu: 1, memory: 1Gi}}}
- {name: operator, args: ['--namespace={{ .Release.Namespace }}']}
- {name: exporter, args: [--x, --y, --z], resources: {requests: {cpu: 100m}}}
";

fn big_chart() -> Vec<File> {
    let main = "apiVersion: v2\nname: big\nversion: 0.1.0\nappVersion: '1'\n";
    let mut files = vec![File::new("Chart.yaml", main), File::new("values.yaml", VALUES)];
    files.push(File::new("templates/_helpers.tpl", HELPERS));
    let template = |it: usize| {
        let text = TEMPLATE.replace("NUMBER", &it.to_string());
        File::new(format!("templates/t{it}.yaml"), text)
    };
    files.extend((0..60).map(template));
    files
}

fn once(files: &[File]) -> (Duration, usize) {
    let start = Instant::now();
    let chart = Chart::from_files(files.to_vec()).expect("the chart is one");
    let rendered = rendering(Generation::Three)
        .render(&chart, &Map::new(), &mut Nothing)
        .expect("the chart renders");
    let sorted = manifest::sort(&rendered, "big", Generation::Three).expect("it is YAML");
    (start.elapsed(), sorted.manifests.len())
}

fn resident_kilobytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|it| it.starts_with("VmRSS:")).unwrap_or_default().to_owned();
    line.split_whitespace().nth(1).and_then(|it| it.parse().ok()).unwrap_or_default()
}

#[test]
#[ignore = "it measures"]
fn a_big_chart_is_rendered_soon() {
    let files = big_chart();
    let (cold, manifests) = once(&files);
    let mut warm: Vec<Duration> = (0..20).map(|_| once(&files).0).collect();
    warm.sort();
    eprintln!("{manifests} manifests: cold {cold:?}, warm {:?}", warm[warm.len() / 2]);
    let before = resident_kilobytes();
    for _ in 0..1000 {
        once(&files);
    }
    let after = resident_kilobytes();
    eprintln!("resident before {before} kB, after 1000 more {after} kB");
    assert!(after < before + 20_000, "it grew from {before} to {after} kB");
    assert!(warm[warm.len() / 2] <= Duration::from_millis(20), "{:?}", warm[warm.len() / 2]);
    assert!(cold <= Duration::from_millis(40), "{cold:?}");
}
