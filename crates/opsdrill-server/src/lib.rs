//! The simulated cluster as a Kubernetes API over HTTPS, for unmodified clients.
//!
//! The session belongs to one thread; HTTP belongs to others. Between them stands a desk: connections put calls on it
//! and wait, the session's thread answers them in order. This crate keeps no state of the cluster.
//!
//! - [`desk`], [`watchers`]: the session's side
//! - [`listener`], [`tls`], [`credentials`], [`kubeconfig`]: who may come in
//! - `service`: one request from its head to its answer
//! - `path`, `query`, `media`, `content`: what a request says, read without a socket
//! - `documents`, `discovery`, `answer`: what is answered, written without a socket
//! - `watch`, `log`: answers that go on

mod answer;
mod body;
mod content;
mod continuation;
pub mod credentials;
pub mod desk;
mod discovery;
mod documents;
mod health;
pub mod kubeconfig;
pub mod listener;
mod log;
mod media;
mod objects;
mod openapi;
mod path;
mod protobuf;
mod query;
mod service;
pub mod tls;
mod watch;
mod watchers;

pub use desk::Desk;
pub use listener::{Server, Settings};
