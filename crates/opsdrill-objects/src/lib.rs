//! Kubernetes objects and the rules that need no cluster and no clock.
//!
//! - [`object`]: one API object as the store keeps it: compact metadata and a shared body
//! - [`kinds`]: the list of kinds, one file each: names, decoding, defaults, validation, columns
//! - [`custom`]: kinds that CustomResourceDefinitions make
//! - [`defaults`]: what the server fills in, where several kinds share it
//! - [`cron`]: schedules of CronJobs
//! - [`decode`]: JSON documents into typed objects, with the server's own complaints
//! - [`status`]: what the API server answers when it refuses
//! - [`duration`], [`timestamp`]: spans and points in time as the API writes them
//! - [`table`]: aligned columns
//! - [`address`]: addresses on the web in their parts
//! - [`yaml`]: YAML as Go reads and writes it
//! - [`patch`]: JSON, merge and strategic patches, and those kubectl computes
//! - [`jsonpath`]: kubectl's JSONPath templates
//! - [`go_format`]: values as Go prints them
//! - [`quantity`]: `100m`, `1.5Gi`
//! - [`selector`]: label and field selectors

pub mod address;
pub mod apply;
pub mod cron;
pub mod custom;
pub mod decode;
pub mod defaults;
pub mod duration;
pub mod event;
pub mod field_error;
pub mod go_format;
pub mod jsonpath;
pub mod kinds;
pub mod meta;
pub mod object;
pub mod patch;
pub mod pod;
pub mod quantity;
pub mod selector;
pub mod status;
pub mod table;
pub mod timestamp;
pub mod validation;
pub mod yaml;

pub use k8s_openapi;
pub use kinds::{Kind, KindInfo};
pub use meta::{Meta, OwnerReference, Uid};
pub use object::{Body, Object};
pub use status::Status;
