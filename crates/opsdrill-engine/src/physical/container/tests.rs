//! Entering containers and looking around in them.

use opsdrill_objects::Uid;
use opsdrill_objects::decode::decode_object;
use serde_json::{Value, json};

use super::*;
use crate::physical;
use crate::store;
use crate::{Cluster, ClusterConfig};

const CONFIG: &str = "/etc/app/config.yaml";

fn insert(cluster: &mut Cluster, uid: u128, name: &str, spec: Value) {
    let metadata = json!({ "name": name, "namespace": "demo", "uid": Uid(uid).to_string() });
    let document = json!({ "metadata": metadata, "spec": spec });
    let object = decode_object(Kind::Pod, document).expect("a Pod").value;
    store::insert(cluster.world_mut(), object);
}

fn spec(uid: u128, image: &str) -> ContainerSpec {
    ContainerSpec {
        pod: Uid(uid),
        namespace: "demo".into(),
        pod_name: "tmp".into(),
        pod_ip: "10.244.1.1".into(),
        node: "worker-1".into(),
        container: "tmp".into(),
        image: image.into(),
        command: vec!["sleep".into(), "3600".into()],
        args: Vec::new(),
        env: Arc::new([("COLOUR".to_owned(), "blue".to_owned())].into()),
        files: [(CONFIG.to_owned(), b"a: 1\n".to_vec()), ("/data/".to_owned(), Vec::new())].into(),
        data: Vec::new(),
        read_only_root: false,
        working_dir: None,
        run_as: None,
        memory_limit: Some(268_435_456),
        cpu_limit: Some(500),
        restart_count: 0,
        stdin: false,
        sees: Sees::Own,
    }
}

fn cluster(image: &str) -> (Cluster, ContainerHandle) {
    let mut cluster = Cluster::new(ClusterConfig::default());
    let container = json!({ "name": "tmp", "image": image });
    let tmp = json!({ "nodeName": "worker-1", "containers": [container] });
    insert(&mut cluster, 1, "tmp", tmp);
    let container = json!({ "name": "c", "image": image });
    insert(&mut cluster, 2, "f-cpu", json!({ "containers": [container] }));
    physical::start(cluster.world_mut(), spec(1, image)).expect("it starts");
    let handle = access(cluster.world(), "demo", "tmp", None).expect("it runs");
    (cluster, handle)
}

#[test]
fn refusals_are_the_servers() {
    let (mut cluster, handle) = cluster("busybox:1.36");
    let refusal = |cluster: &Cluster, pod, container| {
        let status = access(cluster.world(), "demo", pod, container).unwrap_err();
        (status.code, status.message)
    };
    // Recordings 341, 342 and 338.
    let invalid = (400, "container nope is not valid for pod tmp".to_owned());
    assert_eq!(refusal(&cluster, "tmp", Some("nope")), invalid);
    let pending = (400, "pod f-cpu does not have a host assigned".to_owned());
    assert_eq!(refusal(&cluster, "f-cpu", None), pending);
    assert_eq!(refusal(&cluster, "nope", None).0, 404);
    let message = handle.no_command(cluster.world(), "nope").message;
    let tail = "OCI runtime exec failed: exec failed: unable to start container process: exec: \"nope\": executable \
                file not found in $PATH: unknown";
    assert!(message.ends_with(tail), "{message}");
    physical::kill(cluster.world_mut(), handle.process);
    assert!(refusal(&cluster, "tmp", None).1.ends_with("container not found (\"tmp\")"));
    assert!(!handle.is_running(cluster.world()));
}

#[test]
fn a_container_shows_its_limits_names_and_settings() {
    let (cluster, handle) = cluster("busybox:1.36");
    let world = cluster.world();
    let text = |path: &str| String::from_utf8(handle.read_file(world, path).unwrap()).unwrap();
    assert_eq!(text("/sys/fs/cgroup/memory.max"), "268435456\n");
    assert_eq!(text("/sys/fs/cgroup/cpu.max"), "50000 100000\n");
    assert_eq!(text("/etc/hostname"), "tmp\n");
    assert!(text("/etc/hosts").ends_with("10.244.1.1\ttmp\n"));
    assert!(
        text("/etc/resolv.conf").starts_with("search demo.svc.cluster.local svc.cluster.local")
    );
    assert!(text("/proc/1/environ").contains("COLOUR=blue\0"));
    assert_eq!(text("/proc/1/cmdline"), "sleep\u{0}3600\u{0}");
    assert_eq!(handle.processes(world)[0].command, "sleep 3600");
    assert_eq!(handle.env()["HOSTNAME"], "tmp");
    assert!(handle.has_command(world, "nslookup") && !handle.has_command(world, "bash"));
    assert_eq!(handle.read_file(world, "/etc"), Err(FileError::IsDirectory));
    assert_eq!(handle.read_file(world, "/missing"), Err(FileError::NotFound));
}

#[test]
fn what_is_written_is_seen_and_lost_at_the_next_start() {
    let (mut cluster, handle) = cluster("busybox:1.36");
    let world = cluster.world_mut();
    handle.write_file(world, "/tmp/a", b"one".to_vec()).unwrap();
    handle.write_file(world, "/data/b", b"two".to_vec()).unwrap();
    assert_eq!(handle.read_file(world, "tmp/../tmp/a"), Ok(b"one".to_vec()));
    let names = |world: &World, path| -> Vec<String> {
        handle.list_directory(world, path).unwrap().into_iter().map(|it| it.name).collect()
    };
    assert_eq!(names(world, "/data"), ["b"]);
    assert!(names(world, "/").contains(&"data".to_owned()));
    assert_eq!(names(world, "/etc/app"), ["config.yaml"]);
    let written = handle.write_file(world, CONFIG, Vec::new());
    assert_eq!(written, Err(FileError::ReadOnly));
    let lost = handle.write_file(world, "/nowhere/a", Vec::new());
    assert_eq!(lost, Err(FileError::NotFound));
    handle.remove_file(world, "/data/b").unwrap();
    assert_eq!(names(world, "/data"), Vec::<String>::new());
    physical::kill(world, handle.process);
    physical::start(world, spec(1, "busybox:1.36")).unwrap();
    let next = access(world, "demo", "tmp", None).unwrap();
    assert_eq!(next.read_file(world, "/tmp/a"), Err(FileError::NotFound));
}

#[test]
fn a_container_and_its_debugger_see_each_other() {
    let (mut cluster, handle) = cluster("busybox:1.36");
    let world = cluster.world_mut();
    let debugger = ContainerSpec {
        container: "debugger".into(),
        command: vec!["sleep".into(), "60".into()],
        sees: Sees::Container("tmp".into()),
        ..spec(1, "busybox:1.36")
    };
    let process = physical::start(world, debugger.clone()).expect("it starts");
    let stranger = ContainerSpec { container: "other".into(), sees: Sees::Own, ..debugger.clone() };
    let stranger = physical::start(world, stranger).expect("it starts");
    let image = handle.image.clone();
    let seen = |process, spec: ContainerSpec| {
        let handle = ContainerHandle { process, spec: Arc::new(spec), image: image.clone() };
        let rows = handle.processes(world).into_iter();
        rows.map(|it| (it.pid, it.command)).collect::<Vec<_>>()
    };
    let both = [(1, "sleep 3600".to_owned()), (7, "sleep 60".to_owned())];
    assert_eq!(seen(handle.process, spec(1, "busybox:1.36")), both);
    assert_eq!(seen(process, debugger.clone()), both);
    let alone = ContainerSpec { container: "other".into(), sees: Sees::Own, ..debugger };
    assert_eq!(seen(stranger, alone), [(1, "sleep 60".to_owned())]);
}

#[test]
fn files_are_bounded() {
    let (mut cluster, handle) = cluster("busybox:1.36");
    let world = cluster.world_mut();
    let large = handle.write_file(world, "/tmp/large", vec![0; 2 * 1024 * 1024]);
    assert_eq!(large, Err(FileError::NoSpace));
    let deep = "/a".repeat(100);
    assert_eq!(handle.read_file(world, &deep), Err(FileError::NameTooLong));
    let full = (0..20).map(|it| handle.write_file(world, &format!("/tmp/{it}"), vec![0; 900_000]));
    assert!(full.collect::<Vec<_>>().contains(&Err(FileError::NoSpace)));
}
