//! `kubectl explain`.

mod fields;
mod page;
mod terse;
mod wrapping;

use fields::Schema;
use opsdrill_objects::Kind;
use opsdrill_objects::custom::kinds::Kinds;
use opsdrill_openapi::custom;
use serde_json::Value;

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};

/// `kubectl explain`.
pub(super) struct Explain;

const FLAGS: &[Flag] = &[
    Flag::switch("recursive").about("Name the fields of fields, too, without what they mean."),
    Flag::text("api-version").about("The group and version in which the kind is described."),
    Flag::text("output").short('o').default(PLAIN).about("plaintext or plaintext-openapiv2."),
];

const PLAIN: &str = "plaintext";
const OPENAPI_2: &str = "plaintext-openapiv2";

impl Verb for Explain {
    const NAME: &'static str = "explain";
    const USAGE: &'static str = "TYPE[.FIELD…]";
    const SUMMARY: &'static str = "Say what the fields of a kind mean";
    const FLAGS: &'static [&'static [Flag]] = &[FLAGS];
    const TAKES: Takes = Takes::Objects(&[]);

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let [asked] = arguments.positional.as_slice() else {
            let text = if arguments.positional.is_empty() {
                "You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete list of supported resources."
            } else {
                "We accept only this format: explain RESOURCE"
            };
            return Err(ToolError::plain(text));
        };
        let version = arguments.text("api-version");
        let kinds = context.door.kinds();
        let (kind, path) = split(&kinds, asked, version.is_empty())?;
        let described = Described::find(&kinds, kind, version)?;
        let recursive = arguments.switch("recursive");
        match arguments.text("output") {
            PLAIN => page::print(context, &described, &path, recursive),
            OPENAPI_2 => terse::print(context, &described, &path, recursive),
            // They are built in, but nobody is told of them.
            hidden @ ("html" | "md") => {
                Err(ToolError::not_simulated(format!("kubectl explain --output {hidden}")))
            }
            unknown => Err(ToolError::plain(format!("unrecognized format: {unknown}"))),
        }
    }
}

/// A kind as a version of the API describes it.
struct Described {
    group: String,
    version: String,
    kind: &'static str,
    /// Name of its schema.
    schema: String,
    /// The schema itself, if a definition has made it.
    own: Option<Value>,
}

impl Described {
    fn find(kinds: &Kinds, kind: Kind, version: &str) -> Result<Self, ToolError> {
        let info = kind.info();
        let (group, version) = match version.rsplit_once('/') {
            Some((group, version)) => (group, version),
            None if version.is_empty() => (info.group, info.version),
            None => ("", version),
        };
        let unknown = || {
            let resource = format!("{group}/{version}, Resource={}", info.plural);
            ToolError::plain(format!("couldn't find resource for {resource:?}"))
        };
        let custom = kinds.definition(kind).filter(|_| group == info.group);
        let own =
            custom.and_then(|it| it.version(version)).map(|it| custom::published(&it.published));
        let built_in = || match kind {
            Kind::Custom(_) => None,
            _ => opsdrill_openapi::name_of(group, version, info.name),
        };
        let schema = match own {
            Some(_) => custom::name_of(group, version, info.name),
            None => built_in().ok_or_else(unknown)?,
        };
        let (group, version) = (group.to_owned(), version.to_owned());
        Ok(Self { group, version, kind: info.name, schema, own })
    }

    /// The schema of the whole kind.
    fn root(&self) -> Schema<'_> {
        self.own.as_ref().map_or_else(|| Schema::named(&self.schema), Schema)
    }

    /// `apps/v1`, or `v1`.
    fn group_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }
}

/// `deployments.apps.spec.replicas`: the kind, by the longest beginning that names one, and the fields after it. With a
/// version given apart, only the first word names the kind.
fn split(
    kinds: &Kinds,
    asked: &str,
    groups_allowed: bool,
) -> Result<(Kind, Vec<String>), ToolError> {
    let words: Vec<&str> = asked.split('.').collect();
    let longest = if groups_allowed { words.len() } else { 1 };
    for length in (1..=longest).rev() {
        if let Some(kind) = kinds.by_resource(&words[..length].join(".")) {
            let fields = words[length..].iter().filter(|it| !it.is_empty());
            return Ok((kind, fields.map(|it| (*it).to_owned()).collect()));
        }
    }
    Err(ToolError::Bare(format!("the server doesn't have a resource type {:?}", words[0])))
}

/// The complaint about a field that is not there.
fn no_field(name: &str) -> ToolError {
    ToolError::plain(format!("field {name:?} does not exist"))
}
