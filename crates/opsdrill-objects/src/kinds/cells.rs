//! What the cells of several kinds share; the rules are those of `pkg/printers/internalversion`.

use k8s_openapi::api::core::v1::Container;

use crate::{Object, duration};

/// What stands for nothing.
pub(super) const NONE: &str = "<none>";

/// How many addresses or ports a cell names before it only counts them.
const LIST_MAX: usize = 3;

/// The time since an object was created.
pub(super) fn age(object: &Object, now: i64) -> String {
    since(object.meta.created, now)
}

/// The time since a moment; zero is no moment.
pub(super) fn since(moment: i64, now: i64) -> String {
    if moment == 0 { "<unknown>".into() } else { duration::human((now - moment) * 1000) }
}

/// A text, or `<none>`.
pub(super) fn or_none(text: Option<&str>) -> String {
    text.filter(|it| !it.is_empty()).unwrap_or(NONE).to_owned()
}

/// The names and the images of containers.
pub(super) fn containers(containers: &[Container]) -> [String; 2] {
    let names: Vec<&str> = containers.iter().map(|it| it.name.as_str()).collect();
    let images: Vec<&str> =
        containers.iter().map(|it| it.image.as_deref().unwrap_or_default()).collect();
    [names.join(","), images.join(",")]
}

/// The first three of a list, and how many more there are.
pub(super) fn first_few(items: &[String]) -> String {
    let shown = items[..items.len().min(LIST_MAX)].join(",");
    match items.len().saturating_sub(LIST_MAX) {
        0 => shown,
        more => format!("{shown} + {more} more..."),
    }
}
