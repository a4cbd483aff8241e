//! The simulated cluster as a Kubernetes API over HTTPS, for unmodified clients.
//!
//! The session belongs to one thread; HTTP belongs to others. Between them stands a desk: connections put calls on it
//! and wait, the session's thread answers them in order. This crate keeps no state of the cluster.
//!
//! - [`desk`], [`counter`], [`watchers`]: the session's side
//! - [`listener`], [`tls`], [`credentials`], [`kubeconfig`]: who may come in
//! - `service`: one request from its head to its answer
//! - `path`, `query`, `media`, `content`: what a request says, read without a socket
//! - `documents`, `discovery`, `answer`: what is answered, written without a socket
//! - `watch`, `log`: answers that go on
//! - `streams`, `spdy`: connections that go both ways; `proxy`, `application`: what a pod's program answers
//! - `metrics`: what nodes and pods use

mod answer;
mod application;
mod body;
mod content;
mod continuation;
pub mod counter;
pub mod credentials;
pub mod desk;
mod discovery;
mod documents;
mod health;
pub mod kubeconfig;
pub mod listener;
mod log;
mod media;
mod metrics;
mod objects;
mod openapi;
mod path;
mod protobuf;
mod proxy;
mod query;
mod service;
mod spdy;
mod streams;
pub mod tls;
mod watch;
mod watchers;

pub use counter::Counter;
pub use desk::Desk;
pub use listener::{Server, Settings};
