//! Names that are no command here: real programs that are not simulated say so, everything else is "not found".

use std::sync::Arc;

use bashkit::{Builtin, BuiltinContext, CommandResolver, ExecResult};

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
    "helm",
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
pub(crate) struct Unknown;

impl CommandResolver for Unknown {
    fn resolve(&self, name: &str) -> Option<Arc<dyn Builtin>> {
        Some(Arc::new(Refusal { name: name.to_owned() }))
    }
}

struct Refusal {
    name: String,
}

#[bashkit::async_trait]
impl Builtin for Refusal {
    async fn execute(&self, _: BuiltinContext<'_>) -> bashkit::Result<ExecResult> {
        let name = &self.name;
        Ok(if NOT_SIMULATED.contains(&name.as_str()) {
            ExecResult::err(format!("opsdrill: not simulated: {name}\n"), 126)
        } else {
            ExecResult::err(format!("bash: {name}: command not found\n"), 127)
        })
    }
}
