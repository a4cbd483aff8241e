//! `/openapi/v2` in protobuf (`openapi.v2.Document` of gnostic), which kubectl reads before version 3 and for
//! `explain --output=plaintext-openapiv2`.

use serde_json::{Map, Value};

/// The media type that clients ask for.
pub(super) const ASKED: &str = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
/// The media type of the answer.
pub(super) const ANSWERED: &str = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/// A message that is being written.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn bytes(mut self, field: u64, bytes: &[u8]) -> Self {
        self.number(field << 3 | 2);
        self.number(bytes.len() as u64);
        self.0.extend(bytes);
        self
    }

    /// A text, unless it is missing.
    fn text(self, field: u64, value: &Value) -> Self {
        match value.as_str() {
            Some(text) => self.bytes(field, text.as_bytes()),
            None => self,
        }
    }

    fn message(self, field: u64, message: Self) -> Self {
        self.bytes(field, &message.0)
    }

    fn flag(mut self, field: u64, value: bool) -> Self {
        if value {
            self.number(field << 3);
            self.number(1);
        }
        self
    }
}

/// Writes a document of version 2.
pub(super) fn write(document: &Value) -> Vec<u8> {
    let info = Message::default()
        .text(1, &document["info"]["title"])
        .text(2, &document["info"]["version"]);
    let mut paths = Message::default();
    for (name, item) in entries(&document["paths"]) {
        paths = paths.message(2, named(name, path_item(item)));
    }
    let mut definitions = Message::default();
    for (name, schema_of) in entries(&document["definitions"]) {
        definitions = definitions.message(1, named(name, schema(schema_of)));
    }
    Message::default()
        .text(1, &document["swagger"])
        .message(2, info)
        .message(8, paths)
        .message(9, definitions)
        .0
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// A pair of a name and a value.
fn named(name: &str, value: Message) -> Message {
    Message::default().bytes(1, name.as_bytes()).message(2, value)
}

fn path_item(item: &Value) -> Message {
    let fields = [("get", 2), ("put", 3), ("post", 4), ("delete", 5), ("patch", 8)];
    let present = fields.iter().filter_map(|(name, field)| Some((*field, item.get(*name)?)));
    present.fold(Message::default(), |message, (field, it)| message.message(field, operation(it)))
}

fn operation(operation: &Value) -> Message {
    let mut message = Message::default();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let query = Message::default()
            .text(2, &parameter["in"])
            .text(3, &parameter["description"])
            .text(4, &parameter["name"])
            .text(6, &parameter["type"]);
        let parameter = Message::default().message(2, Message::default().message(3, query));
        message = message.message(8, Message::default().message(1, parameter));
    }
    let mut responses = Message::default();
    for (code, response) in entries(&operation["responses"]) {
        let response = Message::default().text(1, &response["description"]);
        responses = responses.message(1, named(code, Message::default().message(1, response)));
    }
    extensions(message.message(9, responses), 13, operation)
}

/// What begins with `x-`, as YAML, which JSON is.
fn extensions(message: Message, field: u64, of: &Value) -> Message {
    let own = entries(of).filter(|it| it.0.starts_with("x-"));
    own.fold(message, |message, (name, value)| {
        let any = Message::default().bytes(2, value.to_string().as_bytes());
        message.message(field, named(name, any))
    })
}

fn any(value: &Value) -> Message {
    Message::default().bytes(2, value.to_string().as_bytes())
}

fn schema(of: &Value) -> Message {
    let empty = Map::new();
    let fields = of.as_object().unwrap_or(&empty);
    let get = |name: &str| fields.get(name).unwrap_or(&Value::Null);
    let mut message = Message::default()
        .text(1, get("$ref"))
        .text(2, get("format"))
        .text(3, get("title"))
        .text(4, get("description"));
    if let Some(default) = fields.get("default") {
        message = message.message(5, any(default));
    }
    message = message.flag(16, get("uniqueItems") == true);
    for name in get("required").as_array().into_iter().flatten() {
        message = message.text(19, name);
    }
    for value in get("enum").as_array().into_iter().flatten() {
        message = message.message(20, any(value));
    }
    match get("additionalProperties") {
        Value::Null => {}
        Value::Bool(value) => {
            message = message.message(21, Message::default().flag(2, *value));
        }
        other => message = message.message(21, Message::default().message(1, schema(other))),
    }
    if get("type").is_string() {
        message = message.message(22, Message::default().text(1, get("type")));
    }
    if let Some(items) = fields.get("items") {
        message = message.message(23, Message::default().message(1, schema(items)));
    }
    if let Some(properties) = fields.get("properties") {
        let all = entries(properties).fold(Message::default(), |all, (name, property)| {
            all.message(1, named(name, schema(property)))
        });
        message = message.message(25, all);
    }
    extensions(message, 31, of)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_is_written_field_by_field() {
        let document = json!({
            "swagger": "2.0",
            "info": { "title": "K", "version": "1" },
            "paths": {},
            "definitions": { "A": { "type": "object", "x-b": [1] } },
        });
        let definition = [
            &[0xb2, 0x01, 8, 0x0a, 6][..],
            b"object",
            &[0xfa, 0x01, 12, 0x0a, 3],
            b"x-b",
            &[0x12, 5, 0x12, 3],
            b"[1]",
        ]
        .concat();
        let named = [&[0x0a, 1, b'A', 0x12, definition.len() as u8][..], &definition].concat();
        let all = [&[0x0a, named.len() as u8][..], &named].concat();
        let expected = [
            &[0x0a, 3][..],
            b"2.0",
            &[0x12, 6, 0x0a, 1, b'K', 0x12, 1, b'1', 0x42, 0, 0x4a, all.len() as u8],
            &all,
        ]
        .concat();
        assert_eq!(write(&document), expected);
    }
}
