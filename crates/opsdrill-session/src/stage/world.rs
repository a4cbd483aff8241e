//! What is there before anything is deployed: nodes, registries with their images, hosts, users.

use std::collections::BTreeMap;

use opsdrill_engine::kubelet::{self, NodeSpec};
use opsdrill_engine::physical::application::Catalogue;
use opsdrill_engine::physical::images::{self, RegistrySpec};
use opsdrill_engine::physical::network::{self, ExternalHost};
use opsdrill_engine::physical::traffic;
use opsdrill_engine::{Cluster, kube_system};
use opsdrill_objects::k8s_openapi::api::core::v1::Taint;
use opsdrill_objects::quantity::Quantity;

use crate::container_commands::Commands;
use crate::scenario::Scenario;
use crate::scenario::format::{Image, Node, Userland};

/// How a program's file begins.
const PROGRAM: &[u8] = b"\x7fELF\x02\x01\x01";

/// Furnishes a cluster; answers what of it could not be.
pub(super) fn furnish(cluster: &mut Cluster, scenario: &Scenario) -> Vec<String> {
    let world = &scenario.world;
    cluster.set_runner(Box::new(Commands));
    cluster.bootstrap();
    let mut problems = Vec::new();
    for node in &world.nodes {
        let registered = node_spec(node).and_then(|spec| {
            kubelet::register_node(cluster.world_mut(), &spec)
                .map(drop)
                .map_err(|status| status.message)
        });
        problems.extend(registered.err());
    }
    if world.without_metrics {
        cluster.remove_metrics_server();
    }
    for registry in &world.registries {
        let credentials = registry.username.clone().zip(registry.password.clone());
        images::add_registry(
            cluster.world_mut(),
            RegistrySpec { host: registry.host.clone(), credentials },
        );
    }
    for image in &world.images {
        problems.extend(add_image(cluster, scenario, image).err());
    }
    for (name, address) in &world.hosts {
        let (name, address) = (name.clone(), address.clone());
        network::add_external(
            cluster.world_mut(),
            ExternalHost { name, address, ..ExternalHost::default() },
        );
    }
    network::add_load_balancer_addresses(cluster.world_mut(), &world.load_balancers);
    for source in &world.traffic {
        problems.extend(traffic::add(cluster.world_mut(), source.clone()).err());
    }
    if world.kube_system {
        problems.extend(kube_system::install(cluster).err().map(|it| it.message));
    }
    problems
}

fn node_spec(node: &Node) -> Result<NodeSpec, String> {
    let quantity =
        |text: &str| Quantity::parse(text).map_err(|error| format!("node {}: {error}", node.name));
    let mut spec = NodeSpec {
        cpu_millis: quantity(&node.cpu)?.milli_value() as u64,
        memory_bytes: quantity(&node.memory)?.value() as u64,
        labels: node.labels.clone(),
        zone: node.zone.clone(),
        ..NodeSpec::named(&node.name)
    };
    if node.control_plane {
        spec.labels.insert("node-role.kubernetes.io/control-plane".into(), String::new());
        spec.taints.push(Taint {
            key: "node-role.kubernetes.io/control-plane".into(),
            effect: "NoSchedule".into(),
            ..Taint::default()
        });
    }
    Ok(spec)
}

fn add_image(cluster: &mut Cluster, scenario: &Scenario, image: &Image) -> Result<(), String> {
    let size = Quantity::parse(&image.size)
        .map_err(|error| format!("image {}: {error}", image.repository))?;
    let model = scenario
        .models
        .get(&image.model)
        .cloned()
        .ok_or_else(|| format!("no model {}", image.model))?;
    let userland = match image.userland {
        _ if image.distroless => images::Userland::Distroless,
        Some(Userland::Debian) => images::Userland::Debian,
        Some(Userland::Ubuntu) => images::Userland::Ubuntu,
        Some(Userland::Alpine) => images::Userland::Alpine,
        Some(Userland::Busybox) => images::Userland::Busybox,
        None => match image.repository.rsplit('/').next() {
            Some("busybox") => images::Userland::Busybox,
            Some("alpine") => images::Userland::Alpine,
            _ => images::Userland::default(),
        },
    };
    // What the program line names lies in the image, and it is started from there.
    let own = model.program.iter().filter(|it| it.starts_with("/app/"));
    let files: BTreeMap<String, Vec<u8>> = own.map(|it| (it.clone(), PROGRAM.to_vec())).collect();
    let working_dir = if files.is_empty() { "" } else { "/app" };
    for tag in &image.tags {
        let pushed = images::Image {
            reference: format!("{}:{tag}", image.repository),
            size: size.value() as u64,
            entrypoint: model.program.clone(),
            userland,
            working_dir: working_dir.to_owned(),
            files: files.clone(),
            ..images::Image::default()
        };
        images::add_image(cluster.world_mut(), pushed)?;
    }
    cluster.world_mut().resource_mut::<Catalogue>().insert(&image.repository, model);
    Ok(())
}
