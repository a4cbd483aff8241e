//! `kubectl config set` and `kubectl config unset`: single properties, named by a path with dots.

use opsdrill_objects::decode;
use serde_json::Value;

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::kubeconfig::KubeContext;

use super::clusters::entry;
use super::contexts::unexpected;

/// Properties that have bytes.
const BYTES: &[&str] =
    &["certificate-authority-data", "client-certificate-data", "client-key-data"];
/// Properties that are true or false.
const SWITCHES: &[&str] = &["insecure-skip-tls-verify", "disable-compression"];

/// `kubectl config set`.
pub(super) struct Set;

impl Verb for Set {
    const NAME: &'static str = "set";
    const USAGE: &'static str = "PROPERTY VALUE";
    const SUMMARY: &'static str = "Set one property of the kubeconfig";
    const FLAGS: &'static [&'static [Flag]] =
        &[&[Flag::switch("set-raw-bytes").about("Bytes are given as they are, not as base64.")]];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let [property, text] = arguments.positional.as_slice() else {
            return Err(unexpected(arguments));
        };
        let config = &mut *context.config;
        match path(property)? {
            Property::Current => config.current.clone_from(text),
            Property::Ignored => {}
            Property::All(_) | Property::Entry(..) => {
                return Err(ToolError::not_simulated(format!("kubectl config set {property}")));
            }
            Property::Field("contexts", name, field) => {
                if config.context(name).is_none() {
                    config.contexts.push(KubeContext {
                        name: name.to_owned(),
                        cluster: String::new(),
                        user: String::new(),
                        namespace: String::new(),
                    });
                }
                let known = config.context_mut(name).expect("it is there by now");
                text.clone_into(of_context(known, field, property)?);
            }
            Property::Field(sort, name, field) => {
                let value = value_of(field, text, arguments.switch("set-raw-bytes"))?;
                let entries =
                    if sort == "users" { &mut config.users } else { &mut config.clusters };
                entry(entries, name).fields.insert(field.to_owned(), value);
            }
        }
        context.out(&format!("Property {property:?} set.\n"));
        Ok(0)
    }
}

/// `kubectl config unset`.
pub(super) struct Unset;

impl Verb for Unset {
    const NAME: &'static str = "unset";
    const USAGE: &'static str = "PROPERTY";
    const SUMMARY: &'static str = "Take one property out of the kubeconfig";

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let [property] = arguments.positional.as_slice() else {
            return Err(unexpected(arguments));
        };
        let config = &mut *context.config;
        let invalid = |name: &str| ToolError::plain(format!("current map key `{name}` is invalid"));
        match path(property)? {
            Property::Current => config.current.clear(),
            Property::Ignored => {}
            Property::All("contexts") => config.contexts.clear(),
            Property::All("users") => config.users.clear(),
            Property::All(_) => config.clusters.clear(),
            Property::Entry(sort, name) => match sort {
                "contexts" => config.contexts.retain(|it| it.name != name),
                "users" => config.users.retain(|it| it.name != name),
                _ => config.clusters.retain(|it| it.name != name),
            },
            Property::Field("contexts", name, field) => {
                let known = config.context_mut(name).ok_or_else(|| invalid(name))?;
                of_context(known, field, property)?.clear();
            }
            Property::Field(sort, name, field) => {
                let entries =
                    if sort == "users" { &mut config.users } else { &mut config.clusters };
                let known = entries.iter_mut().find(|it| it.name == name);
                known.ok_or_else(|| invalid(name))?.fields.remove(field);
            }
        }
        context.out(&format!("Property {property:?} unset.\n"));
        Ok(0)
    }
}

/// What a path means.
enum Property<'a> {
    Current,
    /// Known, and without meaning here.
    Ignored,
    All(&'a str),
    Entry(&'a str, &'a str),
    Field(&'a str, &'a str, &'a str),
}

fn path(property: &str) -> Result<Property<'_>, ToolError> {
    let mut steps = property.splitn(3, '.');
    let sort = steps.next().unwrap_or_default();
    match (sort, steps.next(), steps.next()) {
        ("current-context", None, _) => Ok(Property::Current),
        ("kind" | "apiVersion" | "preferences", ..) => Ok(Property::Ignored),
        ("contexts" | "users" | "clusters", None, _) => Ok(Property::All(sort)),
        ("contexts" | "users" | "clusters", Some(name), None) => Ok(Property::Entry(sort, name)),
        ("contexts" | "users" | "clusters", Some(name), Some(field)) => {
            Ok(Property::Field(sort, name, field))
        }
        _ => Err(ToolError::plain(format!("unable to parse {property} after [] at api.Config"))),
    }
}

fn of_context<'a>(
    context: &'a mut KubeContext,
    field: &str,
    property: &str,
) -> Result<&'a mut String, ToolError> {
    match field {
        "cluster" => Ok(&mut context.cluster),
        "namespace" => Ok(&mut context.namespace),
        "user" => Ok(&mut context.user),
        _ => Err(ToolError::not_simulated(format!("kubectl config set {property}"))),
    }
}

/// The value of a property, checked.
fn value_of(field: &str, text: &str, raw: bool) -> Result<Value, ToolError> {
    if SWITCHES.contains(&field) {
        return match text {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true.into()),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false.into()),
            _ => Err(ToolError::plain(format!(
                "strconv.ParseBool: parsing {text:?}: invalid syntax"
            ))),
        };
    }
    if !BYTES.contains(&field) {
        return Ok(text.into());
    }
    if raw {
        return Ok(decode::to_base64(text.as_bytes()).into());
    }
    match decode::base64(text) {
        Ok(_) => Ok(text.into()),
        Err(why) => Err(ToolError::plain(format!("error decoding input value: {why}"))),
    }
}
