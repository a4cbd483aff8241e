//! Discovery: what the server has, as clients ask for it before anything else.
//!
//! - [`resources`]: every resource with its verbs and subresources
//! - [`plain`]: `/api`, `/apis`, a group, a version, as clients have read them from the beginning
//! - [`aggregated`]: all groups in one document
//! - [`kept`]: what was answered, until the kinds are others

pub(crate) mod aggregated;
pub(crate) mod kept;
pub(crate) mod plain;
pub(crate) mod resources;
