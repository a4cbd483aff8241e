//! `true` and `false`.

use opsdrill_shell::door::ExecReply;

use super::Inside;

pub(super) fn succeeds(_: &mut Inside<'_>, _: &[String]) -> ExecReply {
    ExecReply::default()
}

pub(super) fn fails(_: &mut Inside<'_>, _: &[String]) -> ExecReply {
    ExecReply { exit_code: 1, ..ExecReply::default() }
}
