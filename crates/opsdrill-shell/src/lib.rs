//! The pretend terminal: command language, files, kubectl and small Unix tools.
//!
//! - [`door`]: what tools may ask of the cluster
//! - [`kubectl`]: kubectl, written anew

pub mod door;
pub mod kubectl;
