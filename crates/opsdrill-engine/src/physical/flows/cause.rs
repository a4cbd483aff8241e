//! Why requests fail, and how programs put it into words.

use crate::physical::application::model::{DependencyKind, Runtime};

/// Why a request fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The name is not known to the DNS.
    UnknownHost,
    /// Nobody answers for names.
    NameTimeout,
    /// Nothing listens on the port, or the Service has no ready endpoints.
    Refused,
    /// No answer in time.
    Timeout,
    /// The server does not take more connections (redis `maxclients`, postgres `max_connections`).
    TooManyConnections,
    /// User or password is wrong.
    Authentication,
    /// 500: the server failed by itself.
    ServerError,
    /// 503: the server says that it cannot serve now.
    Unavailable,
    /// 502 or 500 because something that the server needs failed.
    Dependency,
    /// 404: an ingress has no rule for the host or the path.
    NotFound,
}

/// Where a call went.
#[derive(Clone, Copy, Debug)]
pub struct Called<'a> {
    /// What was called.
    pub kind: DependencyKind,
    /// Host.
    pub host: &'a str,
    /// Port.
    pub port: u16,
    /// User, for databases.
    pub user: &'a str,
}

impl Cause {
    /// The words of a program about a failed call, as its libraries put them.
    pub fn words(self, runtime: Runtime, called: Called<'_>) -> String {
        if let Some(text) = self.server_words(called) {
            return text;
        }
        let Called { host, port, .. } = called;
        match (runtime, self) {
            (Runtime::Jvm, Self::Refused) if called.kind == DependencyKind::Postgres => format!(
                "Connection to {host}:{port} refused. Check that the hostname and port are correct \
                 and that the postmaster is accepting TCP/IP connections."
            ),
            (Runtime::Jvm, Self::UnknownHost) => format!("java.net.UnknownHostException: {host}"),
            (Runtime::Jvm, Self::NameTimeout) => {
                format!(
                    "java.net.UnknownHostException: {host}: Temporary failure in name resolution"
                )
            }
            (Runtime::Jvm, Self::Refused) => {
                "java.net.ConnectException: Connection refused".to_owned()
            }
            (Runtime::Jvm, Self::Timeout) => {
                "java.net.SocketTimeoutException: Connect timed out".to_owned()
            }
            (_, Self::UnknownHost) => format!("dial tcp: lookup {host}: no such host"),
            // The patience of clients ends before that of the resolver (`net.DNSError`).
            (_, Self::NameTimeout) => format!("dial tcp: lookup {host}: i/o timeout"),
            (_, Self::Refused) => {
                format!("dial tcp {host}:{port}: connect: connection refused")
            }
            (_, Self::Timeout) => format!("dial tcp {host}:{port}: i/o timeout"),
            (_, Self::Unavailable) => "503 Service Unavailable".to_owned(),
            (_, Self::Dependency) => "502 Bad Gateway".to_owned(),
            (_, Self::NotFound) => "404 Not Found".to_owned(),
            _ => "500 Internal Server Error".to_owned(),
        }
    }

    /// What the server itself said, if it said anything.
    fn server_words(self, called: Called<'_>) -> Option<String> {
        let text = match (self, called.kind) {
            (Self::TooManyConnections, DependencyKind::Redis) => {
                "ERR max number of clients reached".to_owned()
            }
            (Self::TooManyConnections, DependencyKind::Mysql) => {
                "ERROR 1040 (HY000): Too many connections".to_owned()
            }
            (Self::Authentication, DependencyKind::Mysql) => {
                format!("ERROR 1045 (28000): Access denied for user '{}'", called.user)
            }
            (Self::TooManyConnections, _) => "FATAL: sorry, too many clients already".to_owned(),
            (Self::Authentication, DependencyKind::Redis) => {
                "WRONGPASS invalid username-password pair or user is disabled.".to_owned()
            }
            (Self::Authentication, _) => {
                format!("FATAL: password authentication failed for user \"{}\"", called.user)
            }
            _ => return None,
        };
        Some(text)
    }
}
