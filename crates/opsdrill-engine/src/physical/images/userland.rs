//! What an image is built on: its os-release, its shell and its everyday commands.

/// The userland of an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Userland {
    /// Debian 12 (bookworm), the slim variant.
    #[default]
    Debian,
    /// Ubuntu 24.04.
    Ubuntu,
    /// Alpine Linux 3.22: busybox and musl.
    Alpine,
    /// Busybox alone.
    Busybox,
    /// No shell and no commands.
    Distroless,
}

/// Debian's essential commands that people reach for in a container. No `ps`, `curl`, `ping` or `vi`: the slim images
/// have none.
const DEBIAN: &str = "\
    apt apt-get awk base64 basename bash cat chmod chown comm cp cut date dd df diff dirname du echo env expr \
    false find fold getent grep groups gzip head hostname id join kill ln ls mkdir mktemp mv nl nproc od paste \
    printenv printf pwd readlink realpath rev rm rmdir sed seq sh sha256sum shuf sleep sort split stat tac tail tar tee \
    test timeout touch tr true truncate tty uname uniq wc which whoami xargs yes";

/// Busybox' applets.
const BUSYBOX: &str = "\
    ash awk base64 basename cat chmod chown cp cut date dd df diff dirname dmesg du echo env expr false \
    find free grep groups gzip head hostname httpd id ifconfig ip kill less ln ls mkdir mktemp more mount mv \
    nc netstat nproc nslookup od pgrep ping pkill printenv printf ps pwd readlink rev rm rmdir sed seq sh \
    sha256sum sleep sort stat tail tar tee telnet test time timeout top touch tr traceroute true tty \
    uname uniq uptime vi watch wc wget which whoami xargs yes";

impl Userland {
    /// The commands in `$PATH`, in alphabetical order.
    pub fn commands(self) -> impl Iterator<Item = &'static str> {
        let words = match self {
            Self::Debian | Self::Ubuntu => DEBIAN,
            Self::Alpine | Self::Busybox => BUSYBOX,
            Self::Distroless => "",
        };
        words.split(' ').filter(|it| !it.is_empty())
    }

    /// Whether the commands are busybox' applets, whose words of complaint differ from the GNU ones.
    pub fn is_busybox(self) -> bool {
        matches!(self, Self::Alpine | Self::Busybox)
    }

    /// The user's shell; `None` if there is none.
    pub fn shell(self) -> Option<&'static str> {
        match self {
            Self::Debian | Self::Ubuntu => Some("/bin/bash"),
            Self::Alpine | Self::Busybox => Some("/bin/sh"),
            Self::Distroless => None,
        }
    }

    /// `/etc/os-release`; `None` if the image has none.
    pub fn os_release(self) -> Option<&'static str> {
        match self {
            Self::Debian => Some(
                "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\n\
                 VERSION=\"12 (bookworm)\"\nVERSION_CODENAME=bookworm\nID=debian\nHOME_URL=\"https://www.debian.org/\"\n\
                 SUPPORT_URL=\"https://www.debian.org/support\"\nBUG_REPORT_URL=\"https://bugs.debian.org/\"\n",
            ),
            Self::Ubuntu => Some(
                "PRETTY_NAME=\"Ubuntu 24.04.3 LTS\"\nNAME=\"Ubuntu\"\nVERSION_ID=\"24.04\"\n\
                 VERSION=\"24.04.3 LTS (Noble Numbat)\"\nVERSION_CODENAME=noble\nID=ubuntu\nID_LIKE=debian\n",
            ),
            Self::Alpine => Some(
                "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.22.2\nPRETTY_NAME=\"Alpine Linux v3.22\"\n\
                 HOME_URL=\"https://alpinelinux.org/\"\nBUG_REPORT_URL=\"https://gitlab.alpinelinux.org/alpine/aports/-/issues\"\n",
            ),
            Self::Busybox => None,
            Self::Distroless => Some(
                "PRETTY_NAME=\"Distroless\"\nNAME=\"Debian GNU/Linux\"\nID=\"debian\"\nVERSION_ID=\"12\"\n\
                 VERSION=\"Debian GNU/Linux 12 (bookworm)\"\nHOME_URL=\"https://github.com/GoogleContainerTools/distroless\"\n",
            ),
        }
    }

    /// The folders that are there whatever lies in them.
    pub fn folders(self) -> impl Iterator<Item = &'static str> {
        let words = match self {
            Self::Busybox => {
                "bin dev etc home lib lib64 proc root sys tmp usr usr/bin usr/sbin var var/spool var/www"
            }
            Self::Distroless => "bin boot dev etc home lib proc root run sbin sys tmp usr var",
            _ => {
                "bin boot dev etc home lib media mnt opt proc root run sbin srv sys tmp usr usr/bin usr/lib usr/local \
                 usr/local/bin usr/sbin usr/share var var/cache var/lib var/log var/spool var/tmp"
            }
        };
        words.split(' ')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_in_order_and_slim_images_lack_what_people_miss() {
        for userland in [Userland::Debian, Userland::Busybox] {
            assert!(userland.commands().is_sorted());
        }
        for missing in ["ps", "curl", "ping", "nslookup", "vi", "wget"] {
            assert!(!Userland::Debian.commands().any(|it| it == missing), "{missing}");
        }
        assert!(Userland::Alpine.commands().any(|it| it == "nslookup"));
        assert!(!Userland::Alpine.commands().any(|it| it == "bash"));
    }
}
