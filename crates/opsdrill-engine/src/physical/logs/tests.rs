//! What is answered of a log, in the real words and in the same way whenever it is asked.

use k8s_openapi::api::core::v1::{
    Container, ContainerState, ContainerStateRunning, ContainerStateTerminated,
    ContainerStateWaiting, ContainerStatus, PodSpec, PodStatus,
};
use opsdrill_objects::pod::Pod;
use opsdrill_objects::{Meta, Object};

use super::*;
use crate::store;
use crate::{Cluster, ClusterConfig};

const PROCESS: ProcessId = ProcessId(7);

fn waiting(reason: &str) -> ContainerState {
    let waiting = ContainerStateWaiting { reason: Some(reason.to_owned()), message: None };
    ContainerState { waiting: Some(waiting), ..ContainerState::default() }
}

fn running() -> ContainerState {
    ContainerState { running: Some(ContainerStateRunning::default()), ..ContainerState::default() }
}

fn ended() -> ContainerState {
    let terminated = Some(ContainerStateTerminated::default());
    ContainerState { terminated, ..ContainerState::default() }
}

/// A cluster with the pod `tmp`, whose containers and their states are told.
fn cluster(containers: &[(&str, ContainerState, ContainerState)]) -> (Cluster, Uid) {
    let mut cluster = Cluster::new(ClusterConfig::default());
    let spec = PodSpec {
        containers: containers
            .iter()
            .map(|(name, ..)| Container { name: (*name).to_owned(), ..Container::default() })
            .collect(),
        ..PodSpec::default()
    };
    let statuses = containers.iter().map(|(name, state, last)| ContainerStatus {
        name: (*name).to_owned(),
        state: Some(state.clone()),
        last_state: Some(last.clone()),
        ..ContainerStatus::default()
    });
    let status = PodStatus { container_statuses: Some(statuses.collect()), ..PodStatus::default() };
    let pod = Pod {
        spec: spec.into(),
        node_name: Some("worker-1".into()),
        token_volume: None,
        status: Box::new(status),
    };
    let meta = Meta { uid: Uid(1), ..Meta::named(Some("demo"), "tmp") };
    store::insert(cluster.world_mut(), Object::new(meta, pod));
    (cluster, Uid(1))
}

fn one() -> Cluster {
    let (mut cluster, pod) = cluster(&[("tmp", running(), ContainerState::default())]);
    open(cluster.world_mut(), PROCESS, pod, &"tmp".into());
    cluster
}

fn request() -> LogRequest {
    LogRequest { namespace: "demo".into(), pod: "tmp".into(), ..LogRequest::default() }
}

fn text(cluster: &Cluster, request: &LogRequest) -> String {
    read(cluster.world(), request).map_or_else(|it| it.message, |it| it.body(false, None))
}

#[test]
fn refusals_are_those_of_server_and_kubelet() {
    let none = ContainerState::default;
    let containers = [
        ("a", running(), none()),
        ("b", waiting("ImagePullBackOff"), none()),
        ("c", waiting("ErrImagePull"), none()),
        ("d", waiting("ContainerCreating"), none()),
    ];
    let (cluster, _) = cluster(&containers);
    let check = |container: Option<&str>, previous, expected: &str| {
        let container = container.map(str::to_owned);
        let refusal = read(cluster.world(), &LogRequest { container, previous, ..request() });
        let refusal = refusal.expect_err(expected);
        assert_eq!((refusal.code, refusal.reason), (400, "BadRequest"));
        assert_eq!(refusal.message, expected);
    };
    // Recordings 332 and 334.
    check(Some("nope"), false, "container nope is not valid for pod tmp");
    let b = "container \"b\" in pod \"tmp\" is waiting to start: trying and failing to pull image";
    check(Some("b"), false, b);
    let c = "container \"c\" in pod \"tmp\" is waiting to start: image can't be pulled";
    check(Some("c"), false, c);
    let d = "container \"d\" in pod \"tmp\" is waiting to start: ContainerCreating";
    check(Some("d"), false, d);
    check(Some("a"), true, "previous terminated container \"a\" in pod \"tmp\" not found");
    let names = "a container name must be specified for pod tmp, choose one of: [a b c d]";
    check(None, false, names);
    let missing = read(cluster.world(), &LogRequest { pod: "nope".into(), ..request() });
    assert_eq!(missing.unwrap_err().message, "pods \"nope\" not found");
}

#[test]
fn a_crashed_containers_last_run_is_its_log_and_its_previous_log() {
    for (state, last, current, previous) in [
        (running(), ended(), "second\n", "first\n"),
        (waiting("CrashLoopBackOff"), ended(), "second\n", "second\n"),
        (ended(), ended(), "second\n", "first\n"),
    ] {
        let (mut cluster, pod) = cluster(&[("tmp", state, last)]);
        let world = cluster.world_mut();
        for (process, line) in [(ProcessId(1), "first"), (ProcessId(2), "second")] {
            open(world, process, pod, &"tmp".into());
            write(world, process, line.to_owned());
            close(world, process);
        }
        assert_eq!(text(&cluster, &request()), current);
        assert_eq!(text(&cluster, &LogRequest { previous: true, ..request() }), previous);
    }
}

#[test]
fn options_cut_as_the_kubelet_cuts() {
    let mut cluster = one();
    write(cluster.world_mut(), PROCESS, "started tmp image nginx:1.27".into());
    write(cluster.world_mut(), PROCESS, "listening on :8080".into());
    // Recording 333: 100 bytes of two lines with dates end within the second.
    let printed = read(cluster.world(), &request()).unwrap().body(true, Some(100));
    assert_eq!(printed.len(), 100);
    let date = "2026-03-02T09:00:00.000084073Z".len();
    assert!(printed.starts_with("2026-03-02T09:00:00.000"), "{printed}");
    assert_eq!(&printed[date..date + 30], " started tmp image nginx:1.27\n");
    assert!(printed.ends_with(" listening"), "{printed}");

    cluster.advance(SimTime(60_000));
    write(cluster.world_mut(), PROCESS, "later".into());
    assert_eq!(text(&cluster, &LogRequest { tail_lines: Some(1), ..request() }), "later\n");
    let since = |seconds: i64| {
        let since_ns = Some((cluster.unix_now() - seconds) * 1_000_000_000);
        text(&cluster, &LogRequest { since_ns, ..request() })
    };
    assert_eq!(since(30), "later\n");
    let all = "started tmp image nginx:1.27\nlistening on :8080\nlater\n";
    assert_eq!(since(60), all);
    assert_eq!(text(&cluster, &LogRequest { tail_lines: Some(0), ..request() }), "");
}

#[test]
fn who_follows_a_run_sees_it_to_its_end() {
    let (mut cluster, pod) = cluster(&[("tmp", running(), ended())]);
    let world = cluster.world_mut();
    open(world, ProcessId(1), pod, &"tmp".into());
    write(world, ProcessId(1), "first".into());
    let begin = read(world, &request()).unwrap();
    assert_eq!((begin.body(false, None).as_str(), begin.ended), ("first\n", false));
    cluster.advance(SimTime(5_000));
    let world = cluster.world_mut();
    write(world, ProcessId(1), "last words".into());
    close(world, ProcessId(1));
    cluster.advance(SimTime(15_000));
    open(cluster.world_mut(), ProcessId(2), pod, &"tmp".into());
    let end = read(cluster.world(), &LogRequest { after: Some(begin.cursor), ..request() });
    let end = end.unwrap();
    assert_eq!((end.body(false, None).as_str(), end.ended), ("last words\n", true));
}

fn beat(every_ms: u64) -> Vec<SteadyLines> {
    vec![SteadyLines { every_ms, templates: vec!["{time} beat {number:1-1000}".into()] }]
}

#[test]
fn steady_lines_are_the_same_whenever_they_are_read() {
    let mut whole = one();
    set_steady(whole.world_mut(), PROCESS, beat(500));
    let mut followed = one();
    set_steady(followed.world_mut(), PROCESS, beat(500));

    let mut pieces = String::new();
    let mut after = None;
    for time in [0, 1, 499, 2_000, 2_001, 7_777, 60_000] {
        followed.advance(SimTime(time));
        let reply = read(followed.world(), &LogRequest { after, ..request() }).unwrap();
        pieces += &reply.body(false, None);
        after = Some(reply.cursor);
    }
    whole.advance(SimTime(60_000));
    let all = text(&whole, &request());
    assert_eq!(pieces, all);
    assert!((119..=121).contains(&all.lines().count()), "{}", all.lines().count());
    assert!(all.lines().is_sorted());
    let tail = text(&whole, &LogRequest { tail_lines: Some(3), ..request() });
    let last: Vec<&str> = all.lines().skip(all.lines().count() - 3).collect();
    assert_eq!(tail.lines().collect::<Vec<_>>(), last);
}

#[test]
fn steady_lines_stop_with_their_process_and_change_with_its_state() {
    let mut cluster = one();
    set_steady(cluster.world_mut(), PROCESS, beat(100));
    cluster.advance(SimTime(1_000));
    write(cluster.world_mut(), PROCESS, "now quiet".into());
    set_steady(cluster.world_mut(), PROCESS, Vec::new());
    cluster.advance(SimTime(5_000));
    let quiet = text(&cluster, &request());
    assert_eq!(quiet.lines().last(), Some("now quiet"));
    set_steady(cluster.world_mut(), PROCESS, beat(100));
    cluster.advance(SimTime(6_000));
    close(cluster.world_mut(), PROCESS);
    let ended = text(&cluster, &request());
    cluster.advance(SimTime(9_000));
    assert_eq!(text(&cluster, &request()), ended);
    assert!(ended.starts_with(&quiet) && ended.len() > quiet.len());
    assert!(read(cluster.world(), &request()).unwrap().ended);
}

#[test]
fn a_log_is_bounded_and_loses_its_beginning() {
    let mut cluster = one();
    for number in 0..LINES_MAX + 10 {
        write(cluster.world_mut(), PROCESS, format!("line {number}"));
    }
    write(cluster.world_mut(), PROCESS, "x".repeat(LINE_BYTES_MAX * 2));
    let all = text(&cluster, &request());
    assert_eq!(all.lines().next(), Some("line 11"));
    assert_eq!(all.lines().last().map(str::len), Some(LINE_BYTES_MAX));
    set_steady(cluster.world_mut(), PROCESS, beat(1));
    cluster.advance(SimTime(3_600_000));
    assert!(text(&cluster, &request()).lines().count() <= 20_000 + LINES_MAX);
}

#[test]
fn logs_go_with_their_pod_and_dead_nodes_tell_nothing() {
    let mut cluster = one();
    write(cluster.world_mut(), PROCESS, "hello".into());
    super::super::network::set_node_down(cluster.world_mut(), "worker-1", true);
    let refusal = read(cluster.world(), &request()).unwrap_err();
    assert_eq!(
        (refusal.code, refusal.message.as_str()),
        (
            500,
            "Get \"https://worker-1:10250/containerLogs/demo/tmp/tmp\": dial tcp worker-1:10250: i/o timeout"
        )
    );
    store::remove(cluster.world_mut(), Uid(1));
    cluster.advance(SimTime(1));
    let logs = cluster.world().resource::<Logs>();
    assert!(logs.by_pod.is_empty() && logs.by_process.is_empty());
}
