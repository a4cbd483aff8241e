//! `kubectl create configmap`.

use opsdrill_objects::k8s_openapi::ByteString;
use serde_json::{Map, Value, json};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::name_hash;
use crate::kubectl::shared_flags::PRINTING;

use super::data_sources::{self, SOURCES, Wording};
use super::generated::{self, Made, SHARED, name_of};

const MADE: Made = Made::namespaced("v1", "ConfigMap", "failed to create configmap:");

/// `kubectl create configmap`.
pub(super) struct CreateConfigMap;

impl Verb for CreateConfigMap {
    const NAME: &'static str = "configmap";
    const ALIASES: &'static [&'static str] = &["cm"];
    const USAGE: &'static str = "NAME [--from-file=[KEY=]FILE] [--from-literal=KEY=VALUE]";
    const SUMMARY: &'static str = "Create a config map from files or literals";
    const FLAGS: &'static [&'static [Flag]] = &[SHARED, SOURCES, PRINTING];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let name = name_of(arguments)?;
        let mut document = MADE.document(&name);
        let named = name.clone();
        let wording = Wording {
            twice: Box::new(move |key| {
                format!(
                    "cannot add key {key:?}, another key by that name already exists in Data for ConfigMap {named:?}"
                )
            }),
            not_valid: "is not a valid key name for a ConfigMap:",
        };
        let (mut data, mut binary) = (Map::new(), Map::new());
        for (key, bytes) in data_sources::read(context, arguments, &wording)? {
            match String::from_utf8(bytes) {
                Ok(text) => data.insert(key, text.into()),
                Err(why) => binary.insert(key, json!(ByteString(why.into_bytes()))),
            };
        }
        for (field, map) in [("data", data), ("binaryData", binary)] {
            if !map.is_empty() {
                document[field] = Value::Object(map);
            }
        }
        if arguments.switch("append-hash") {
            name_hash::append(&mut document);
        }
        generated::create(context, arguments, MADE, document)
    }
}
