//! What is written in containers: a layer for each run of one, and volumes, which outlive it.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy_ecs::resource::Resource;
use bevy_ecs::world::World;
use opsdrill_objects::{Kind, Uid};

use super::files::FileError;
use crate::physical::{DataMount, ProcessId};
use crate::store::Notice;

/// The most files that one run can write.
const LAYER_FILES_MAX: usize = 2_000;
/// The most bytes that one run can write.
const LAYER_BYTES_MAX: usize = 8 * 1024 * 1024;
/// The largest file that can be written.
const FILE_BYTES_MAX: usize = 1024 * 1024;

/// What the runs of containers have written, and what lies in volumes.
#[derive(Resource, Debug, Default)]
pub struct Layers {
    pub(super) runs: BTreeMap<ProcessId, Layer>,
    pub(super) volumes: BTreeMap<Arc<str>, Layer>,
}

/// Contents by absolute path (`None`: removed); a folder's path ends in `/`.
#[derive(Debug, Default)]
pub(super) struct Layer {
    pub(super) files: BTreeMap<String, Option<Vec<u8>>>,
    /// The sizes of files of which nobody knows the contents.
    pub(super) large: BTreeMap<String, u64>,
    /// How many bytes it holds, if that is known.
    pub(super) capacity: Option<u64>,
    /// How often anything in it has changed.
    pub(super) revision: u64,
}

impl Layer {
    /// Writes, makes or removes what lies at a path.
    pub(super) fn put(&mut self, path: String, contents: Option<Vec<u8>>) -> Result<(), FileError> {
        let size = contents.as_ref().map_or(0, Vec::len);
        let others = self.files.iter().filter(|(it, _)| **it != path);
        let used: usize = others.filter_map(|(_, it)| it.as_ref().map(Vec::len)).sum();
        let is_full = self.files.len() >= LAYER_FILES_MAX
            || size > FILE_BYTES_MAX
            || used + size > LAYER_BYTES_MAX
            || self.capacity.is_some_and(|it| {
                let large: u64 = self.large.values().sum();
                large + (used + size) as u64 > it
            });
        if contents.is_some() && is_full {
            return Err(FileError::NoSpace);
        }
        self.files.insert(path, contents);
        self.revision += 1;
        Ok(())
    }

    /// Removes what lies at a path of a volume.
    pub(super) fn remove(&mut self, path: &str) {
        self.files.remove(path);
        self.large.remove(path);
        self.revision += 1;
    }

    /// How many bytes lie in it.
    pub(super) fn bytes(&self) -> u64 {
        let large: u64 = self.large.values().sum();
        large + self.files.values().flatten().map(|it| it.len() as u64).sum::<u64>()
    }
}

/// How many bytes a run has written outside of its volumes.
pub(crate) fn written(world: &World, process: ProcessId) -> u64 {
    world.resource::<Layers>().runs.get(&process).map_or(0, Layer::bytes)
}

/// How many bytes lie in a volume that lives as long as its pod.
pub(crate) fn in_volume_of_pod(world: &World, pod: Uid, volume: &str) -> u64 {
    world.resource::<Layers>().volumes.get(&DataMount::of_pod(pod, volume)).map_or(0, Layer::bytes)
}

/// Fills the volume of a claim with one file, as the backups do that nobody takes away. Who writes to it then is out of
/// space until the file is removed; of what it holds nothing is known.
pub fn fill_volume(world: &mut World, namespace: &str, claim: &str, file: &str, capacity: u64) {
    let mut layers = world.resource_mut::<Layers>();
    let volume = layers.volumes.entry(DataMount::of_claim(namespace, claim)).or_default();
    let path = format!("/{}", file.trim_start_matches('/'));
    let rest = capacity.saturating_sub(volume.bytes());
    volume.files.insert(path.clone(), Some(Vec::new()));
    volume.large.insert(path, rest);
    volume.capacity = Some(capacity);
    volume.revision += 1;
}

/// Forgets what an ended run has written.
pub(in crate::physical) fn forget(world: &mut World, process: ProcessId) {
    world.resource_mut::<Layers>().runs.remove(&process);
}

/// Forgets the volumes that end with their pod or claim.
pub(in crate::physical) fn observe(world: &mut World, notices: &[Notice]) {
    for notice in notices.iter().filter(|it| it.new.is_none()) {
        let meta = &notice.object().meta;
        let volumes = &mut world.resource_mut::<Layers>().volumes;
        match notice.kind() {
            Kind::Pod if !volumes.is_empty() => {
                let start = DataMount::of_pod(meta.uid, "");
                let own = volumes.range(start.clone()..).map(|it| it.0);
                let own: Vec<_> = own.take_while(|it| it.starts_with(&*start)).cloned().collect();
                for name in own {
                    volumes.remove(&name);
                }
            }
            Kind::PersistentVolumeClaim => {
                volumes.remove(&DataMount::of_claim(meta.namespace(), &meta.name));
            }
            _ => {}
        }
    }
}

/// Feeds all that was written to a hash.
pub(in crate::physical) fn hash(world: &World, hasher: &mut blake3::Hasher) {
    let Layers { runs, volumes } = world.resource::<Layers>();
    let runs = runs.iter().map(|(process, layer)| (process.0.to_string(), layer));
    let volumes = volumes.iter().map(|(name, layer)| (name.to_string(), layer));
    for (name, layer) in runs.chain(volumes) {
        hasher.update(format!("{name} {:?}\n", layer.large).as_bytes());
        for (path, contents) in &layer.files {
            hasher.update(format!("{path} {:?}\n", contents.as_ref().map(Vec::len)).as_bytes());
            hasher.update(contents.as_deref().unwrap_or_default());
        }
    }
}
