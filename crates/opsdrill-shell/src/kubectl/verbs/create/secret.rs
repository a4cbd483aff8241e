//! `kubectl create secret generic` and `kubectl create secret tls`.

use opsdrill_objects::k8s_openapi::ByteString;
use serde_json::{Value, json};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::name_hash;
use crate::kubectl::shared_flags::PRINTING;

use super::data_sources::{self, SOURCES, Wording};
use super::generated::{self, Made, SHARED, name_of};

const MADE: Made = Made::namespaced("v1", "Secret", "failed to create secret");

/// `kubectl create secret generic`.
pub(super) struct CreateGenericSecret;

/// `kubectl create secret tls`.
pub(super) struct CreateTlsSecret;

impl Verb for CreateGenericSecret {
    const NAME: &'static str = "generic";
    const USAGE: &'static str =
        "NAME [--type=TYPE] [--from-file=[KEY=]FILE] [--from-literal=KEY=VALUE]";
    const SUMMARY: &'static str = "Create a secret from files or literals";
    const FLAGS: &'static [&'static [Flag]] =
        &[SHARED, SOURCES, &[Flag::text("type").about("The type of secret.")], PRINTING];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let name = name_of(arguments)?;
        let wording = Wording {
            twice: Box::new(|key| {
                format!("cannot add key {key}, another key by that name already exists")
            }),
            not_valid: "is not valid key name for a Secret",
        };
        let data = data_sources::read(context, arguments, &wording)?;
        let mut document = secret(&name, arguments.text("type"), data);
        if arguments.switch("append-hash") {
            name_hash::append(&mut document);
        }
        generated::create(context, arguments, MADE, document)
    }
}

impl Verb for CreateTlsSecret {
    const NAME: &'static str = "tls";
    const USAGE: &'static str = "NAME --cert=FILE --key=FILE";
    const SUMMARY: &'static str = "Create a secret of a certificate and its key";
    const FLAGS: &'static [&'static [Flag]] = &[
        SHARED,
        &[
            Flag::text("cert").about("The certificate's file."),
            Flag::text("key").about("The key's file."),
            Flag::switch("append-hash").about("Append a hash of the content to the name."),
        ],
        PRINTING,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let name = name_of(arguments)?;
        let (cert, key) = (arguments.text("cert"), arguments.text("key"));
        if cert.is_empty() || key.is_empty() {
            return Err(ToolError::plain("key and cert must be specified"));
        }
        let data = vec![
            ("tls.crt".to_owned(), read_part(context, cert)?),
            ("tls.key".to_owned(), read_part(context, key)?),
        ];
        let mut document = secret(&name, "kubernetes.io/tls", data);
        if arguments.switch("append-hash") {
            name_hash::append(&mut document);
        }
        generated::create(context, arguments, MADE, document)
    }
}

fn read_part(context: &Context, path: &str) -> Result<Vec<u8>, ToolError> {
    let read = context.surroundings.read(path);
    read.map_err(|why| ToolError::plain(format!("Cannot read file {path}, open {path}: {}", why.0)))
}

fn secret(name: &str, kind: &str, data: Vec<(String, Vec<u8>)>) -> Value {
    let mut document = MADE.document(name);
    if !kind.is_empty() {
        document["type"] = kind.into();
    }
    for (key, bytes) in data {
        document["data"][key] = json!(ByteString(bytes));
    }
    document
}
