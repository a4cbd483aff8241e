//! The simulated cluster: time, store, API, controllers, scheduler, kubelets and the physical world.
//!
//! The map, in reading order:
//! - [`time`], [`chance`], [`agenda`]: what makes a run a pure function of its inputs
//! - [`store`]: the objects, as entities of a bevy world, with their indexes
//! - [`api`]: the one door through which everything reads and changes objects
//! - [`view`]: what controllers, scheduler and checks may read
//! - [`controllers`]: pure functions from a view and a key to changes
//! - [`scheduler`], [`kubelet`]: pods get nodes; nodes run them
//! - [`physical`]: what is so, whatever the API believes: images, processes, network, users
//! - [`cluster`]: all of it together; the boundary for the crates above

pub mod agenda;
pub mod api;
pub mod chance;
pub mod cluster;
pub mod controllers;
mod dependent;
mod history;
pub mod kube_system;
pub mod kubelet;
mod lookup;
pub mod physical;
pub mod scheduler;
mod storage;
pub mod store;
pub mod time;
pub mod view;

pub use cluster::{Cluster, ClusterConfig};
pub use time::{SimDuration, SimTime};
pub use view::View;
