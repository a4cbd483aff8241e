//! Tables: the columns and cells that `kubectl get` prints.

use std::sync::Arc;

use opsdrill_objects::custom::{PrinterColumn, json_cells};
use opsdrill_objects::kinds::{ColumnType, KindInfo};
use opsdrill_objects::{Kind, Object, duration, timestamp};
use serde_json::{Value, json};

use super::list::ListMeta;
use super::{Served, metadata, whole, write};

/// What goes with the cells of a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Include {
    /// Nothing.
    None,
    /// The metadata.
    #[default]
    Metadata,
    /// The whole object.
    Object,
}

impl Include {
    /// Reads `includeObject`.
    pub(crate) fn parse(text: &str) -> Self {
        match text {
            "None" => Self::None,
            "Object" => Self::Object,
            _ => Self::Metadata,
        }
    }
}

/// How a Table is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    /// Version of the Table.
    pub(crate) version: &'static str,
    /// What goes with the cells.
    pub(crate) include: Include,
    /// The date for ages, Unix seconds.
    pub(crate) now: i64,
    /// The version of whole objects.
    pub(crate) served: Served,
}

/// A Table of objects, as JSON.
pub(crate) fn of(
    kind: Kind,
    items: &[Arc<Object>],
    meta: &ListMeta,
    columns: bool,
    layout: Layout,
) -> Vec<u8> {
    let info = kind.info();
    let head = json!({
        "kind": "Table",
        "apiVersion": format!("meta.k8s.io/{}", layout.version),
        "metadata": meta.to_value(),
        "columnDefinitions": if columns { definitions(kind) } else { Value::Null },
    });
    let mut out = Vec::with_capacity(4096);
    write(&head, &mut out);
    out.pop();
    out.extend_from_slice(b",\"rows\":[");
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        row(info, item, layout, &mut out);
    }
    out.extend_from_slice(b"]}");
    out
}

fn definitions(kind: Kind) -> Value {
    let info = kind.info();
    if let Kind::Custom(custom) = kind {
        let name = json!({
            "name": "Name", "type": "string", "format": "name", "description": NAME, "priority": 0,
        });
        return std::iter::once(name)
            .chain(custom.row().columns.iter().map(custom_column))
            .collect();
    }
    let column = |it: &opsdrill_objects::kinds::Column| {
        json!({
            "name": it.name,
            "type": type_name(it.cell_type),
            "format": if it.name == "Name" { "name" } else { "" },
            "description": "",
            "priority": i32::from(it.wide),
        })
    };
    info.columns.iter().map(column).collect()
}

/// What the real server says of the column of names.
const NAME: &str = "Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names";

fn custom_column(column: &PrinterColumn) -> Value {
    let path = &column.path;
    let description = match column.description.as_str() {
        "" => format!("Custom resource definition column (in JSONPath format): {path}"),
        own => own.to_owned(),
    };
    json!({
        "name": column.name,
        "type": column.cell_type,
        "format": column.format,
        "description": description,
        "priority": column.priority,
    })
}

fn type_name(it: ColumnType) -> &'static str {
    match it {
        ColumnType::Text => "string",
        ColumnType::Integer => "integer",
        ColumnType::Boolean => "boolean",
        ColumnType::Date => "date",
    }
}

/// Whether the cells of a column of texts are numbers all the same, as the real server has it.
fn is_counted(kind: Kind, column: &str) -> bool {
    matches!(
        (kind, column),
        (Kind::ConfigMap | Kind::Secret, "Data")
            | (Kind::ServiceAccount, "Secrets")
            | (Kind::Event, "Count")
            | (Kind::ControllerRevision, "Revision")
            | (Kind::FlowSchema, "MatchingPrecedence")
    )
}

/// A Table of a Scale, as JSON.
pub(crate) fn of_scale(scale: &Value, layout: Layout) -> Value {
    let number = |path: &str| scale.pointer(path).and_then(Value::as_i64).unwrap_or_default();
    let text = |path: &str| scale.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let created = timestamp::parse(text("/metadata/creationTimestamp"));
    let age =
        created.map_or("<unknown>".to_owned(), |it| duration::human((layout.now - it) * 1000));
    let column = |(name, cell_type, format): (&str, &str, &str)| {
        json!({
            "name": name, "type": cell_type, "format": format, "description": "", "priority": 0,
        })
    };
    let columns = [
        ("Name", "string", "name"),
        ("Desired", "integer", ""),
        ("Available", "integer", ""),
        ("Age", "string", ""),
    ];
    let shown = match layout.include {
        Include::None => Value::Null,
        Include::Metadata => json!({
            "kind": "PartialObjectMetadata",
            "apiVersion": format!("meta.k8s.io/{}", layout.version),
            "metadata": scale["metadata"],
        }),
        Include::Object => scale.clone(),
    };
    let cells =
        json!([text("/metadata/name"), number("/spec/replicas"), number("/status/replicas"), age]);
    json!({
        "kind": "Table",
        "apiVersion": format!("meta.k8s.io/{}", layout.version),
        "metadata": { "resourceVersion": scale["metadata"]["resourceVersion"] },
        "columnDefinitions": columns.map(column),
        "rows": [{ "cells": cells, "object": shown }],
    })
}

fn row(info: &KindInfo, object: &Object, layout: Layout, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"cells\":");
    if matches!(object.kind, Kind::Custom(_)) {
        write(&json_cells(object, layout.now).into(), out);
    } else {
        write(&cells(info, object, layout), out);
    }
    let shown = match layout.include {
        Include::None => Value::Null,
        Include::Metadata => metadata::of(object, layout.version),
        Include::Object => whole(object, layout.served),
    };
    out.extend_from_slice(b",\"object\":");
    write(&shown, out);
    out.push(b'}');
}

fn cells(info: &KindInfo, object: &Object, layout: Layout) -> Value {
    let texts = (info.cells)(object, layout.now);
    let cells = info.columns.iter().zip(texts).map(|(column, text)| match column.cell_type {
        ColumnType::Boolean => text.parse::<bool>().map_or(Value::String(text), Value::from),
        ColumnType::Integer => text.parse::<i64>().map_or(Value::String(text), Value::from),
        ColumnType::Text if is_counted(info.kind, column.name) => {
            text.parse::<i64>().map_or(Value::String(text), Value::from)
        }
        ColumnType::Text | ColumnType::Date => Value::String(text),
    });
    cells.collect()
}

#[cfg(test)]
mod tests {
    use opsdrill_objects::Meta;
    use opsdrill_objects::k8s_openapi::api::core::v1::ConfigMap;

    use super::*;

    #[test]
    fn cells_carry_numbers_where_the_columns_say_so() {
        let object = Object::new(Meta::named(Some("shop"), "a"), ConfigMap::default());
        let layout = Layout { version: "v1", include: Include::default(), now: 0, served: None };
        let meta = ListMeta { resource_version: 7, ..ListMeta::default() };
        let written = of(Kind::ConfigMap, &[Arc::new(object)], &meta, true, layout);
        let table: Value = serde_json::from_slice(&written).unwrap();
        assert_eq!(table["columnDefinitions"][1]["type"], "string");
        assert_eq!(table["rows"][0]["cells"][1], 0);
        assert_eq!(table["rows"][0]["object"]["kind"], "PartialObjectMetadata");
    }
}
