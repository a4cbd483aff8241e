//! `vi`, `vim`, `nano`: the trainee's own editor on a file of the workspace.

use super::{Reply, Surroundings};
use crate::shell::Request;
use crate::{FileError, ToolResult, Workspace};

pub(super) fn run(request: &Request, around: &mut Surroundings<'_>) -> Reply {
    let name = &request.argv[0];
    let files: Vec<&String> =
        request.argv[1..].iter().filter(|word| !word.starts_with(['-', '+'])).collect();
    let [file] = files.as_slice() else {
        return ToolResult::fail(
            format!("opsdrill: not simulated: {name} without exactly one file\n"),
            1,
        )
        .into();
    };
    let path = Workspace::resolve(&request.cwd, file);
    let before = match around.workspace.read(&path) {
        Ok(bytes) => bytes,
        Err(FileError::NotFound) => Vec::new(),
        Err(error) => return ToolResult::fail(format!("{name}: {file}: {error}\n"), 1).into(),
    };
    let Ok(text) = String::from_utf8(before) else {
        return ToolResult::fail(format!("{name}: {file}: binary file\n"), 1).into();
    };
    match around.host.edit(file, &text) {
        None => ToolResult::fail(format!("{name}: no text came back from the editor\n"), 1).into(),
        Some(edited) if edited == text => ToolResult::default().into(),
        Some(edited) => match around.workspace.write(&path, edited.as_bytes()) {
            Ok(()) => ToolResult::default().into(),
            Err(error) => ToolResult::fail(format!("{name}: {file}: {error}\n"), 1).into(),
        },
    }
}
