//! Names that are no command here: real programs that are not simulated say so, everything else is "not found".

use std::sync::Arc;

use bashkit::{Builtin, BuiltinContext, CommandResolver, ExecResult};

use crate::shell::ContainerMachine;

/// Programs an operator would expect on a machine and that stand for something this shell does not have.
const NOT_SIMULATED: &[&str] = &[
    "ansible",
    "ansible-playbook",
    "apk",
    "apt",
    "apt-get",
    "argocd",
    "aws",
    "az",
    "brew",
    "crictl",
    "ctr",
    "cargo",
    "dig",
    "dnf",
    "docker",
    "docker-compose",
    "dpkg",
    "emacs",
    "flux",
    "free",
    "gcc",
    "gcloud",
    "git",
    "go",
    "host",
    "htop",
    "ifconfig",
    "ip",
    "iptables",
    "istioctl",
    "java",
    "journalctl",
    "jq-ng",
    "k9s",
    "kind",
    "kubeadm",
    "kubectx",
    "kubens",
    "kustomize",
    "less",
    "lsof",
    "make",
    "man",
    "minikube",
    "more",
    "mount",
    "mysql",
    "nc",
    "netstat",
    "node",
    "npm",
    "nslookup",
    "openssl",
    "perl",
    "pgrep",
    "ping",
    "pip",
    "pip3",
    "pkill",
    "podman",
    "ps",
    "psql",
    "python",
    "python3",
    "redis-cli",
    "rsync",
    "ruby",
    "scp",
    "screen",
    "service",
    "sftp",
    "ss",
    "ssh",
    "strace",
    "su",
    "sudo",
    "systemctl",
    "tcpdump",
    "telnet",
    "terraform",
    "tmux",
    "top",
    "traceroute",
    "uptime",
    "vault",
    "wget",
    "curl",
    "who",
    "yum",
];

/// The interpreter's last resort for a name.
pub(crate) struct Unknown {
    container: Option<Arc<ContainerMachine>>,
}

impl Unknown {
    /// On the workstation, or in a container.
    pub(crate) fn new(container: Option<ContainerMachine>) -> Self {
        Self { container: container.map(Arc::new) }
    }
}

impl CommandResolver for Unknown {
    fn resolve(&self, name: &str) -> Option<Arc<dyn Builtin>> {
        Some(Arc::new(Refusal {
            name: name.to_owned(),
            container: self.container.clone(),
            is_program: false,
        }))
    }
}

/// A command that only says that it is none.
pub(crate) struct Refusal {
    name: String,
    container: Option<Arc<ContainerMachine>>,
    is_program: bool,
}

impl Refusal {
    /// Of a program that is in the image and that nothing here runs.
    pub(crate) fn of_program(name: &str) -> Self {
        Self { name: name.to_owned(), container: None, is_program: true }
    }
}

#[bashkit::async_trait]
impl Builtin for Refusal {
    async fn execute(&self, _: BuiltinContext<'_>) -> bashkit::Result<ExecResult> {
        let name = &self.name;
        let (complaint, status) = match &self.container {
            _ if self.is_program => {
                (format!("opsdrill: not simulated: {name} in containers\n"), 126)
            }
            Some(container) => container.refusal(name),
            None if NOT_SIMULATED.contains(&name.as_str()) => {
                (format!("opsdrill: not simulated: {name}\n"), 126)
            }
            None => (format!("bash: {name}: command not found\n"), 127),
        };
        Ok(ExecResult::err(complaint, status))
    }
}
