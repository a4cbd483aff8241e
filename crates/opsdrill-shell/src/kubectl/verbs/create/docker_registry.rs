//! `kubectl create secret docker-registry`: what is needed to pull images.

use opsdrill_objects::k8s_openapi::ByteString;
use opsdrill_objects::{decode, go_format};
use serde_json::{Value, json};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::name_hash;
use crate::kubectl::shared_flags::PRINTING;

use super::data_sources::read_sources;
use super::generated::{self, Made, SHARED, name_of};

const MADE: Made = Made::namespaced("v1", "Secret", "failed to create secret");
/// The key under which a kubelet looks.
const KEY: &str = ".dockerconfigjson";

/// `kubectl create secret docker-registry`.
pub(super) struct CreateDockerRegistrySecret;

impl Verb for CreateDockerRegistrySecret {
    const NAME: &'static str = "docker-registry";
    const USAGE: &'static str =
        "NAME (--docker-username=USER --docker-password=PASSWORD | --from-file=FILE)";
    const SUMMARY: &'static str = "Create a secret for a registry of images";
    const FLAGS: &'static [&'static [Flag]] = &[
        SHARED,
        &[
            Flag::text("docker-server")
                .default("https://index.docker.io/v1/")
                .about("The registry."),
            Flag::text("docker-username").about("Who pulls."),
            Flag::text("docker-password").about("The password."),
            Flag::text("docker-email").about("An address."),
            Flag::list("from-file").about("FILE or KEY=FILE: a config.json of docker."),
            Flag::switch("append-hash").about("Append a hash of the content to the name."),
        ],
        PRINTING,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let name = name_of(arguments)?;
        let files = arguments.list("from-file");
        let (server, user) = (arguments.text("docker-server"), arguments.text("docker-username"));
        let password = arguments.text("docker-password");
        let mut document = MADE.document(&name);
        document["type"] = "kubernetes.io/dockerconfigjson".into();
        if files.is_empty() {
            if [server, user, password].contains(&"") {
                return Err(ToolError::plain(
                    "either --from-file or the combination of --docker-username, --docker-password and --docker-server is required",
                ));
            }
            let text = config(server, user, password, arguments.text("docker-email"));
            document["data"][KEY] = json!(ByteString(text.into_bytes()));
        } else {
            for (key, bytes) in read_sources(context, &files)? {
                document["data"][key] = json!(ByteString(bytes));
            }
        }
        if arguments.switch("append-hash") {
            name_hash::append(&mut document);
        }
        generated::create(context, arguments, MADE, document)
    }
}

/// docker's `config.json`, its fields in docker's order.
fn config(server: &str, user: &str, password: &str, email: &str) -> String {
    let text = |it: &str| go_format::json(&Value::from(it));
    let auth = decode::to_base64(format!("{user}:{password}").as_bytes());
    let email =
        if email.is_empty() { String::new() } else { format!("\"email\":{},", text(email)) };
    format!(
        "{{\"auths\":{{{}:{{\"username\":{},\"password\":{},{email}\"auth\":{}}}}}}}",
        text(server),
        text(user),
        text(password),
        text(&auth)
    )
}
