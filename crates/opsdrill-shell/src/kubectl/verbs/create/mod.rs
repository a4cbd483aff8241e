//! `kubectl create`: objects from files, and simple objects from flags.
//!
//! - `generated`: what the parts that make an object from flags share.
//! - `data_sources`: `--from-literal` and its like.
//! - `policy_rules`: `--verb`, `--resource` and their like; `subjects`: `--user` and its like.

mod cluster_role;
mod cluster_role_binding;
mod config_map;
mod cron_job;
mod data_sources;
mod deployment;
mod docker_registry;
mod generated;
mod ingress;
mod job;
mod namespace;
mod pod_disruption_budget;
mod policy_rules;
mod priority_class;
mod quota;
mod role;
mod role_binding;
mod secret;
mod service;
mod service_account;
mod subjects;
mod token;

pub(super) use deployment::random_suffix;

use crate::kubectl::command::{Command, Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::manifests::{self, Sources};
use crate::kubectl::raw::{self, Method};
use crate::kubectl::shared_flags::{DRY_RUN, FIELD_MANAGER, FILES, LABEL_SELECTOR, PRINTING};

use super::apply;

/// `kubectl create …`.
pub(super) const PARTS: &[Command] = &[
    Command::of::<cluster_role::CreateClusterRole>(),
    Command::of::<cluster_role_binding::CreateClusterRoleBinding>(),
    Command::of::<config_map::CreateConfigMap>(),
    Command::of::<cron_job::CreateCronJob>(),
    Command::of::<deployment::CreateDeployment>(),
    Command::of::<ingress::CreateIngress>(),
    Command::of::<job::CreateJob>(),
    Command::of::<namespace::CreateNamespace>(),
    Command::of::<pod_disruption_budget::CreatePodDisruptionBudget>(),
    Command::of::<priority_class::CreatePriorityClass>(),
    Command::of::<quota::CreateQuota>(),
    Command::of::<role::CreateRole>(),
    Command::of::<role_binding::CreateRoleBinding>(),
    Command::group("secret", "Create a secret", SECRETS),
    Command { aliases: &["svc"], ..Command::group("service", "Create a service", SERVICES) },
    Command::of::<service_account::CreateServiceAccount>(),
    Command::of::<token::CreateToken>(),
];

const SECRETS: &[Command] = &[
    Command::of::<docker_registry::CreateDockerRegistrySecret>(),
    Command::of::<secret::CreateGenericSecret>(),
    Command::of::<secret::CreateTlsSecret>(),
];

const SERVICES: &[Command] = &[
    Command::of::<service::CreateClusterIp>(),
    Command::of::<service::CreateExternalName>(),
    Command::of::<service::CreateLoadBalancer>(),
    Command::of::<service::CreateNodePort>(),
];

/// `kubectl create -f`.
pub(super) struct Create;

impl Verb for Create {
    const NAME: &'static str = "create";
    const USAGE: &'static str = "-f FILE";
    const SUMMARY: &'static str = "Create an object from a file or from flags";
    const FLAGS: &'static [&'static [Flag]] = &[
        &[
            DRY_RUN,
            FIELD_MANAGER,
            apply::VALIDATE,
            LABEL_SELECTOR,
            Flag::switch("edit").not_simulated(),
            Flag::switch("save-config")
                .about("Remember the manifest in an annotation, as apply does."),
            Flag::switch("windows-line-endings").not_simulated(),
            Flag::text("raw").about("A path of the API to which the file is sent as it stands."),
        ],
        FILES,
        PRINTING,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        manifests::no_words(arguments)?;
        let sources = Sources::required(arguments)?;
        let path = arguments.text("raw");
        if !path.is_empty() {
            if !arguments.text("selector").is_empty() {
                return Err(ToolError::plain("--raw and --selector (-l) are mutually exclusive"));
            }
            let body = raw::body(context, arguments)?;
            return raw::run(context, Method::Post(body), path);
        }
        if !arguments.text("selector").is_empty() {
            return Err(ToolError::not_simulated("kubectl create --selector"));
        }
        let asked = arguments.switch("save-config");
        let writer = apply::writer_of(context, arguments, "kubectl-create")?;
        let manifests = sources.load(context)?;
        let mut errors = Vec::new();
        for manifest in &manifests {
            let created = manifest.kind().and_then(|kind| {
                let namespace = manifest.namespace(context)?;
                let mut document = apply::remembered(&manifest.value, &namespace, asked);
                if writer.pretends() {
                    if !namespace.is_empty() {
                        document["metadata"]["namespace"] = namespace.into();
                    }
                    return Ok(document);
                }
                let created = writer.create(context, kind, &namespace, document);
                created.map(|it| it.to_value()).map_err(|refusal| {
                    ToolError::from(refusal).while_doing("creating", &manifest.source)
                })
            });
            match created {
                Ok(document) => writer.say(context, arguments, &document, "created")?,
                Err(error) => errors.push(error),
            }
        }
        ToolError::all(errors).map(|()| 0)
    }
}
