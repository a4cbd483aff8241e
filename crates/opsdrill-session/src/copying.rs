//! `kubectl cp` in a container, where it is `tar`: what it packs, unpacks and complains of.

use opsdrill_engine::Cluster;
use opsdrill_engine::physical::container::ContainerHandle;
use opsdrill_shell::door::{CopiedFile, CopiedOut, CopyError};

/// Packs a file, or a folder with all that lies in it.
pub(crate) fn out(
    cluster: &Cluster,
    handle: &ContainerHandle,
    path: &str,
) -> Result<CopiedOut, CopyError> {
    let world = cluster.world();
    need_tar(cluster, handle)?;
    let busybox = handle.image.userland.is_busybox();
    let found = handle.stat(world, path).map_err(|why| {
        let stderr = if busybox {
            format!("tar: {path}: {why}\ntar: error exit delayed from previous errors\n")
        } else {
            format!(
                "tar: {path}: Cannot stat: {why}\ntar: Exiting with failure status due to previous errors\n"
            )
        };
        CopyError::Tar { stderr, exit_code: if busybox { 1 } else { 2 } }
    })?;
    let stderr = match (path.starts_with('/'), busybox) {
        (false, _) => "",
        (true, true) => "tar: removing leading '/' from member names\n",
        (true, false) => "tar: Removing leading `/' from member names\n",
    };
    let mut files = Vec::new();
    if found.is_directory {
        let folder = handle.absolute(path).unwrap_or_default();
        let prefix = format!("{}/", folder.trim_end_matches('/'));
        for known in handle.all_paths(world) {
            let Some(rest) = known.strip_prefix(&prefix).filter(|it| !it.is_empty()) else {
                continue;
            };
            let content = if rest.ends_with('/') {
                None
            } else {
                Some(handle.read_file(world, &known).unwrap_or_default())
            };
            files.push(CopiedFile { path: rest.trim_end_matches('/').to_owned(), content });
        }
    } else {
        let content = Some(handle.read_file(world, path).unwrap_or_default());
        files.push(CopiedFile { path: String::new(), content });
    }
    Ok(CopiedOut { files, stderr: stderr.to_owned() })
}

/// Unpacks files in a folder.
pub(crate) fn into(
    cluster: &mut Cluster,
    handle: &ContainerHandle,
    folder: &str,
    files: &[CopiedFile],
) -> Result<(), CopyError> {
    need_tar(cluster, handle)?;
    let busybox = handle.image.userland.is_busybox();
    let exit_code = if busybox { 1 } else { 2 };
    let is_folder = handle.stat(cluster.world(), folder).is_ok_and(|it| it.is_directory);
    if !is_folder {
        let stderr = if busybox {
            format!("tar: can't change directory to '{folder}': No such file or directory\n")
        } else {
            format!(
                "tar: {folder}: Cannot open: No such file or directory\ntar: Error is not recoverable: exiting now\n"
            )
        };
        return Err(CopyError::Tar { stderr, exit_code });
    }
    for file in files {
        let path = format!("{}/{}", folder.trim_end_matches('/'), file.path);
        let world = cluster.world_mut();
        let done = match &file.content {
            Some(content) => handle.write_file(world, &path, content.clone()),
            None => handle.make_directory(world, &path),
        };
        done.map_err(|why| {
            let stderr = if busybox {
                format!("tar: can't open '{}': {why}\n", file.path)
            } else {
                format!(
                    "tar: {}: Cannot open: {why}\ntar: Exiting with failure status due to previous errors\n",
                    file.path
                )
            };
            CopyError::Tar { stderr, exit_code }
        })?;
    }
    Ok(())
}

fn need_tar(cluster: &Cluster, handle: &ContainerHandle) -> Result<(), CopyError> {
    if handle.has_command(cluster.world(), "tar") {
        return Ok(());
    }
    Err(handle.no_command(cluster.world(), "tar").into())
}
