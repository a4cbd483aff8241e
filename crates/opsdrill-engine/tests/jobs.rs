//! Jobs and CronJobs on a whole cluster whose pods are ended by the test instead of kubelets.
#![expect(clippy::unwrap_used, reason = "a test that finds nothing is to fail")]

use opsdrill_engine::api::{Identity, Payload, Request, Subresource, Target, Verb};
use opsdrill_engine::{Cluster, ClusterConfig, SimDuration};
use opsdrill_objects::event::Event;
use opsdrill_objects::{Kind, timestamp};
use serde_json::{Value, json};

struct Stage {
    cluster: Cluster,
}

impl Stage {
    fn new() -> Self {
        let mut cluster = Cluster::new(ClusterConfig::default());
        cluster.bootstrap();
        Self { cluster }
    }

    fn create(&mut self, kind: Kind, document: Value) {
        let verb = Verb::Create(Payload::Document(document));
        self.ask(Request::new(verb, Target::one(kind, "default", "")));
        self.pass(1);
    }

    fn ask(&mut self, request: Request) {
        self.cluster.handle(&Identity::admin("trainee"), request).result.unwrap();
    }

    fn job(&mut self, spec: Value) {
        let mut spec = spec;
        spec["template"] = template();
        self.create(Kind::Job, json!({ "metadata": { "name": "work" }, "spec": spec }));
    }

    /// Lets seconds pass.
    fn pass(&mut self, seconds: u64) {
        let until = self.cluster.now() + SimDuration::seconds(seconds);
        self.cluster.advance(until);
    }

    fn get(&self, kind: Kind, name: &str) -> Value {
        self.cluster.view().get(kind, "default", name).map_or(Value::Null, |it| it.to_value())
    }

    fn list(&self, kind: Kind) -> Vec<Value> {
        self.cluster.view().list(kind, "default").map(|it| it.to_value()).collect()
    }

    /// The pods that have not ended, by name.
    fn running(&self) -> Vec<String> {
        let pods = self.list(Kind::Pod).into_iter();
        let going = pods.filter(|it| {
            !["Succeeded", "Failed"].contains(&it["status"]["phase"].as_str().unwrap_or(""))
        });
        going.map(|it| it["metadata"]["name"].as_str().unwrap().to_owned()).collect()
    }

    /// Ends a pod as a kubelet would.
    fn end(&mut self, name: &str, code: i32) {
        let mut pod = self.get(Kind::Pod, name);
        let date = timestamp::format(self.cluster.unix_now());
        let terminated = json!({ "exitCode": code, "startedAt": date, "finishedAt": date });
        pod["status"] = json!({
            "phase": if code == 0 { "Succeeded" } else { "Failed" },
            "containerStatuses": [{
                "name": "main", "image": "busybox", "imageID": "", "ready": false, "restartCount": 0,
                "state": { "terminated": terminated },
            }],
        });
        let target = Target::one(Kind::Pod, "default", name).with(Subresource::Status);
        self.ask(Request::new(Verb::Update(Payload::Document(pod)), target));
        self.pass(1);
    }

    /// What was told of the objects of a kind, oldest first.
    fn told(&self, kind: &str) -> Vec<String> {
        let events = self.cluster.view().list(Kind::Event, "default").filter_map(|it| it.event());
        let mut events: Vec<_> = events
            .filter(|it| it.to_value()["involvedObject"]["kind"] == kind)
            .map(Event::to_value)
            .collect();
        events.sort_by_key(|it| it["firstTimestamp"].to_string());
        events.iter().map(|it| it["message"].as_str().unwrap().to_owned()).collect()
    }

    fn conditions(&self) -> Vec<String> {
        let job = self.get(Kind::Job, "work");
        let conditions = job["status"]["conditions"].as_array().cloned().unwrap_or_default();
        let shown = |it: &Value| {
            format!(
                "{}={} {}",
                it["type"].as_str().unwrap(),
                it["status"].as_str().unwrap(),
                it["reason"].as_str().unwrap()
            )
        };
        conditions.iter().map(shown).collect()
    }
}

fn template() -> Value {
    json!({ "spec": { "restartPolicy": "Never", "containers": [{ "name": "main", "image": "busybox" }] } })
}

#[test]
fn a_job_is_complete_when_its_pod_has_succeeded() {
    let mut stage = Stage::new();
    stage.job(json!({}));
    let [pod] = stage.running().try_into().unwrap();
    assert!(pod.starts_with("work-"), "{pod}");
    let tracked = &stage.get(Kind::Pod, &pod)["metadata"]["finalizers"];
    assert_eq!(*tracked, json!(["batch.kubernetes.io/job-tracking"]));
    assert_eq!(stage.get(Kind::Job, "work")["status"]["active"], 1);
    stage.end(&pod, 0);
    let status = stage.get(Kind::Job, "work")["status"].clone();
    assert_eq!(
        (&status["succeeded"], &status["active"], &status["ready"]),
        (&json!(1), &Value::Null, &json!(0))
    );
    assert!(status["completionTime"].is_string() && status["startTime"].is_string());
    assert_eq!(
        stage.conditions(),
        ["SuccessCriteriaMet=True CompletionsReached", "Complete=True CompletionsReached"]
    );
    assert_eq!(stage.get(Kind::Pod, &pod)["metadata"]["finalizers"], Value::Null);
    assert_eq!(stage.told("Job"), [format!("Created pod: {pod}"), "Job completed".to_owned()]);
}

/// As recording 151: the second pod comes ten seconds after the first has failed.
#[test]
fn a_job_fails_after_its_backoff_limit() {
    let mut stage = Stage::new();
    stage.job(json!({ "backoffLimit": 1 }));
    let [first] = stage.running().try_into().unwrap();
    stage.end(&first, 1);
    stage.pass(7);
    assert!(stage.running().is_empty());
    stage.pass(4);
    let [second] = stage.running().try_into().unwrap();
    stage.end(&second, 1);
    assert_eq!(stage.get(Kind::Job, "work")["status"]["failed"], 2);
    assert_eq!(
        stage.conditions(),
        ["FailureTarget=True BackoffLimitExceeded", "Failed=True BackoffLimitExceeded"]
    );
    assert_eq!(stage.told("Job").last().unwrap(), "Job has reached the specified backoff limit");
    stage.pass(3600);
    assert!(stage.running().is_empty());
}

#[test]
fn each_index_of_an_indexed_job_succeeds_once() {
    let mut stage = Stage::new();
    stage.job(json!({ "completions": 3, "parallelism": 2, "completionMode": "Indexed" }));
    let [zero, one] = stage.running().try_into().unwrap();
    assert!(zero.starts_with("work-0-") && one.starts_with("work-1-"), "{zero} {one}");
    let spec = stage.get(Kind::Pod, &one)["spec"].clone();
    assert_eq!(spec["hostname"], "work-1");
    assert_eq!(spec["containers"][0]["env"][0]["name"], "JOB_COMPLETION_INDEX");
    stage.end(&one, 0);
    assert_eq!(stage.get(Kind::Job, "work")["status"]["completedIndexes"], "1");
    let [_, two] = stage.running().try_into().unwrap();
    assert!(two.starts_with("work-2-"), "{two}");
    stage.end(&zero, 0);
    stage.end(&two, 0);
    assert_eq!(stage.get(Kind::Job, "work")["status"]["completedIndexes"], "0-2");
    assert_eq!(stage.conditions().last().unwrap(), "Complete=True CompletionsReached");
}

#[test]
fn a_deadline_ends_a_job_and_its_pods() {
    let mut stage = Stage::new();
    stage.job(json!({ "activeDeadlineSeconds": 30 }));
    stage.pass(40);
    // Without a kubelet nobody confirms the end of a pod that was never bound: it is gone at once.
    assert!(stage.running().is_empty());
    assert_eq!(
        stage.conditions(),
        ["FailureTarget=True DeadlineExceeded", "Failed=True DeadlineExceeded"]
    );
}

#[test]
fn a_suspended_job_has_no_pods_until_it_is_resumed() {
    let mut stage = Stage::new();
    stage.job(json!({ "suspend": true }));
    assert!(stage.running().is_empty());
    assert_eq!(stage.conditions(), ["Suspended=True JobSuspended"]);
    let mut job = stage.get(Kind::Job, "work");
    job["spec"]["suspend"] = false.into();
    stage.ask(Request::new(
        Verb::Update(Payload::Document(job)),
        Target::one(Kind::Job, "default", "work"),
    ));
    stage.pass(1);
    assert_eq!(stage.running().len(), 1);
    assert_eq!(stage.conditions(), ["Suspended=False JobResumed"]);
    let told = stage.told("Job");
    assert!(["Job suspended", "Job resumed"].iter().all(|it| told.iter().any(|told| told == it)));
}

#[test]
fn a_failure_policy_ends_a_job_or_looks_away() {
    let mut stage = Stage::new();
    let rules = json!([
        { "action": "FailJob", "onExitCodes": { "operator": "In", "values": [42] } },
        { "action": "Ignore", "onExitCodes": { "operator": "In", "values": [7] } },
    ]);
    stage.job(json!({ "backoffLimit": 0, "podFailurePolicy": { "rules": rules } }));
    let [first] = stage.running().try_into().unwrap();
    stage.end(&first, 7);
    assert!(stage.conditions().is_empty());
    stage.pass(15);
    let [second] = stage.running().try_into().unwrap();
    stage.end(&second, 42);
    assert_eq!(stage.conditions()[1], "Failed=True PodFailurePolicy");
    let message = format!(
        "Container main for pod default/{second} failed with exit code 42 matching FailJob rule at index 0"
    );
    assert_eq!(stage.told("Job").last().unwrap(), &message);
}

#[test]
fn a_job_goes_after_its_time_to_live_and_lets_its_pods_go() {
    let mut stage = Stage::new();
    stage.job(json!({ "ttlSecondsAfterFinished": 20 }));
    let [pod] = stage.running().try_into().unwrap();
    stage.end(&pod, 0);
    stage.pass(10);
    assert!(stage.get(Kind::Job, "work").is_object());
    stage.pass(15);
    assert_eq!(stage.get(Kind::Job, "work"), Value::Null);
    assert_eq!(stage.list(Kind::Pod), [] as [Value; 0]);
}

#[test]
fn a_deleted_job_lets_go_of_pods_that_run() {
    let mut stage = Stage::new();
    stage.job(json!({}));
    stage.ask(Request::delete(Kind::Job, "default", "work"));
    stage.pass(5);
    assert_eq!(stage.list(Kind::Pod), [] as [Value; 0]);
}

fn cron(stage: &mut Stage, spec: Value) {
    let mut spec = spec;
    spec["jobTemplate"] = json!({ "spec": { "template": template() } });
    stage.create(Kind::CronJob, json!({ "metadata": { "name": "nightly" }, "spec": spec }));
}

/// Ends everything that runs, minute for minute.
fn minutes(stage: &mut Stage, count: usize, code: i32) {
    for _ in 0..count {
        stage.pass(60);
        for pod in stage.running() {
            stage.end(&pod, code);
        }
    }
}

#[test]
fn a_cron_job_makes_a_job_each_time_and_keeps_the_last_few() {
    let mut stage = Stage::new();
    cron(&mut stage, json!({ "schedule": "*/1 * * * *" }));
    stage.pass(60);
    let [job] = stage.list(Kind::Job).try_into().unwrap();
    let minute = stage.cluster.unix_now() / 60;
    let name = format!("nightly-{minute}");
    assert_eq!(job["metadata"]["name"], name.as_str());
    let cron = stage.get(Kind::CronJob, "nightly");
    assert_eq!(cron["status"]["lastScheduleTime"], timestamp::format(minute * 60).as_str());
    assert_eq!(cron["status"]["active"][0]["name"], name.as_str());
    assert_eq!(stage.told("CronJob"), [format!("Created job {name}")]);
    let [pod] = stage.running().try_into().unwrap();
    stage.end(&pod, 0);
    let completed = format!("Saw completed job: {name}, condition: Complete");
    assert_eq!(stage.told("CronJob")[1], completed);
    assert_eq!(stage.get(Kind::CronJob, "nightly")["status"]["active"], Value::Null);
    minutes(&mut stage, 5, 0);
    assert_eq!(stage.list(Kind::Job).len(), 3);
    minutes(&mut stage, 3, 1);
    assert!(stage.list(Kind::Job).iter().any(|it| it["metadata"]["name"] != name.as_str()));
}

#[test]
fn a_cron_job_forbids_replaces_or_allows() {
    for (policy, jobs, told) in [
        ("Forbid", 1, "Not starting job"),
        ("Replace", 1, "Deleted job"),
        ("Allow", 3, "Created job"),
    ] {
        let mut stage = Stage::new();
        cron(&mut stage, json!({ "schedule": "* * * * *", "concurrencyPolicy": policy }));
        stage.pass(181);
        assert_eq!(stage.list(Kind::Job).len(), jobs, "{policy}");
        assert!(stage.told("CronJob").iter().any(|it| it.starts_with(told)), "{policy}");
    }
}

#[test]
fn a_cron_job_that_waits_or_comes_too_late_starts_nothing() {
    let mut stage = Stage::new();
    cron(&mut stage, json!({ "schedule": "* * * * *", "suspend": true }));
    stage.pass(300);
    assert!(stage.list(Kind::Job).is_empty());
    let mut cron = stage.get(Kind::CronJob, "nightly");
    cron["spec"]["suspend"] = false.into();
    cron["spec"]["startingDeadlineSeconds"] = 10.into();
    let begun = stage.cluster.unix_now();
    let target = Target::one(Kind::CronJob, "default", "nightly");
    stage.ask(Request::new(Verb::Update(Payload::Document(cron)), target));
    stage.pass(1);
    // A moment that is not ten seconds old still counts.
    assert_eq!(stage.list(Kind::Job).len(), usize::from(begun % 60 <= 10));
    stage.pass(60);
    assert!(!stage.list(Kind::Job).is_empty());
}
