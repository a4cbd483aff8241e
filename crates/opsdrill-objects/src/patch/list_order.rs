//! Lists of a strategic merge patch: telling their elements apart and putting them in order.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::PatchError;
use crate::go_format::json;

/// How elements of a list are told apart: objects by their merge key, scalars by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Identity<'a> {
    Key(&'a str),
    Scalar,
}

impl Identity<'_> {
    /// A text that is equal for equal elements; `None` for objects without the merge key.
    pub(super) fn of(self, item: &Value) -> Option<String> {
        match self {
            Identity::Key(merge_key) => item.get(merge_key).map(json),
            Identity::Scalar => Some(json(item)),
        }
    }
}

/// Place of each element in a list, the first one counting.
pub(super) struct Places(BTreeMap<String, usize>);

impl Places {
    pub(super) fn new(list: &[Value], identity: Identity<'_>) -> Self {
        let mut places = Self(BTreeMap::new());
        for (place, item) in list.iter().enumerate() {
            places.add(item, place, identity);
        }
        places
    }

    pub(super) fn add(&mut self, item: &Value, place: usize, identity: Identity<'_>) {
        if let Some(key) = identity.of(item) {
            self.0.entry(key).or_insert(place);
        }
    }

    pub(super) fn get(&self, item: &Value, identity: Identity<'_>) -> Option<usize> {
        identity.of(item).and_then(|it| self.0.get(&it).copied())
    }
}

/// Whether the elements are objects; all must be of one type, and none a list.
pub(super) fn holds_objects(lists: &[&[Value]]) -> Result<bool, PatchError> {
    let mut items = lists.iter().flat_map(|it| it.iter());
    let Some(first) = items.next() else {
        let text = "no elements in any of the given slices";
        return Err(PatchError::Internal(text.to_owned()));
    };
    if first.is_array() {
        let text = "lists of lists are not supported";
        return Err(PatchError::Unprocessable(text.to_owned()));
    }
    if items.any(|it| std::mem::discriminant(it) != std::mem::discriminant(first)) {
        let printed = Value::Array(lists.iter().map(|it| Value::from(it.to_vec())).collect());
        let printed = crate::go_format::default_format(&printed);
        return Err(PatchError::Internal(format!(
            "list element types are not identical: {printed}"
        )));
    }
    Ok(first.is_object())
}

/// Fails if an element is no object or lacks the merge key.
pub(super) fn check_merge_key(list: &[Value], merge_key: &str) -> Result<(), PatchError> {
    for item in list {
        let fields = item.as_object().ok_or_else(|| PatchError::wrong_type(super::GO_MAP, item))?;
        if !fields.contains_key(merge_key) {
            return Err(PatchError::no_merge_key(fields, merge_key));
        }
    }
    Ok(())
}

/// Elements in the order in which `order` has them, deletions last.
pub(super) fn sort_like(
    list: Vec<Value>,
    order: &[Value],
    identity: Identity<'_>,
) -> Result<Vec<Value>, PatchError> {
    if let Identity::Key(merge_key) = identity {
        check_merge_key(&list, merge_key)?;
        check_merge_key(order, merge_key)?;
    }
    let places = Places::new(order, identity);
    let (deletions, mut kept): (Vec<_>, Vec<_>) = list.into_iter().partition(is_deletion);
    kept.sort_by_cached_key(|it| places.get(it, identity));
    kept.extend(deletions);
    Ok(kept)
}

/// Whether an element of a patch list only says that its like is to be deleted.
pub(super) fn is_deletion(item: &Value) -> bool {
    item.get(super::PATCH_DIRECTIVE).is_some_and(|it| it == "delete")
}

/// Elements that `by` has too, and those that it has not.
pub(super) fn partition(
    list: Vec<Value>,
    by: &[Value],
    identity: Identity<'_>,
) -> Result<(Vec<Value>, Vec<Value>), PatchError> {
    if let Identity::Key(merge_key) = identity {
        check_merge_key(&list, merge_key)?;
    }
    let places = Places::new(by, identity);
    Ok(list.into_iter().partition(|it| places.get(it, identity).is_some()))
}

/// Puts the elements of the patch and those only the server has into one list: each part in its own
/// order, interleaved as far as the server's order allows.
pub(super) fn interleave(
    patched: Vec<Value>,
    server_only: Vec<Value>,
    patch_order: &[Value],
    server_order: &[Value],
    identity: Identity<'_>,
) -> Result<Vec<Value>, PatchError> {
    let patched = sort_like(patched, patch_order, identity)?;
    let server_only = sort_like(server_only, server_order, identity)?;
    let places = Places::new(server_order, identity);
    let mut merged = Vec::with_capacity(patched.len() + server_only.len());
    let mut patched = patched.into_iter().peekable();
    let mut server_only = server_only.into_iter().peekable();
    loop {
        let server_first = match (server_only.peek(), patched.peek()) {
            (None, None) => return Ok(merged),
            (Some(server), Some(patch)) => {
                let (server, patch) = (places.get(server, identity), places.get(patch, identity));
                server.zip(patch).is_some_and(|(server, patch)| server < patch)
            }
            (Some(_), None) => true,
            (None, Some(_)) => false,
        };
        merged.extend(if server_first { server_only.next() } else { patched.next() });
    }
}

/// Removes repeated scalars the way the original does: the last element takes the place of one that
/// is removed.
pub(super) fn deduplicate(mut list: Vec<Value>) -> Vec<Value> {
    let mut seen = BTreeSet::new();
    let mut index = 0;
    while index < list.len() {
        if seen.insert(json(&list[index])) {
            index += 1;
        } else {
            list.swap_remove(index);
        }
    }
    list
}
