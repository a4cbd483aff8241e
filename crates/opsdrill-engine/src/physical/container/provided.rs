//! The files that nobody wrote: what kubelet, runtime and kernel provide.

use bevy_ecs::world::World;

use super::ContainerHandle;
use crate::physical::network::dns::Resolver;
use crate::physical::{footprint, nginx};
use crate::view::View;

impl ContainerHandle {
    /// What kubelet, runtime and kernel provide.
    pub(super) fn provided(&self, world: &World, path: &str) -> Option<String> {
        let spec = &self.spec;
        if let Some(text) = nginx::packaged(world, self.process, path) {
            return (!self.is_covered(world, path)).then_some(text);
        }
        Some(match path {
            "/dev/termination-log" => String::new(),
            "/etc/hostname" => format!("{}\n", spec.pod_name),
            "/etc/hosts" => self.hosts_file(world),
            "/etc/resolv.conf" => Resolver::of(world, &self.origin()).file(),
            "/etc/os-release" => self.image.userland.os_release()?.to_owned(),
            "/etc/passwd" => passwd(self.user_id(), &self.user_name()),
            "/proc/1/cmdline" => self.command_line(world).join("\0") + "\0",
            "/proc/1/environ" => {
                let env = self.env();
                let rows = env.iter().map(|(name, value)| format!("{name}={value}"));
                rows.collect::<Vec<_>>().join("\0") + "\0"
            }
            "/sys/fs/cgroup/memory.max" => {
                spec.memory_limit.map_or_else(|| "max\n".to_owned(), |it| format!("{it}\n"))
            }
            "/sys/fs/cgroup/memory.current" => {
                let usage = footprint::usage(world, spec.pod, &spec.container);
                format!("{}\n", usage.memory_bytes)
            }
            "/sys/fs/cgroup/cpu.max" => spec
                .cpu_limit
                .map_or_else(|| "max 100000\n".to_owned(), |it| format!("{} 100000\n", it * 100)),
            _ => return None,
        })
    }

    /// `/etc/hosts` as the kubelet writes it.
    fn hosts_file(&self, world: &World) -> String {
        let spec = &self.spec;
        let mut file = "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost \
                        ip6-loopback\nfe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\n\
                        fe00::2\tip6-allrouters\n"
            .to_owned();
        let object = View::new(world).by_uid(spec.pod);
        let pod = object.and_then(|it| it.pod()).map(|it| &it.spec);
        let name = pod.and_then(|it| it.hostname.as_deref()).unwrap_or(&spec.pod_name);
        let full = pod.and_then(|it| it.subdomain.as_ref()).map_or_else(String::new, |it| {
            format!("{name}.{it}.{}.svc.cluster.local\t", spec.namespace)
        });
        file += &format!("{}\t{full}{name}\n", spec.pod_ip);
        let aliases: Vec<_> = pod.iter().flat_map(|it| it.host_aliases.iter().flatten()).collect();
        if !aliases.is_empty() {
            file += "\n# Entries added by HostAliases.\n";
        }
        for alias in aliases {
            let names: Vec<&str> = alias.hostnames.iter().flatten().map(String::as_str).collect();
            file += &format!("{}\t{}\n", alias.ip, names.join("\t"));
        }
        file
    }
}

fn passwd(user_id: u32, user: &str) -> String {
    let mut file = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n".to_owned();
    if !matches!(user_id, 0 | 65_534) {
        file += &format!("{user}:x:{user_id}:{user_id}::/home/{user}:/bin/sh\n");
    }
    file
}
