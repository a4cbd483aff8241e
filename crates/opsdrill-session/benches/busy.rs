//! A busy cluster: 200 pods in 40 services that call each other, users with a daily curve, autoscalers, a job every five
//! minutes. How long does a simulated day take, and an hour of trouble?
//!
//! `cargo bench -p opsdrill-session --bench busy` prints figures; it asserts nothing about time.
#![expect(
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "a benchmark looks at the clock and tells"
)]

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Instant;

use opsdrill_engine::SimDuration;
use opsdrill_session::log::Forget;
use opsdrill_session::{Library, Options, Script, Session};

// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SERVICES: usize = 40;
const PODS_EACH: usize = 5;
/// The services that users call; each calls two of those behind it, and so on.
const ENTRANCES: usize = 5;
/// The services that an autoscaler watches.
const SCALED: usize = 10;

fn main() {
    let mut library = Library::default();
    library.add(files());
    let begun = Instant::now();
    let mut session = match Session::new(Arc::new(library), "busy", Options::default()) {
        Ok(session) => session,
        Err(problems) => panic!("{}", problems.join("\n")),
    };
    println!("{:44} {:?}", "start, half an hour of it simulated", begun.elapsed());
    println!("{}", run(&mut session, "kubectl get pods --no-headers | grep -c Running").trim());
    pass(&mut session, "a day", 24);
    run(&mut session, "kubectl set env deployment/service-20 BROKEN=1");
    run(&mut session, "kubectl scale deployment/service-30 --replicas=0");
    pass(&mut session, "an hour in which one service is gone", 1);
    println!("{}", run(&mut session, "status"));
}

fn pass(session: &mut Session, what: &str, hours: u64) {
    let begun = Instant::now();
    let until = session.now() + SimDuration::seconds(hours * 3_600);
    session.advance_to(until);
    println!("{what:44} {:?}", begun.elapsed());
}

fn run(session: &mut Session, line: &str) -> String {
    let mut front = Script::default();
    session.run_line(line, &mut front, &mut Forget);
    front.output
}

fn files() -> Vec<(String, Vec<u8>)> {
    let mut files = vec![("busy/scenario.yaml".to_owned(), scenario().into_bytes())];
    for number in 0..SERVICES {
        files.push((format!("busy/models/service-{number}.yaml"), model(number).into_bytes()));
        let path = format!("busy/workspace/k8s/service-{number}.yaml");
        files.push((path, manifest(number).into_bytes()));
    }
    files
}

fn scenario() -> String {
    let mut images = String::new();
    for number in 0..SERVICES {
        let repository = format!("registry.company.com/busy/service-{number}");
        let model = format!("service-{number}");
        let _ = writeln!(
            images,
            "    - {{repository: {repository}, tags: ['1'], size: 20Mi, model: {model}}}"
        );
    }
    let (mut nodes, mut traffic) = (String::new(), String::new());
    for number in 0..10 {
        let _ = writeln!(nodes, "    - {{name: worker-{number}, cpu: '8', memory: 16Gi}}");
    }
    for number in 0..ENTRANCES {
        let _ = writeln!(
            traffic,
            "    - name: users-{number}\n      target: http://service-{number}.busy/\n      rate: {{linear: {{'00:00': 20000, '04:00': 8000, '12:00': 90000, '20:30': 150000}}}}"
        );
    }
    format!(
        "format_version: 1
title: {{en: A busy cluster, fr: Une grappe occupée}}
level: guided
minutes: 1
date: '2026-11-22T00:00:00Z'
warm_up: 30m
namespace: busy
ticket: {{en: A busy cluster., fr: Une grappe occupée.}}
hints: []
variants: [{{}}]
world:
  nodes:
{nodes}  registries: [{{host: registry.company.com}}]
  images:
{images}  namespaces: [busy]
  manifests: [k8s]
  traffic:
{traffic}free: true
objectives: []
truth: {{objects: [], mechanisms: [], evidence: []}}
debrief: {{en: '', fr: ''}}
"
    )
}

fn model(number: usize) -> String {
    let mut text = format!("like: go-http\nname: service-{number}\nhttp: {{paths: [/, /*]}}\n");
    let called = [2 * number + ENTRANCES, 2 * number + ENTRANCES + 1];
    let called: Vec<usize> = called.into_iter().filter(|it| *it < SERVICES).collect();
    if !called.is_empty() {
        text.push_str("dependencies:\n");
    }
    for other in called {
        let _ = writeln!(
            text,
            "  - {{name: service-{other}, kind: http, host: {{default: service-{other}}}, port: {{default: '80'}}, calls_ppm: 500000, path: /, timeout_ms: 2000}}"
        );
    }
    text
}

fn manifest(number: usize) -> String {
    let name = format!("service-{number}");
    let mut text = format!(
        "apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec: {{selector: {{app: {name}}}, ports: [{{port: 80, targetPort: 8080}}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, labels: {{app: {name}}}}}
spec:
  replicas: {PODS_EACH}
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      containers:
        - name: {name}
          image: registry.company.com/busy/{name}:1
          ports: [{{containerPort: 8080}}]
          resources: {{requests: {{cpu: 50m, memory: 64Mi}}, limits: {{cpu: 500m, memory: 128Mi}}}}
          readinessProbe: {{httpGet: {{path: /readyz, port: 8080}}, periodSeconds: 5}}
          livenessProbe: {{httpGet: {{path: /healthz, port: 8080}}, periodSeconds: 10}}
"
    );
    if number < SCALED {
        let _ = write!(
            text,
            "---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {{name: {name}}}
spec:
  scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: {name}}}
  minReplicas: {PODS_EACH}
  maxReplicas: 12
  metrics: [{{type: Resource, resource: {{name: cpu, target: {{type: Utilization, averageUtilization: 60}}}}}}]
"
        );
    }
    if number == 0 {
        text.push_str(
            "---
apiVersion: batch/v1
kind: CronJob
metadata: {name: sweep}
spec:
  schedule: '*/5 * * * *'
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: OnFailure
          containers: [{name: sweep, image: 'busybox:1.36', command: [sh, -c, 'sleep 20; echo done']}]
",
        );
    }
    text
}
