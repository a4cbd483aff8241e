//! `--sort-by`: objects in the order of what a path finds in them.

mod pattern_defeating;

pub(super) use pattern_defeating::sort as go_sort;

use std::cell::Cell;
use std::cmp::Ordering;
use std::sync::Arc;

use opsdrill_objects::Object;
use opsdrill_objects::jsonpath::{Template, relaxed};
use opsdrill_objects::quantity::Quantity;
use serde_json::{Value, json};

use super::context::Context;
use super::errors::ToolError;

/// In what kubectl holds the objects that it sorts, which shows where it falls over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// The rows of a server's table.
    Rows,
    /// Documents.
    Documents,
}

/// Sorts by a path; objects that lack the field come first. Equal ones come in the order of Go's own sorting.
///
/// # Errors
/// kubectl's complaint: the text is no path, no object has the field, or it cannot be compared.
pub(super) fn sort(
    context: &mut Context,
    objects: &mut [Arc<Object>],
    path: &str,
    held: Held,
) -> Result<(), ToolError> {
    let documents: Vec<Value> = objects.iter().map(|it| it.to_value()).collect();
    let order = order_of(context, &documents, path, held)?;
    let sorted: Vec<_> = order.into_iter().map(|it| Arc::clone(&objects[it])).collect();
    objects.clone_from_slice(&sorted);
    Ok(())
}

/// Sorts whole tables as kubectl does that was asked for several: by what the path finds in a table, not in its rows.
///
/// # Errors
/// As [`sort`].
pub(super) fn sort_tables<T: Clone>(
    context: &mut Context,
    tables: &mut [T],
    path: &str,
) -> Result<(), ToolError> {
    let table = json!({
        "apiVersion": "meta.k8s.io/v1", "kind": "Table", "metadata": { "resourceVersion": "" },
    });
    let documents = vec![table; tables.len()];
    let order = order_of(context, &documents, path, Held::Documents)?;
    let sorted: Vec<T> = order.into_iter().map(|it| tables[it].clone()).collect();
    tables.clone_from_slice(&sorted);
    Ok(())
}

/// In which order the documents come.
fn order_of(
    context: &mut Context,
    documents: &[Value],
    path: &str,
    held: Held,
) -> Result<Vec<usize>, ToolError> {
    let template = Template::parse_relaxed(path).map_err(ToolError::plain)?;
    let path = relaxed(path).unwrap_or_default();
    let mut keyed: Vec<(Option<&Value>, usize)> = Vec::new();
    for (index, document) in documents.iter().enumerate() {
        let groups = template.find_groups(document).map_err(ToolError::plain)?;
        keyed.push((groups.first().and_then(|it| it.first()).copied(), index));
    }
    if !keyed.is_empty() && keyed.iter().all(|(key, _)| key.is_none()) {
        return Err(ToolError::plain(format!(
            "couldn't find any field with path \"{path}\" in the list of objects"
        )));
    }
    let incomparable = Cell::new(None);
    pattern_defeating::sort(&mut keyed, |(one, _), (other, _)| match (one, other) {
        (None, _) => true,
        (_, None) => false,
        (Some(one), Some(other)) => match compare(one, other) {
            Ok(order) => order == Ordering::Less,
            Err(what) => {
                incomparable.set(incomparable.get().or(Some(what)));
                false
            }
        },
    });
    if let Some(what) = incomparable.get() {
        let (line, holder) = match held {
            Held::Rows => (375, "[][][]reflect.Value"),
            Held::Documents => (329, "*unstructured.Unstructured"),
        };
        let text =
            format!("Field {path} in {holder} is an unsortable type: interface, err: {what}");
        context.log('F', &format!("sorter.go:{line}"), &text);
        return Err(ToolError::Exit(1));
    }
    Ok(keyed.into_iter().map(|it| it.1).collect())
}

/// Numbers by value, texts that are quantities by amount, other texts byte by byte.
///
/// # Errors
/// Go's complaint about what cannot be compared.
fn compare(one: &Value, other: &Value) -> Result<Ordering, &'static str> {
    Ok(match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_i64().cmp(&other.as_i64()),
        (Value::String(one), Value::String(other)) => {
            match (Quantity::parse(one), Quantity::parse(other)) {
                (Ok(one), Ok(other)) => one.cmp(&other),
                _ => one.cmp(other),
            }
        }
        (Value::Null, other) => other.is_null().cmp(&true),
        (_, Value::Null) => Ordering::Greater,
        (Value::Bool(_), _) => return Err("unsortable type: bool"),
        (Value::Array(_), _) => return Err("unsortable type: []interface {}"),
        (Value::Object(_), _) => return Err("unsortable type: map[string]interface {}"),
        _ => return Err("unsortable interface: interface"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_sort_by_their_bytes_and_quantities_by_amount() {
        assert_eq!(compare(&json!("web-2"), &json!("web-10")), Ok(Ordering::Greater));
        assert_eq!(compare(&json!("1Gi"), &json!("900Mi")), Ok(Ordering::Greater));
        assert_eq!(compare(&json!(9), &json!(10)), Ok(Ordering::Less));
    }
}
