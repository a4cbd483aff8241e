//! nginx: the pages that it finds, and what it says of itself.

use std::sync::Arc;

use bevy_ecs::world::World;

use super::Process;
use super::container::ContainerHandle;
use super::images::{self, Image};

/// Where it looks for its pages.
const ROOT: &str = "/usr/share/nginx/html";
/// The version in images of a company, of which nothing else is known.
const VERSION: &str = "1.27.3";

const WELCOME: &str = "<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n</head>\n<body>\n\
    <h1>Welcome to nginx!</h1>\n<p>The web server is installed and works. It has not been told what to \
    serve.</p>\n</body>\n</html>\n";
const OUT_OF_ORDER: &str = "<!DOCTYPE html>\n<html>\n<head>\n<title>Error</title>\n</head>\n<body>\n\
    <h1>An error occurred.</h1>\n</body>\n</html>\n";

/// The page of a path with its content type: what the model declares, a mounted file, a file of the image, or one of the
/// pages that every image has.
pub(super) fn page(world: &World, process: &Process, path: &str) -> Option<(&'static str, String)> {
    let http = &process.model.http;
    if !http.body.is_empty() {
        let known = http.paths.is_empty() || http.paths.iter().any(|it| it == path);
        return known.then(|| ("text/html", http.body.clone()));
    }
    let file = if path.ends_with('/') { format!("{path}index.html") } else { path.to_owned() };
    let file = format!("{ROOT}{file}");
    let kind = match file.rsplit_once('.').map(|(_, end)| end) {
        Some("html") => "text/html",
        Some("json") => "application/json",
        Some("js") => "application/javascript",
        Some("css") => "text/css",
        Some("txt") => "text/plain",
        _ => "application/octet-stream",
    };
    let text = |contents: &Vec<u8>| (kind, String::from_utf8_lossy(contents).into_owned());
    let handle = ContainerHandle::of_process(world, process.id);
    if let Some(kept) = handle.and_then(|it| it.read_file(world, &file).ok()) {
        return Some(text(&kept));
    }
    // A volume over the folder hides the image's own pages.
    let covered = process.files().keys().any(|it| it.starts_with(ROOT))
        || process.spec.data.iter().any(|it| ROOT.starts_with(&it.folder));
    let own = match &file[ROOT.len()..] {
        "/index.html" => WELCOME,
        "/50x.html" => OUT_OF_ORDER,
        _ => return None,
    };
    (!covered).then(|| (kind, own.to_owned()))
}

/// The page for what is not there.
pub(super) fn not_found(world: &World, process: &Process) -> String {
    let version = version(world, process);
    format!(
        "<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1></center>\r\n\
         <hr><center>nginx/{version}</center>\r\n</body>\r\n</html>\r\n"
    )
}

/// Its version, as the image says.
pub(super) fn version(world: &World, process: &Process) -> String {
    let image = image(world, process);
    let version = image.and_then(|it| it.env.get("NGINX_VERSION").cloned());
    version.unwrap_or_else(|| VERSION.to_owned())
}

fn image(world: &World, process: &Process) -> Option<Arc<Image>> {
    images::on_node(world, &process.spec.node, &process.spec.image)
}
