//! What `kubectl describe` and `kubectl top` show; layouts as recorded from the real ones.

mod bench;

use bench::Bench;
use opsdrill_shell::door::{Usage, UsagePart};

const NODE: &str = r#"
apiVersion: v1
kind: Node
metadata:
  name: worker-0
  labels: {kubernetes.io/hostname: worker-0, node-role.kubernetes.io/worker: ""}
  annotations: {node.alpha.kubernetes.io/ttl: "0"}
spec:
  podCIDR: 10.244.0.0/24
  podCIDRs: [10.244.0.0/24]
  taints:
  - {key: dedicated, value: gpu, effect: NoSchedule}
  - {key: evict, effect: NoExecute}
status:
  addresses:
  - {type: InternalIP, address: 192.0.2.2}
  - {type: Hostname, address: worker-0}
  capacity: {cpu: "1", ephemeral-storage: "0", memory: 3932160Ki, pods: "110"}
  allocatable: {cpu: "1", ephemeral-storage: "0", memory: 3932160Ki, pods: "110"}
  conditions:
  - type: Ready
    status: "True"
    lastHeartbeatTime: "2026-11-22T21:26:31Z"
    lastTransitionTime: "2026-11-22T21:26:01Z"
    reason: KubeletReady
    message: kubelet is posting ready status
  nodeInfo:
    architecture: amd64
    bootID: ""
    containerRuntimeVersion: fakeRuntime://0.1.0
    kernelVersion: 3.16.0-0.bpo.4-amd64
    kubeProxyVersion: v1.32.13
    kubeletVersion: v1.32.13
    machineID: ""
    operatingSystem: linux
    osImage: Debian GNU/Linux 7 (wheezy)
    systemUUID: ""
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: demo}
spec:
  nodeName: worker-0
  initContainers:
  - name: first
    image: nginx:1.27
    resources: {requests: {cpu: 290m}, limits: {cpu: 290m}}
  containers:
  - name: nginx
    image: nginx:1.27
    resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {cpu: 200m, memory: 128Mi}}
"#;

/// The text with what differs from run to run masked: dates, and the ages after `Age`.
fn masked(text: &str) -> String {
    let mut masked = String::new();
    for line in text.lines() {
        let line = match line.split_once("CreationTimestamp:  ") {
            Some((head, _)) => format!("{head}CreationTimestamp:  DATE"),
            None => line.to_owned(),
        };
        masked.push_str(&line);
        masked.push('\n');
    }
    masked
}

#[test]
fn a_node_is_described_with_what_its_pods_ask_of_it() {
    let mut bench = Bench::new();
    bench.given(NODE);
    let shown = masked(&bench.run("describe node worker-0"));
    let expected = "\
Name:               worker-0
Roles:              worker
Labels:             kubernetes.io/hostname=worker-0
                    node-role.kubernetes.io/worker=
Annotations:        node.alpha.kubernetes.io/ttl: 0
CreationTimestamp:  DATE
Taints:             evict:NoExecute
                    dedicated=gpu:NoSchedule
Unschedulable:      false
Lease:              Failed to get lease: leases.coordination.k8s.io \"worker-0\" not found
Conditions:
  Type    Status  LastHeartbeatTime                 LastTransitionTime                Reason         Message
  ----    ------  -----------------                 ------------------                ------         -------
  Ready   True    Sun, 22 Nov 2026 21:26:31 +0000   Sun, 22 Nov 2026 21:26:01 +0000   KubeletReady   kubelet is posting ready status
Addresses:
  InternalIP:  192.0.2.2
  Hostname:    worker-0
Capacity:
  cpu:                1
  ephemeral-storage:  0
  memory:             3840Mi
  pods:               110
Allocatable:
  cpu:                1
  ephemeral-storage:  0
  memory:             3840Mi
  pods:               110
System Info:
  Machine ID:                 
  System UUID:                
  Boot ID:                    
  Kernel Version:             3.16.0-0.bpo.4-amd64
  OS Image:                   Debian GNU/Linux 7 (wheezy)
  Operating System:           linux
  Architecture:               amd64
  Container Runtime Version:  fakeRuntime://0.1.0
  Kubelet Version:            v1.32.13
  Kube-Proxy Version:         v1.32.13
PodCIDR:                      10.244.0.0/24
PodCIDRs:                     10.244.0.0/24
Non-terminated Pods:          (1 in total)
  Namespace                   Name    CPU Requests  CPU Limits  Memory Requests  Memory Limits  Age
  ---------                   ----    ------------  ----------  ---------------  -------------  ---
  demo                        web     290m (28%)    290m (28%)  64Mi (1%)        128Mi (3%)     0s
Allocated resources:
  (Total limits may be over 100 percent, i.e., overcommitted.)
  Resource           Requests    Limits
  --------           --------    ------
  cpu                290m (28%)  290m (28%)
  memory             64Mi (1%)   128Mi (3%)
  ephemeral-storage  0 (0%)      0 (0%)
Events:              <none>
";
    assert_eq!(shown, expected);
}

#[test]
fn endpoints_are_described_subset_by_subset() {
    let mut bench = Bench::new();
    bench.given(
        "apiVersion: v1
kind: Endpoints
metadata: {name: web, namespace: demo}
subsets:
- addresses: [{ip: 10.244.0.2}, {ip: 10.244.1.3}]
  ports: [{port: 80, protocol: TCP}]
- notReadyAddresses: [{ip: 10.244.2.2}]
  ports: [{name: metrics, port: 9090, protocol: TCP}]
",
    );
    let expected = "\
Name:         web
Namespace:    demo
Labels:       <none>
Annotations:  <none>
Subsets:
  Addresses:          10.244.0.2,10.244.1.3
  NotReadyAddresses:  <none>
  Ports:
    Name     Port  Protocol
    ----     ----  --------
    <unset>  80    TCP

  Addresses:          <none>
  NotReadyAddresses:  10.244.2.2
  Ports:
    Name     Port  Protocol
    ----     ----  --------
    metrics  9090  TCP

Events:  <none>
";
    assert_eq!(bench.run("describe endpoints web"), expected);
}

#[test]
fn an_endpoint_slice_is_described_endpoint_by_endpoint() {
    let mut bench = Bench::new();
    bench.given(
        "apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, namespace: demo, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: '', port: 80, protocol: TCP}]
endpoints:
- addresses: [10.244.0.2]
  conditions: {ready: true}
  nodeName: worker-0
  zone: zone-0
  targetRef: {kind: Pod, name: web-x, namespace: demo}
",
    );
    let expected = "\
Name:         web-1
Namespace:    demo
Labels:       kubernetes.io/service-name=web
Annotations:  <none>
AddressType:  IPv4
Ports:
  Name     Port  Protocol
  ----     ----  --------
  <unset>  80    TCP
Endpoints:
  - Addresses:  10.244.0.2
    Conditions:
      Ready:    true
    Hostname:   <unset>
    TargetRef:  Pod/web-x
    NodeName:   worker-0
    Zone:       zone-0
Events:         <none>
";
    assert_eq!(bench.run("describe endpointslice web-1"), expected);
}

#[test]
fn a_kind_without_a_layout_shows_every_field() {
    let mut bench = Bench::with_web();
    let told =
        "get events --field-selector reason=SuccessfulCreate -o jsonpath={.items[0].metadata.name}";
    let name = bench.run(told).replace('\n', "");
    let shown = bench.run(&format!("describe event {name}"));
    let lines: Vec<&str> = shown.lines().map(str::trim_end).collect();
    assert_eq!(lines[1], "Namespace:        demo");
    for line in ["API Version:      v1", "Involved Object:", "Event Time:       <nil>"] {
        assert!(lines.contains(&line), "{line} in {shown}");
    }
    assert!(lines.last().unwrap().starts_with("Events:"), "{shown}");
    assert!(!shown.contains("Managed Fields"), "{shown}");
}

#[test]
fn a_service_counts_the_endpoints_that_it_does_not_show() {
    let mut bench = Bench::new();
    let slice = |ready: &str| {
        let endpoint = |last: usize, ready: &str| {
            format!("- {{addresses: [10.244.0.{last}], conditions: {{ready: {ready}}}}}\n")
        };
        let ready_ones: String = (2..5).map(|it| endpoint(it, "true")).collect();
        format!(
            "apiVersion: v1
kind: Service
metadata: {{name: web, namespace: demo}}
spec: {{ports: [{{port: 80}}], selector: {{app: nobody}}}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: web-1, namespace: demo, labels: {{kubernetes.io/service-name: web}}}}
addressType: IPv4
ports: [{{name: '', port: 80, protocol: TCP}}]
endpoints:
{ready_ones}{}",
            endpoint(5, ready)
        )
    };
    bench.given(&slice("true"));
    let shown = bench.run("describe svc web");
    let three = "10.244.0.2:80,10.244.0.3:80,10.244.0.4:80";
    assert!(shown.contains(&format!("Endpoints:                {three} + 1 more...\n")), "{shown}");
    let mut bench = Bench::new();
    bench.given(&slice("false"));
    let shown = bench.run("describe svc web");
    assert!(shown.contains(&format!("Endpoints:                {three} + 0 more...\n")), "{shown}");
}

fn used(name: &str, parts: &[(&str, i64, i64)]) -> Usage {
    let part = |(name, cpu_milli, mib): &(&str, i64, i64)| UsagePart {
        name: (*name).to_owned(),
        cpu_milli: *cpu_milli,
        memory_bytes: mib * 1024 * 1024,
    };
    let namespace = if name.starts_with("worker") { "" } else { "demo" };
    Usage {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        parts: parts.iter().map(part).collect(),
    }
}

#[test]
fn top_shows_what_nodes_and_pods_use() {
    let mut bench = Bench::new();
    assert_eq!(bench.run("top pod"), "! No resources found in demo namespace.\n");
    assert_eq!(bench.run("top node"), "! error: metrics not available yet\n(1)\n");
    bench.given(NODE);
    assert_eq!(bench.run("top pod"), "! error: metrics not available yet\n(1)\n");
    assert_eq!(
        bench.run("top pod web"),
        "! Error from server (NotFound): podmetrics.metrics.k8s.io \"demo/web\" not found\n(1)\n"
    );
    bench.door.usage = vec![used("web", &[("nginx", 1, 20), ("side", 290, 4)])];
    assert_eq!(
        bench.run("top pod"),
        "NAME   CPU(cores)   MEMORY(bytes)   \nweb    291m         24Mi            \n"
    );
    assert_eq!(
        bench.run("top pods --containers --sort-by=cpu --no-headers"),
        "web   side    290m   4Mi    \nweb   nginx   1m     20Mi   \n"
    );
    assert_eq!(
        bench.run("top pod --sort-by=name"),
        "! error: --sort-by accepts only cpu or memory\n(1)\n"
    );
    bench.door.usage = vec![used("worker-0", &[("", 290, 640)])];
    assert_eq!(
        bench.run("top node"),
        "NAME       CPU(cores)   CPU(%)   MEMORY(bytes)   MEMORY(%)   \nworker-0   290m         28%      640Mi           16%         \n"
    );
}
