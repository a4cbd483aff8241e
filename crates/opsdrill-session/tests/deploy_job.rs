//! The deploy job: it waits in the cluster's time and for an hour at most, gets charts from where the company keeps them,
//! and does not overlook what it cannot read.
#![expect(clippy::unwrap_used, reason = "a test that finds nothing is to fail")]

use std::fmt::Write;
use std::sync::Arc;

use opsdrill_engine::{SimDuration, SimTime};
use opsdrill_session::log::Forget;
use opsdrill_session::{Library, Options, Scenario, Script, Session};

const SCENARIO: &str = r#"
format_version: 1
title: {en: A job, fr: Un job}
level: junior
minutes: 10
platform: small
date: "2026-03-04T09:15:00Z"
warm_up: 4h
namespace: demo
ticket: {en: Anything., fr: Tout.}
hints: []
variants: [{}]
world:
  nodes:
    - {name: worker-1, cpu: "2", memory: 4Gi}
  namespaces: [demo]
  releases: [{name: web, chart: helm/web, values: [helm/web/production.yaml], also_renders: [helm/web/staging.yaml]}]
  chart_repositories:
    - {url: "https://charts.company.com/private", username: ci, password: secret, charts: [base]}
    - {url: "oci://registry.company.com/private", username: ci, password: secret, charts: [base]}
  traffic: [{name: visitors, target: "http://web.demo/", rate: {constant: 20000}}]
objectives:
  - {title: {en: Served, fr: Servis}, check: {users-served: {users: visitors, success_min_ppm: 990000}}}
truth: {objects: [release/web], mechanisms: [chart-error], evidence: [release/web]}
debrief: {en: "-", fr: "-"}
night: {duration: 1h, redeploy_at: [10m]}
MORE
"#;

const CHART: &str = "apiVersion: v2\nname: web\nversion: 0.1.0\n";

const TEMPLATE: &str = r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: main
          image: nginx:1.27
          ports: [{containerPort: 80}]
          readinessProbe: {tcpSocket: {port: 80}, periodSeconds: 5}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
{{- range $number, $_ := until (int .Values.hooks) }}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: hook-{{ $number }}
  annotations: {helm.sh/hook: pre-upgrade}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: h, image: 'busybox:1.36', command: [sleep, '{{ $.Values.sleep }}']}]
{{- end }}
";

/// A scenario with some lines more, and changes to its files.
fn library(more: &str, files: &[(&str, &str)]) -> Arc<Library> {
    let scenario = SCENARIO.replace("MORE", more);
    let base = "apiVersion: v2\nname: base\nversion: 1.0.0\n";
    let mut all = vec![
        ("scenario.yaml", scenario.as_str()),
        ("charts/base/Chart.yaml", base),
        (
            "charts/base/templates/settings.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: base}\n",
        ),
    ];
    all.extend(files);
    let platform = [
        ("platform.yaml", "format_version: 1\n"),
        ("workspace/helm/web/Chart.yaml", CHART),
        ("workspace/helm/web/templates/all.yaml", TEMPLATE),
        ("workspace/helm/web/values.yaml", "replicas: 1\nhooks: 0\nsleep: 0\n"),
        ("workspace/helm/web/production.yaml", "replicas: 2\n"),
        ("workspace/helm/web/staging.yaml", "replicas: 1\n"),
    ];
    let mut library = Library::default();
    let platform = platform.map(|(path, text)| (format!("_platforms/small/{path}"), text.into()));
    library.add(platform);
    library.add(all.into_iter().map(|(path, text)| (format!("job/{path}"), text.into())));
    Arc::new(library)
}

fn session(library: &Arc<Library>) -> Session {
    let options = Options { step: true, ..Options::default() };
    Session::new(library.clone(), "job", options).unwrap_or_else(|why| panic!("{why:?}"))
}

/// A session in which the job's last run before the start is of these values.
fn with_past(more: &str, values: &str) -> Session {
    session(&library(more, &[("past/1/helm/web/production.yaml", values)]))
}

fn run(session: &mut Session, line: &str) -> String {
    let mut front = Script::default();
    session.run_line(line, &mut front, &mut Forget);
    front.output
}

fn minutes_before(session: &Session, minutes: u64) -> SimTime {
    SimTime(session.stage().start.0 - SimDuration::minutes(minutes).0)
}

#[test]
fn what_is_planned_happens_while_the_job_waits_and_is_seen() {
    let more = "history: [{at: -4m, release: web, files: \"1\"}]\n\
        faults: [{at: -3m, fault: {delete-object: {kind: Service, namespace: demo, name: web, by: alice}}}]\n";
    let session = with_past(more, "replicas: 2\nhooks: 1\nsleep: 150\n");
    let audit = session.stage().cluster.audit();
    let deleted = audit.of_user("alice").next().unwrap().time;
    assert_eq!(deleted, minutes_before(&session, 3));
    let changes = &session.stage().objectives[0].changes;
    let broke = changes.iter().find(|it| !it.finding.met && it.time > deleted).unwrap().time;
    assert!(broke <= minutes_before(&session, 2), "seen at {broke:?}");
    assert!(session.stage().deploy_log.contains("exit status 0"), "{}", session.stage().deploy_log);
}

#[test]
fn a_job_is_ended_after_an_hour_however_many_hooks_there_are() {
    let more = "history: [{at: -2h, release: web, files: \"1\", ends: killed}]\n";
    let mut session = with_past(more, "replicas: 2\nhooks: 20\nsleep: 240\n");
    // `ends: killed` is the first wait's end; what is too long ends by itself.
    assert!(session.stage().deploy_log.contains(" Terminated"), "{}", session.stage().deploy_log);
    let more = more.replace("killed", "failed");
    session = with_past(&more, "replicas: 2\nhooks: 20\nsleep: 240\n");
    let log = &session.stage().deploy_log;
    let wanted =
        "2026-03-04T08:15:00Z ERROR: Job failed: execution took longer than 1h0m0s seconds\n";
    assert!(
        log.starts_with("2026-03-04T07:15:00Z $ helm upgrade") && log.ends_with(wanted),
        "{log}"
    );
    assert!(run(&mut session, "helm history web").contains("pending-upgrade"));
}

#[test]
fn a_job_that_still_waits_at_the_start_is_the_authors_mistake() {
    let more = "history: [{at: -1m, release: web, files: \"1\"}]\n";
    let library = library(more, &[("past/1/helm/web/production.yaml", "hooks: 1\nsleep: 240\n")]);
    let problems = Session::new(library, "job", Options::default()).err().unwrap().join("\n");
    assert!(problems.contains("still waits when the trainee sits down, for 1"), "{problems}");
}

#[test]
fn what_a_colleague_did_is_not_in_the_jobs_log() {
    let more = "history:\n  - {at: -2h, release: web, set: [replicas=3]}\n  \
        - {at: -1h, release: web, rollback: 1, by: frank}\n";
    let session = with_past(more, "");
    assert!(
        session.stage().deploy_log.contains("--set replicas=3"),
        "{}",
        session.stage().deploy_log
    );
    assert!(!session.stage().deploy_log.contains("rollback"));
    let by_frank = session.stage().cluster.audit().of_user("frank").filter(|it| it.is_write());
    assert!(by_frank.count() > 1);
}

#[test]
fn charts_come_from_where_the_company_keeps_them() {
    for place in ["https://charts.company.com/private", "oci://registry.company.com/private"] {
        let mut chart = CHART.to_owned();
        writeln!(chart, "dependencies: [{{name: base, version: 1.0.0, repository: '{place}'}}]")
            .unwrap();
        let library = library("", &[("workspace/helm/web/Chart.yaml", &chart)]);
        Scenario::load_all(&library, "job").unwrap();
        let mut session = session(&library);
        assert!(run(&mut session, "kubectl get configmap base").contains("base "), "{place}");
        run(&mut session, "diagnose release/web chart-error");
        run(&mut session, "submit");
        let source = session.outcome().unwrap().source.clone().unwrap();
        assert!(source.complete, "{place}: {source:?}");
    }
}

/// What the report says of the source after some lines.
fn said_of_source(lines: &[&str]) -> String {
    let mut session = session(&library("", &[]));
    for line in lines.iter().chain(&["submit"]) {
        run(&mut session, line);
    }
    let source = session.outcome().unwrap().source.clone().unwrap();
    source.evidence.iter().map(|it| it.en.clone()).collect::<Vec<_>>().join("\n")
}

#[test]
fn charts_that_do_not_render_elsewhere_are_no_source() {
    assert_eq!(said_of_source(&["true"]), "");
    let said = said_of_source(&["echo 'replicas: [' > helm/web/staging.yaml"]);
    assert!(said.contains("helm/web (with helm/web/staging.yaml): "), "{said}");
    let said = said_of_source(&["rm helm/web/staging.yaml"]);
    assert!(said.contains("open helm/web/staging.yaml: no such file"), "{said}");
}

#[test]
fn links_in_circles_are_told() {
    let circles = ["ln -s /home/trainee/helm helm/web/a", "ln -s /home/trainee/helm helm/web/b"];
    let said = said_of_source(&circles);
    assert!(said.contains("opsdrill: not simulated: a deploy job that reads more than"), "{said}");
    let mut session = session(&library("", &[]));
    for line in circles {
        run(&mut session, line);
    }
    let said = run(&mut session, "helm template web helm/web");
    assert_eq!(said, "opsdrill: not simulated: charts as large as helm/web\n");
}
