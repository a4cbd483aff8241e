//! Files of the workspace that the trainee has changed with an editor of their own, beside the drill's shell.

use opsdrill_shell::Workspace;
use serde::{Deserialize, Serialize};

/// The trainee's home in the drill's shell.
const HOME: &str = "/home/trainee";

/// The most files that a session shows outside, and how deep its folders are.
const FILES_MAX: usize = 1_000;
const DEPTH_MAX: usize = 16;

/// A file that came, changed or went outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BroughtFile {
    /// The path below the home.
    pub path: String,
    /// What it says now; `None` if it is gone.
    pub text: Option<String>,
}

/// Puts a file into the workspace.
///
/// # Errors
/// Why it cannot be there, such as a folder of that name.
pub(crate) fn put(workspace: &mut Workspace, file: &BroughtFile) -> Result<(), String> {
    let path = format!("{HOME}/{}", file.path);
    let put = match &file.text {
        None if workspace.exists(&path) => workspace.remove(&path),
        None => Ok(()),
        Some(text) => {
            let folder = path.rsplit_once('/').map_or(HOME, |it| it.0);
            workspace.make_dirs(folder).and_then(|()| workspace.write(&path, text.as_bytes()))
        }
    };
    put.map_err(|why| format!("{}: {why}", file.path))
}

/// The files of the home by their paths below it, hidden ones apart.
pub(crate) fn files(workspace: &Workspace) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    collect(workspace, "", DEPTH_MAX, &mut files);
    files
}

fn collect(workspace: &Workspace, below: &str, depth: usize, files: &mut Vec<(String, Vec<u8>)>) {
    let listed = workspace.list(&format!("{HOME}/{below}")).unwrap_or_default();
    for entry in listed.iter().filter(|it| !it.name.starts_with('.')) {
        let path = format!("{below}{}", entry.name);
        if entry.is_dir {
            if depth > 0 {
                collect(workspace, &format!("{path}/"), depth - 1, files);
            }
        } else if files.len() < FILES_MAX
            && let Ok(contents) = workspace.read(&format!("{HOME}/{path}"))
        {
            files.push((path, contents));
        }
    }
}
