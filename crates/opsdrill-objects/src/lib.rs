//! Kubernetes objects and the rules that need no cluster and no clock.
//!
//! - [`object`]: one API object as the store keeps it: compact metadata and a shared body
//! - [`kinds`]: the list of kinds, one file each: names, decoding, defaults, validation, columns
//! - [`decode`]: JSON documents into typed objects, with the server's own complaints
//! - [`status`]: what the API server answers when it refuses

pub mod decode;
pub mod event;
pub mod field_error;
pub mod kinds;
pub mod meta;
pub mod object;
pub mod pod;
pub mod status;

pub use k8s_openapi;
pub use kinds::{Kind, KindInfo};
pub use meta::{Meta, OwnerReference, Uid};
pub use object::{Body, Object};
pub use status::Status;
