//! Kubelets whose containers end when the test says so.

use opsdrill_objects::{Kind, Uid};
use serde_json::{Value, json};

use super::{NodeSpec, process_ended, register_node};
use crate::api::{Identity, Payload, Request, Target, Verb};
use crate::physical::{self, ProcessEnd};
use crate::{Cluster, ClusterConfig, SimTime};

fn cluster() -> Cluster {
    let mut cluster = Cluster::new(ClusterConfig::default());
    cluster.bootstrap();
    wait(&mut cluster, 1000);
    register_node(cluster.world_mut(), &NodeSpec::named("worker-0")).unwrap();
    let container = json!({ "name": "c", "image": "nginx:1.27" });
    let pod = json!({ "metadata": { "name": "web" }, "spec": { "containers": [container] } });
    let target = Target::one(Kind::Pod, "default", "");
    let request = Request::new(Verb::Create(Payload::Document(pod)), target);
    cluster.handle(&Identity::admin("trainee"), request).object().unwrap();
    wait(&mut cluster, 60_000);
    cluster
}

fn wait(cluster: &mut Cluster, milliseconds: u64) {
    let until = SimTime(cluster.now().0 + milliseconds);
    cluster.advance(until);
}

fn container(cluster: &Cluster) -> (Uid, Value) {
    let pod = cluster.view().get(Kind::Pod, "default", "web").unwrap();
    (pod.meta.uid, pod.to_value()["status"]["containerStatuses"][0].clone())
}

fn crash(cluster: &mut Cluster, exit_code: i32, reason: &'static str) {
    let uid = container(cluster).0;
    let world = cluster.world_mut();
    let process = physical::process::of_container(world, uid, "c").expect("it runs").id;
    physical::kill(world, process);
    process_ended(
        world,
        uid,
        &"c".into(),
        ProcessEnd { exit_code, reason, message: String::new() },
    );
}

/// The course of recordings 113 and 122: at once, after 10 s, after 20 s; the look at the pod comes each 10 to 15 s.
#[test]
fn a_crashing_container_is_left_alone_for_longer_and_longer() {
    let mut cluster = cluster();
    crash(&mut cluster, 1, "Error");
    wait(&mut cluster, 3000);
    let (_, status) = container(&cluster);
    assert_eq!(status["restartCount"], 1, "{status:#}");
    assert_eq!(status["lastState"]["terminated"]["exitCode"], 1);
    assert_eq!(status["ready"], true);
    crash(&mut cluster, 137, "OOMKilled");
    wait(&mut cluster, 3000);
    let (_, status) = container(&cluster);
    assert_eq!(status["state"]["terminated"]["reason"], "OOMKilled", "{status:#}");
    assert_eq!(status["lastState"]["terminated"]["exitCode"], 1);
    wait(&mut cluster, 17_000);
    let (_, status) = container(&cluster);
    assert_eq!(status["restartCount"], 2, "{status:#}");
    crash(&mut cluster, 1, "Error");
    wait(&mut cluster, 17_000);
    let (uid, status) = container(&cluster);
    let message = format!("back-off 20s restarting failed container=c pod=web_default({uid})");
    let waiting = json!({ "reason": "CrashLoopBackOff", "message": message });
    assert_eq!(status["state"]["waiting"], waiting, "{status:#}");
    assert_eq!(status["lastState"]["terminated"]["exitCode"], 1);
    assert_eq!(status["started"], false);
}

#[test]
fn a_reboot_restarts_containers() {
    let mut cluster = cluster();
    super::reboot_node(cluster.world_mut(), "worker-0", 20_000);
    assert!(super::is_silent_since(cluster.world(), "worker-0").is_some());
    wait(&mut cluster, 30_000);
    let (_, status) = container(&cluster);
    assert_eq!(status["restartCount"], 1, "{status:#}");
    assert_eq!(status["lastState"]["terminated"]["exitCode"], 255);
    assert_eq!(status["lastState"]["terminated"]["reason"], "Unknown");
    assert_eq!(super::is_silent_since(cluster.world(), "worker-0"), None);
}
