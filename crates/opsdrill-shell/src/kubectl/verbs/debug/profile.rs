//! The profiles of `kubectl debug`: what the debugging container may do, and what a copy leaves behind.
//!
//! Learnt from the requests that kubectl 1.32 sends.

use serde_json::{Map, Value, json};

use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::Arguments;

/// What kubectl 1.32 says of the profile that it takes when none is named.
const LEGACY: &str = "--profile=legacy is deprecated and will be removed in the future. It is recommended to explicitly specify a profile, for example \"--profile=general\".\n";

/// A profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Profile {
    Legacy,
    General,
    Baseline,
    Restricted,
    NetAdmin,
    SysAdmin,
}

impl Profile {
    /// The profile that a line names.
    ///
    /// # Errors
    /// There is none of that name.
    pub(super) fn named(name: &str) -> Result<Self, ToolError> {
        Ok(match name {
            "legacy" => Self::Legacy,
            "general" => Self::General,
            "baseline" => Self::Baseline,
            "restricted" => Self::Restricted,
            "netadmin" => Self::NetAdmin,
            "sysadmin" => Self::SysAdmin,
            _ => return Err(ToolError::plain(format!("unknown profile: {name}"))),
        })
    }

    /// What is said of it before anything happens.
    pub(super) fn warning(self) -> &'static str {
        if self == Self::Legacy { LEGACY } else { "" }
    }

    /// Gives the debugging container its rights.
    pub(super) fn equip(self, container: &mut Value) {
        if matches!(self, Self::Baseline | Self::Restricted) {
            fields(container).remove("securityContext");
        }
        match self {
            Self::Legacy | Self::Baseline => {}
            Self::General => add_capabilities(container, &["SYS_PTRACE"]),
            Self::NetAdmin => add_capabilities(container, &["NET_ADMIN", "NET_RAW"]),
            Self::SysAdmin => container["securityContext"]["privileged"] = true.into(),
            Self::Restricted => {
                container["securityContext"] = json!({
                    "allowPrivilegeEscalation": false,
                    "capabilities": { "drop": ["ALL"] },
                    "runAsNonRoot": true,
                    "seccompProfile": { "type": "RuntimeDefault" },
                });
            }
        }
    }

    /// Whether a pod on a node has the node's namespaces for its own.
    pub(super) fn shares_host(self) -> bool {
        !matches!(self, Self::Baseline | Self::Restricted)
    }

    /// Whether a pod on a node sees the node's files.
    pub(super) fn mounts_host(self) -> bool {
        matches!(self, Self::Legacy | Self::General | Self::SysAdmin)
    }

    /// Takes from a copy what is not to be kept, and lets its containers see each other.
    pub(super) fn strip(self, copy: &mut Value, arguments: &Arguments) {
        let keeps = |what: &str| arguments.switch(&format!("keep-{what}"));
        let metadata = fields(&mut copy["metadata"]);
        if !keeps("labels") {
            metadata.remove("labels");
        }
        if self == Self::Legacy {
            return;
        }
        if !keeps("annotations") {
            metadata.remove("annotations");
        }
        let spec = fields(&mut copy["spec"]);
        if !keeps("init-containers") {
            spec.remove("initContainers");
        }
        spec.entry("shareProcessNamespace").or_insert(true.into());
        let containers = spec.get_mut("containers").and_then(Value::as_array_mut);
        for container in containers.into_iter().flatten() {
            for probe in ["liveness", "readiness", "startup"].into_iter().filter(|it| !keeps(it)) {
                fields(container).remove(&format!("{probe}Probe"));
            }
        }
    }
}

fn add_capabilities(container: &mut Value, names: &[&str]) {
    let capabilities = &mut container["securityContext"]["capabilities"];
    if !capabilities["add"].is_array() {
        capabilities["add"] = json!([]);
    }
    let added = capabilities["add"].as_array_mut().expect("it was made one");
    for name in names {
        if !added.iter().any(|it| it == name) {
            added.push((*name).into());
        }
    }
}

/// The fields of what is a map in every pod.
pub(super) fn fields(value: &mut Value) -> &mut Map<String, Value> {
    value.as_object_mut().expect("pods, their parts and containers are maps")
}
