//! A command in a container that somebody ran over the network, as the input log keeps it.
//!
//! A command with all that it reads is one input. A shell in which a client stays is several: its start, each line that
//! was typed, Ctrl-C, its end.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use opsdrill_engine::api::Identity;
use opsdrill_objects::Status;
use serde::{Deserialize, Serialize};

/// A command in a container, or somebody who attaches to its first process.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExecCall {
    /// The number by which later inputs name it.
    pub id: u64,
    /// User name.
    pub user: String,
    /// Groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// Namespace of the pod.
    pub namespace: String,
    /// Name of the pod.
    pub pod: String,
    /// Name of the container; may be empty where there is one only.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub container: String,
    /// The program and its arguments; empty for the container's first process.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub argv: Vec<String>,
    /// What it reads, if anything is connected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stdin: Option<Bytes>,
    /// Whether it has a terminal.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub terminal: bool,
    /// Whether a shell waits for lines that are still to come.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stays: bool,
}

/// Bytes, in the log as text where they are text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Bytes(pub Vec<u8>);

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Written {
    Text(String),
    Base64(String),
}

impl From<Bytes> for Written {
    fn from(bytes: Bytes) -> Self {
        match String::from_utf8(bytes.0) {
            Ok(text) => Self::Text(text),
            Err(other) => Self::Base64(STANDARD.encode(other.into_bytes())),
        }
    }
}

impl TryFrom<Written> for Bytes {
    type Error = base64::DecodeError;

    fn try_from(written: Written) -> Result<Self, base64::DecodeError> {
        match written {
            Written::Text(text) => Ok(Self(text.into_bytes())),
            Written::Base64(text) => STANDARD.decode(text).map(Self),
        }
    }
}

impl ExecCall {
    /// Sets who runs it.
    #[must_use]
    pub fn by(mut self, identity: &Identity) -> Self {
        self.user = identity.user.to_string();
        self.groups = identity.groups.iter().map(ToString::to_string).collect();
        self
    }

    /// The command in a few words, such as `exec shop/web-0 -- ls /`.
    pub fn summary(&self) -> String {
        let place = format!("{}/{}", self.namespace, self.pod);
        if self.argv.is_empty() {
            return format!("attach {place}");
        }
        format!("exec {place} -- {}", self.argv.join(" "))
    }
}

/// How a command in a container, or a line in its shell, went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExecEnd {
    /// It is over, with this exit status.
    Ended(i32),
    /// The shell waits for a line; this stands before the cursor.
    Stays(String),
    /// The container's first process reads nothing; it goes on writing to its log.
    Streams,
    /// It did not come to that.
    Refused(Status),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_from_the_log_as_they_went_in() {
        for bytes in [b"plain\n".to_vec(), vec![0, 255, 7]] {
            let call = ExecCall { stdin: Some(Bytes(bytes)), id: 3, ..ExecCall::default() };
            let line = serde_json::to_string(&call).unwrap();
            assert_eq!(serde_json::from_str::<ExecCall>(&line).unwrap(), call);
        }
    }

    #[test]
    fn text_is_written_as_text() {
        let stdin = Some(Bytes(b"ls\n".to_vec()));
        let argv = vec!["sh".to_owned()];
        let (namespace, pod) = ("shop".to_owned(), "web".to_owned());
        let call = ExecCall { namespace, pod, argv, stdin, ..ExecCall::default() };
        assert_eq!(
            serde_json::to_string(&call).unwrap(),
            r#"{"id":0,"user":"","namespace":"shop","pod":"web","argv":["sh"],"stdin":{"text":"ls\n"}}"#
        );
        assert_eq!(call.summary(), "exec shop/web -- sh");
    }
}
