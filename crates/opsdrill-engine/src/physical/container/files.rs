//! The files that a command in a container sees: image, volumes, what kubelet and kernel provide, and what was written.
//!
//! What is written lies in a layer of its own run and is lost with it, or in a volume, which other containers may have
//! mounted, too. Folders with mounted files are read-only.

use std::collections::BTreeMap;

use bevy_ecs::world::World;
use thiserror::Error;

use super::ContainerHandle;
use super::layers::{Layer, Layers};
use crate::kubelet;
use crate::physical::application::model::Runtime;
use crate::physical::{DataMount, nginx, process};
use crate::view::View;

/// The longest path.
const PATH_BYTES_MAX: usize = 4_096;
/// The deepest path.
const PATH_DEPTH_MAX: usize = 64;

/// Why a file cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FileError {
    /// ENOENT.
    #[error("No such file or directory")]
    NotFound,
    /// EISDIR.
    #[error("Is a directory")]
    IsDirectory,
    /// ENOTDIR.
    #[error("Not a directory")]
    NotDirectory,
    /// EROFS.
    #[error("Read-only file system")]
    ReadOnly,
    /// EACCES.
    #[error("Permission denied")]
    Denied,
    /// ENAMETOOLONG.
    #[error("File name too long")]
    NameTooLong,
    /// ENOSPC.
    #[error("No space left on device")]
    NoSpace,
}

/// An entry of a folder, or what `stat` tells of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEntry {
    /// Last part of the path.
    pub name: String,
    /// Whether it is a folder.
    pub is_directory: bool,
    /// Bytes; 0 for folders.
    pub size: u64,
}

impl DataMount {
    /// Whether nothing more can be written.
    fn is_full(&self, world: &World) -> bool {
        let used = world.resource::<Layers>().volumes.get(&self.volume).map_or(0, Layer::bytes);
        self.capacity.is_some_and(|it| used >= it)
    }
}

/// A path as a folder's and what lies below it.
fn below<'p>(folder: &str, path: &'p str) -> Option<&'p str> {
    path.strip_prefix(folder).filter(|it| it.is_empty() || it.starts_with('/'))
}

impl ContainerHandle {
    /// The absolute form of a path as typed in the working directory.
    ///
    /// # Errors
    /// Too long or too deep.
    pub fn absolute(&self, path: &str) -> Result<String, FileError> {
        if path.len() > PATH_BYTES_MAX {
            return Err(FileError::NameTooLong);
        }
        let whole = if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("{}/{path}", self.working_dir())
        };
        let mut parts: Vec<&str> = Vec::new();
        for part in whole.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        if parts.len() > PATH_DEPTH_MAX {
            return Err(FileError::NameTooLong);
        }
        Ok(format!("/{}", parts.join("/")))
    }

    /// Reads a file.
    ///
    /// # Errors
    /// As the system call.
    pub fn read_file(&self, world: &World, path: &str) -> Result<Vec<u8>, FileError> {
        let path = self.absolute(path)?;
        if let Some(contents) = self.contents(world, &path) {
            return Ok(contents);
        }
        Err(if self.is_directory(world, &path) {
            FileError::IsDirectory
        } else {
            FileError::NotFound
        })
    }

    /// What is known of a path.
    ///
    /// # Errors
    /// As the system call.
    pub fn stat(&self, world: &World, path: &str) -> Result<FileEntry, FileError> {
        let path = self.absolute(path)?;
        let name = path.rsplit('/').next().unwrap_or_default().to_owned();
        if let Some(contents) = self.contents(world, &path) {
            let size = self.size(world, &path, &contents);
            return Ok(FileEntry { name, is_directory: false, size });
        }
        if self.is_directory(world, &path) {
            return Ok(FileEntry { name, is_directory: true, size: 0 });
        }
        Err(FileError::NotFound)
    }

    /// The entries of a folder in order of name.
    ///
    /// # Errors
    /// As the system call.
    pub fn list_directory(&self, world: &World, path: &str) -> Result<Vec<FileEntry>, FileError> {
        let path = self.absolute(path)?;
        if self.contents(world, &path).is_some() {
            return Err(FileError::NotDirectory);
        }
        if !self.is_directory(world, &path) {
            return Err(FileError::NotFound);
        }
        let folder = as_folder(&path);
        let mut entries: BTreeMap<String, bool> = BTreeMap::new();
        for known in self.paths(world) {
            let Some(rest) = known.strip_prefix(&folder).filter(|it| !it.is_empty()) else {
                continue;
            };
            let (name, is_directory) = match rest.split_once('/') {
                Some((name, _)) => (name, true),
                None => (rest, false),
            };
            *entries.entry(name.to_owned()).or_default() |= is_directory;
        }
        let size = |name: &str| {
            let path = format!("{folder}{name}");
            self.contents(world, &path).map_or(0, |it| self.size(world, &path, &it))
        };
        Ok(entries
            .into_iter()
            .map(|(name, is_directory)| FileEntry { size: size(&name), name, is_directory })
            .collect())
    }

    /// Writes a file.
    ///
    /// # Errors
    /// As the system calls; nothing is written then.
    pub fn write_file(
        &self,
        world: &mut World,
        path: &str,
        contents: Vec<u8>,
    ) -> Result<(), FileError> {
        let path = self.absolute(path)?;
        if self.is_directory(world, &path) {
            return Err(FileError::IsDirectory);
        }
        self.may_write(world, &path)?;
        self.put(world, path, Some(contents))
    }

    /// Makes a folder.
    ///
    /// # Errors
    /// As the system call.
    pub fn make_directory(&self, world: &mut World, path: &str) -> Result<(), FileError> {
        let path = self.absolute(path)?;
        self.may_write(world, &path)?;
        self.put(world, as_folder(&path), Some(Vec::new()))
    }

    /// Removes a file.
    ///
    /// # Errors
    /// As the system call.
    pub fn remove_file(&self, world: &mut World, path: &str) -> Result<(), FileError> {
        let path = self.absolute(path)?;
        if self.contents(world, &path).is_none() {
            let directory = self.is_directory(world, &path);
            return Err(if directory { FileError::IsDirectory } else { FileError::NotFound });
        }
        self.may_remove(world, &path)?;
        self.put(world, path, None)
    }

    /// Removes a folder with all that lies in it.
    ///
    /// # Errors
    /// As the system call.
    pub fn remove_directory(&self, world: &mut World, path: &str) -> Result<(), FileError> {
        let path = self.absolute(path)?;
        if self.contents(world, &path).is_some() {
            return Err(FileError::NotDirectory);
        }
        if !self.is_directory(world, &path) {
            return Err(FileError::NotFound);
        }
        self.may_remove(world, &path)?;
        let folder = as_folder(&path);
        let inner: Vec<String> =
            self.paths(world).into_iter().filter(|it| it.starts_with(&folder)).collect();
        inner.into_iter().try_for_each(|it| self.put(world, it, None))
    }

    /// Every path that a command sees: files, and folders that may be empty with a `/` at the end.
    pub fn all_paths(&self, world: &World) -> Vec<String> {
        self.paths(world)
    }

    /// Whether files can be made and changed in a folder.
    ///
    /// # Errors
    /// What the system call answers.
    pub fn may_write_in(&self, world: &World, folder: &str) -> Result<(), FileError> {
        self.may_write(world, &format!("{}new", as_folder(folder)))
    }

    fn put(
        &self,
        world: &mut World,
        path: String,
        contents: Option<Vec<u8>>,
    ) -> Result<(), FileError> {
        let size = contents.as_ref().map_or(0, Vec::len);
        let mut layers = world.resource_mut::<Layers>();
        match self.in_volume(&path) {
            None => layers.runs.entry(self.process).or_default().put(path, contents)?,
            Some((mount, inside)) => {
                let volume = layers.volumes.entry(mount.volume.clone()).or_default();
                volume.capacity = mount.capacity;
                if contents.is_some() {
                    volume.put(inside, contents)?;
                } else {
                    volume.remove(&inside);
                }
            }
        }
        if size > 0 {
            kubelet::files_written(world, self.spec.pod);
        }
        // Whoever serves files may answer otherwise now.
        let serves =
            |it: &process::Process| it.serves_files.is_some() || it.model.runtime == Runtime::Nginx;
        if process::get(world, self.process).is_some_and(serves) {
            kubelet::probes_may_change(world, self.spec.pod);
        }
        Ok(())
    }

    /// The volume in which a path lies, and its path there.
    fn in_volume(&self, path: &str) -> Option<(&DataMount, String)> {
        let mounts = self.spec.data.iter().filter(|it| below(&it.folder, path).is_some());
        let mount = mounts.max_by_key(|it| it.folder.len())?;
        // Another volume's files may be mounted in between.
        if self.spec.files.contains_key(path) {
            return None;
        }
        Some((mount, format!("{}{}", mount.sub_path, below(&mount.folder, path)?)))
    }

    /// Counts changes of anything that the container sees and somebody can write.
    pub fn files_revision(&self, world: &World) -> u64 {
        let layers = world.resource::<Layers>();
        let own = layers.runs.get(&self.process);
        let volumes = self.spec.data.iter().filter_map(|it| layers.volumes.get(&it.volume));
        own.into_iter().chain(volumes).map(|it| it.revision).sum()
    }

    fn may_write(&self, world: &World, path: &str) -> Result<(), FileError> {
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        if !parent.is_empty() && !self.is_directory(world, parent) {
            return Err(FileError::NotFound);
        }
        let folder = as_folder(parent);
        let is_mounted = |it: &String| {
            it.starts_with(&folder) && !it.ends_with('/') && !it[folder.len()..].contains('/')
        };
        if folder.starts_with("/proc/") || folder.starts_with("/sys/") {
            return Err(FileError::ReadOnly);
        }
        if self.mounted(world).keys().any(is_mounted) {
            return Err(FileError::ReadOnly);
        }
        if let Some((mount, _)) = self.in_volume(path) {
            return match mount {
                it if it.read_only => Err(FileError::ReadOnly),
                it if it.of_root && self.user_id() != 0 => Err(FileError::Denied),
                it if it.is_full(world) => Err(FileError::NoSpace),
                _ => Ok(()),
            };
        }
        if self.spec.read_only_root && !folder.starts_with("/dev/") {
            return Err(FileError::ReadOnly);
        }
        let open = ["/tmp/", "/var/tmp/", "/dev/"].iter().any(|it| folder.starts_with(it));
        let own =
            self.mounted(world).keys().any(|it| it.ends_with('/') && folder.starts_with(&**it));
        let home = folder.starts_with(&as_folder(&self.working_dir())) && self.working_dir() != "/";
        if self.user_id() == 0 || open || own || home { Ok(()) } else { Err(FileError::Denied) }
    }

    /// What lies on a full volume can go.
    fn may_remove(&self, world: &World, path: &str) -> Result<(), FileError> {
        self.may_write(world, path).or_else(|error| match error {
            FileError::NoSpace => Ok(()),
            other => Err(other),
        })
    }

    fn is_directory(&self, world: &World, path: &str) -> bool {
        let folder = as_folder(path);
        folder == "/" || self.paths(world).iter().any(|it| it.starts_with(&folder))
    }

    /// The files of the volumes as they are now.
    fn mounted<'a>(&'a self, world: &'a World) -> &'a BTreeMap<String, Vec<u8>> {
        process::get(world, self.process).map_or(&self.spec.files, |it| it.files())
    }

    /// All paths; folders that may be empty end in `/`.
    fn paths(&self, world: &World) -> Vec<String> {
        let userland = self.image.userland;
        let mut paths: Vec<String> = userland.folders().map(|it| format!("/{it}/")).collect();
        paths.extend(userland.commands().map(|it| format!("/bin/{it}")));
        paths.extend(self.image.commands.iter().map(|it| format!("/usr/bin/{it}")));
        paths.extend(PROVIDED.iter().map(|it| (*it).to_owned()));
        if userland.os_release().is_some() {
            paths.push("/etc/os-release".to_owned());
        }
        if nginx::is_nginx(world, self.process) {
            let packaged = nginx::PACKAGED.iter().map(|it| it.0);
            paths.extend(packaged.filter(|it| !self.is_covered(world, it)).map(str::to_owned));
            paths.extend(["/var/cache/nginx/".to_owned(), "/var/log/nginx/".to_owned()]);
        }
        paths.push(as_folder(&self.working_dir()));
        paths.extend(self.image.files.keys().cloned());
        paths.extend(self.mounted(world).keys().cloned());
        let layers = world.resource::<Layers>();
        if let Some(layer) = layers.runs.get(&self.process) {
            let layer = &layer.files;
            paths.retain(|it| !matches!(layer.get(it), Some(None)));
            paths.extend(layer.iter().filter(|(_, it)| it.is_some()).map(|(it, _)| it.clone()));
        }
        for mount in &self.spec.data {
            paths.push(as_folder(&mount.folder));
            let files = layers.volumes.get(&mount.volume).map(|it| it.files.keys());
            let inside = files.into_iter().flatten().filter_map(|it| below(&mount.sub_path, it));
            let inside = inside.filter(|it| it.len() > 1);
            paths.extend(inside.map(|it| format!("{}{it}", mount.folder)));
        }
        paths
    }

    /// A file's contents.
    fn contents(&self, world: &World, path: &str) -> Option<Vec<u8>> {
        let layers = world.resource::<Layers>();
        if let Some((mount, inside)) = self.in_volume(path) {
            return layers.volumes.get(&mount.volume)?.files.get(&inside)?.clone();
        }
        if let Some(written) = layers.runs.get(&self.process).and_then(|it| it.files.get(path)) {
            return written.clone();
        }
        if let Some(mounted) = self.mounted(world).get(path) {
            return Some(mounted.clone());
        }
        if let Some(text) = self.provided(world, path) {
            return Some(text.into_bytes());
        }
        if let Some(kept) = self.image.files.get(path) {
            return Some(kept.clone());
        }
        let command = path.strip_prefix("/bin/").or(path.strip_prefix("/usr/bin/"))?;
        self.image.has_command(command).then(|| b"\x7fELF\x02\x01\x01".to_vec())
    }

    /// How large a file is.
    fn size(&self, world: &World, path: &str, contents: &[u8]) -> u64 {
        let volume = self.in_volume(path).and_then(|(mount, inside)| {
            let volume = world.resource::<Layers>().volumes.get(&mount.volume)?;
            volume.large.get(&inside).copied()
        });
        volume.unwrap_or(contents.len() as u64)
    }

    /// The volumes in which data is kept: where, how much they hold if that is known, and how much of it is taken.
    pub fn volumes(&self, world: &World) -> Vec<(&str, Option<u64>, u64)> {
        let volumes = &world.resource::<Layers>().volumes;
        let used = |mount: &DataMount| volumes.get(&mount.volume).map_or(0, Layer::bytes);
        self.spec.data.iter().map(|it| (&*it.folder, it.capacity, used(it))).collect()
    }

    /// The sizes of files of which nobody knows the contents, by path.
    pub fn large_files(&self, world: &World) -> BTreeMap<String, u64> {
        let volumes = &world.resource::<Layers>().volumes;
        let mounts = self.spec.data.iter().filter_map(|it| Some((it, volumes.get(&it.volume)?)));
        let files = mounts.flat_map(|(mount, volume)| {
            let inside = volume.large.iter();
            inside.filter_map(|(path, size)| {
                Some((format!("{}{}", mount.folder, below(&mount.sub_path, path)?), *size))
            })
        });
        files.collect()
    }

    /// Whether a volume lies over the folder of a path, so that what the image has there is hidden.
    pub(super) fn is_covered(&self, world: &World, path: &str) -> bool {
        let object = View::new(world).by_uid(self.spec.pod);
        let Some(pod) = object.and_then(|it| it.pod()) else { return false };
        let containers =
            pod.spec.containers.iter().chain(pod.spec.init_containers.iter().flatten());
        let mut own = containers.filter(|it| it.name == *self.spec.container);
        let mounts = own.next().and_then(|it| it.volume_mounts.as_deref()).unwrap_or_default();
        mounts.iter().any(|it| path.starts_with(&as_folder(&it.mount_path)))
    }

    /// Whether anything below a folder, which ends in `/`, is not as the image has it.
    pub(in crate::physical) fn is_touched_below(&self, world: &World, folder: &str) -> bool {
        let is_below = |it: &String| it.starts_with(folder);
        let layers = world.resource::<Layers>();
        self.mounted(world).keys().any(is_below)
            || self.spec.data.iter().any(|it| {
                let mount = as_folder(&it.folder);
                mount.starts_with(folder) || folder.starts_with(&mount)
            })
            || layers.runs.get(&self.process).is_some_and(|it| it.files.keys().any(is_below))
    }
}

/// The paths of [`ContainerHandle::provided`] that every image has.
const PROVIDED: &[&str] = &[
    "/dev/termination-log",
    "/etc/hostname",
    "/etc/hosts",
    "/etc/passwd",
    "/etc/resolv.conf",
    "/proc/1/cmdline",
    "/proc/1/environ",
    "/sys/fs/cgroup/cpu.max",
    "/sys/fs/cgroup/memory.current",
    "/sys/fs/cgroup/memory.max",
];

fn as_folder(path: &str) -> String {
    if path.ends_with('/') { path.to_owned() } else { format!("{path}/") }
}
