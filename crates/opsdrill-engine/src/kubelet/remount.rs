//! Mounted ConfigMaps, Secrets and downward files that change while their pod runs.
//!
//! As in life, a container sees the new contents when its kubelet looks at the pod the next time, up to one and a half
//! minutes later; volumes mounted with `subPath` and environments stay as they were. Pods are found by what they mount,
//! so that a change costs as much as there are pods that it concerns.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bevy_ecs::world::World;
use k8s_openapi::api::core::v1::{Container, PodSpec, Volume};
use opsdrill_objects::event::EventType::Warning;
use opsdrill_objects::pod::TOKEN_VOLUME;
use opsdrill_objects::{Kind, Object, Uid};

use super::volumes::{self, Files};
use super::worker::{Worker, container_spec};
use super::{KubeletEvent, Kubelets, REACTION, report};
use crate::agenda::{Agenda, Event};
use crate::chance::Chance;
use crate::physical;
use crate::store::Notice;
use crate::time::{SimDuration, SimTime};
use crate::view::View;

/// Milliseconds between two looks of a kubelet at a pod where nothing happens: `syncFrequency`, and up to half of it more
/// (`workerResyncIntervalJitterFactor`).
const RESYNC_MS: (u64, u64) = (60_000, 90_000);

/// A ConfigMap or Secret: kind, namespace, name.
type Source = (Kind, Arc<str>, String);

/// Who mounts what, and for whom a look is planned.
#[derive(Debug, Default)]
pub(super) struct Mounts {
    pods: BTreeMap<Source, BTreeSet<Uid>>,
    planned: BTreeMap<Uid, SimTime>,
}

impl Mounts {
    /// Notes a pod that a kubelet begins to look after.
    pub(super) fn add(&mut self, object: &Object) {
        for source in sources(object) {
            self.pods.entry(source).or_default().insert(object.meta.uid);
        }
    }

    /// Forgets a pod.
    pub(super) fn remove(&mut self, object: &Object) {
        for source in sources(object) {
            let Some(pods) = self.pods.get_mut(&source) else { continue };
            pods.remove(&object.meta.uid);
            if pods.is_empty() {
                self.pods.remove(&source);
            }
        }
        self.planned.remove(&object.meta.uid);
    }
}

/// What a volume is filled from. The certificate in each pod's token volume is left out: it never changes.
fn sources_of(volume: &Volume) -> Vec<(Kind, &str)> {
    if volume.name == TOKEN_VOLUME {
        return Vec::new();
    }
    let secret = volume.secret.as_ref().and_then(|it| it.secret_name.as_deref());
    let config = volume.config_map.as_ref().map(|it| &*it.name);
    let mut sources: Vec<(Kind, &str)> = secret.map(|it| (Kind::Secret, it)).into_iter().collect();
    sources.extend(config.map(|it| (Kind::ConfigMap, it)));
    for part in volume.projected.iter().flat_map(|it| it.sources.iter().flatten()) {
        sources.extend(part.config_map.as_ref().map(|it| (Kind::ConfigMap, &*it.name)));
        sources.extend(part.secret.as_ref().map(|it| (Kind::Secret, &*it.name)));
    }
    sources
}

fn sources(object: &Object) -> Vec<Source> {
    let namespace = object.meta.namespace.clone().unwrap_or_default();
    let volumes = object.pod().and_then(|it| it.spec.volumes.as_deref()).unwrap_or_default();
    let all = volumes.iter().flat_map(sources_of);
    all.map(|(kind, name)| (kind, namespace.clone(), name.to_owned())).collect()
}

/// Whether a pod has files that tell of itself.
fn tells_of_itself(spec: &PodSpec) -> bool {
    spec.volumes.iter().flatten().any(|volume| {
        let projected = volume.projected.iter().flat_map(|it| it.sources.iter().flatten());
        volume.downward_api.is_some() || projected.into_iter().any(|it| it.downward_api.is_some())
    })
}

/// Notes changed ConfigMaps and Secrets.
pub(super) fn observe(world: &mut World, notices: &[Notice]) {
    for notice in notices {
        let object = notice.object();
        if !matches!(object.kind, Kind::ConfigMap | Kind::Secret) || is_same(notice) {
            continue;
        }
        let namespace = object.meta.namespace.clone().unwrap_or_default();
        let source = (object.kind, namespace, object.meta.name.to_string());
        let mounts = &world.resource::<Kubelets>().mounts;
        let pods: Vec<Uid> = mounts.pods.get(&source).into_iter().flatten().copied().collect();
        for pod in pods {
            plan_next_look(world, pod);
        }
    }
}

/// Whether nothing has changed that could be mounted. What was immutable is watched no longer.
fn is_same(notice: &Notice) -> bool {
    let immutable = |it: &Arc<Object>| {
        it.config_map().and_then(|it| it.immutable) == Some(true)
            || it.secret().and_then(|it| it.immutable) == Some(true)
    };
    match (&notice.old, &notice.new) {
        (Some(old), Some(new)) => old.body == new.body || immutable(old),
        (Some(old), None) => immutable(old),
        _ => false,
    }
}

/// Notes changed labels and annotations of a pod that mounts them.
pub(super) fn note_pod(world: &mut World, old: &Object, new: &Object) {
    let same =
        (&old.meta.labels, &old.meta.annotations) == (&new.meta.labels, &new.meta.annotations);
    if !same && new.pod().is_some_and(|it| tells_of_itself(&it.spec)) {
        let soon = world.resource::<Agenda>().now() + REACTION;
        plan(world, new.meta.uid, soon);
    }
}

/// Plans a look at a pod whose kubelet begins anew: what has changed meanwhile is not known.
pub(super) fn begin_anew(world: &mut World, worker: &Worker) {
    let Some(object) = report::pod(world, worker) else { return };
    let mounts =
        !sources(&object).is_empty() || object.pod().is_some_and(|it| tells_of_itself(&it.spec));
    if mounts {
        let soon = world.resource::<Agenda>().now() + REACTION;
        world.resource_mut::<Kubelets>().mounts.planned.remove(&worker.uid);
        plan(world, worker.uid, soon);
    }
}

/// Plans the look at a pod when its kubelet next syncs it, as it does all the time.
fn plan_next_look(world: &mut World, pod: Uid) {
    let Some(since) = world.resource::<Kubelets>().pods.get(pod).map(|it| it.since) else { return };
    let (low, high) = RESYNC_MS;
    let period = world.resource::<Chance>().between("resync", &pod.to_string(), low, high);
    let now = world.resource::<Agenda>().now();
    let looks = now.since(since).0 / period + 1;
    plan(world, pod, since + SimDuration(looks * period));
}

fn plan(world: &mut World, pod: Uid, time: SimTime) {
    let planned = &mut world.resource_mut::<Kubelets>().into_inner().mounts.planned;
    if planned.get(&pod).is_some_and(|it| *it <= time) {
        return;
    }
    planned.insert(pod, time);
    world.resource_mut::<Agenda>().at(time, Event::Kubelet(KubeletEvent::Remount(pod)));
}

/// Whether a planned look at a pod is due; it is over then.
pub(super) fn is_due(world: &mut World, pod: Uid) -> bool {
    let now = world.resource::<Agenda>().now();
    let planned = &mut world.resource_mut::<Kubelets>().into_inner().mounts.planned;
    planned.get(&pod) == Some(&now) && planned.remove(&pod).is_some()
}

/// Shows the running containers of a pod what their volumes hold now.
pub(super) fn remount(world: &mut World, worker: &mut Worker) {
    let Some(object) = report::pod(world, worker) else { return };
    let Some(pod) = object.pod() else { return };
    let view = View::new(world);
    let mut told = BTreeSet::new();
    let mut changed = Vec::new();
    for place in 0..worker.containers.len() {
        let running = worker.containers[place].running();
        let Some(process) = running.and_then(|it| physical::process::get(world, it.process)) else {
            continue;
        };
        let Some(container) = container_spec(&pod.spec, place) else { continue };
        let (files, problems) = renewed(view, &object, &container, worker, process.files());
        told.extend(problems);
        if files != *process.files() {
            changed.push((process.id, files));
        }
    }
    for (process, files) in changed {
        physical::process::remount(world, process, files);
    }
    for (volume, problem) in told {
        let message = format!("MountVolume.SetUp failed for volume {volume:?} : {problem}");
        report::pod_event(world, worker, &object, Warning, "FailedMount", message);
    }
}

/// A container's files with what its volumes hold now, and what is wrong with volumes that stay as they were.
fn renewed(
    view: View<'_>,
    object: &Object,
    container: &Container,
    worker: &Worker,
    before: &Files,
) -> (Files, Vec<(String, String)>) {
    let spec = object.pod().map(|it| it.spec.clone()).unwrap_or_default();
    let mut problems = Vec::new();
    // By folder: what a volume holds now, or nothing if it stays as it was.
    let mut folders: BTreeMap<&str, Option<Files>> = BTreeMap::new();
    for mount in container.volume_mounts.iter().flatten() {
        let whole = mount.sub_path.as_deref().unwrap_or_default().is_empty()
            && mount.sub_path_expr.as_deref().unwrap_or_default().is_empty();
        let volume = spec.volumes.iter().flatten().find(|it| it.name == mount.name);
        let follows = volume.filter(|it| whole && (!sources_of(it).is_empty() || follows_pod(it)));
        let now = follows.and_then(|it| match volumes::mount(view, object, worker, it) {
            Ok(files) => Some(files),
            Err(problem) => {
                problems.push((mount.name.clone(), problem));
                None
            }
        });
        folders.insert(mount.mount_path.trim_end_matches('/'), now);
    }
    let is_kept = |path: &str| {
        let inside = |folder: &str| {
            path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let nearest = folders.iter().filter(|(it, _)| inside(it)).max_by_key(|(it, _)| it.len());
        nearest.is_none_or(|(_, now)| now.is_none())
    };
    let kept = before.iter().filter(|(path, _)| is_kept(path));
    let mut files: Files = kept.map(|(path, data)| (path.clone(), data.clone())).collect();
    for (folder, now) in folders {
        let now = now.into_iter().flatten();
        files.extend(now.map(|(path, data)| (format!("{folder}/{path}"), data)));
    }
    (files, problems)
}

fn follows_pod(volume: &Volume) -> bool {
    volume.downward_api.is_some()
}
