//! `kubectl create serviceaccount`.

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::shared_flags::PRINTING;

use super::generated::{self, Made, SHARED, name_of};

const MADE: Made = Made::namespaced("v1", "ServiceAccount", "failed to create serviceaccount:");

/// `kubectl create serviceaccount`.
pub(super) struct CreateServiceAccount;

impl Verb for CreateServiceAccount {
    const NAME: &'static str = "serviceaccount";
    const ALIASES: &'static [&'static str] = &["sa"];
    const USAGE: &'static str = "NAME";
    const SUMMARY: &'static str = "Create a service account";
    const FLAGS: &'static [&'static [Flag]] = &[SHARED, PRINTING];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let document = MADE.document(&name_of(arguments)?);
        generated::create(context, arguments, MADE, document)
    }
}
