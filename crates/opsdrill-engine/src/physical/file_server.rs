//! Files of a container that a command in it serves: busybox' `httpd`, Python's `http.server`.

use std::fmt::Write as _;

use bevy_ecs::world::World;

use super::Process;
use super::container::ContainerHandle;

/// What a path answers: status, content type and body. `None` if the process serves no files.
pub(super) fn answer(
    world: &World,
    process: &Process,
    path: &str,
) -> Option<(u16, &'static str, String)> {
    let root = process.serves_files.as_deref()?;
    let handle = ContainerHandle::of_process(world, process.id)?;
    let file = format!("{}{path}", root.trim_end_matches('/'));
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    if let Ok(contents) = handle.read_file(world, &file) {
        return Some((200, kind(&file), text(contents)));
    }
    let index = format!("{}/index.html", file.trim_end_matches('/'));
    if let Ok(contents) = handle.read_file(world, &index) {
        return Some((200, "text/html", text(contents)));
    }
    if let Ok(entries) = handle.list_directory(world, &file) {
        let mut list = format!("<!DOCTYPE HTML>\n<html>\n<body>\n<h1>{path}</h1>\n<ul>\n");
        for entry in entries {
            let slash = if entry.is_directory { "/" } else { "" };
            let name = entry.name;
            let _ = writeln!(list, "<li><a href=\"{name}{slash}\">{name}{slash}</a></li>");
        }
        return Some((200, "text/html", list + "</ul>\n</body>\n</html>\n"));
    }
    let body = "<HTML><HEAD><TITLE>404 Not Found</TITLE></HEAD>\n<BODY><H1>404 Not Found</H1>\n\
                The requested URL was not found\n</BODY></HTML>\n";
    Some((404, "text/html", body.to_owned()))
}

fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, end)| end) {
        Some("html" | "htm") => "text/html",
        Some("json") => "application/json",
        Some("css") => "text/css",
        Some("txt") => "text/plain",
        _ => "application/octet-stream",
    }
}
