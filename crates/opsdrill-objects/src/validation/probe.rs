//! Probes and lifecycle handlers.

use k8s_openapi::api::core::v1::{
    ExecAction, GRPCAction, HTTPGetAction, Lifecycle, Probe, SleepAction, TCPSocketAction,
};

use super::{Errors, Path, numbers, one_of, require};
use crate::field_error::FieldError;

/// Which probe it is: those that end a container may not ask for several successes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProbeUse {
    Liveness,
    Readiness,
    Startup,
}

pub(crate) fn probe(errors: &mut Errors, path: &Path, probe: Option<&Probe>, what_for: ProbeUse) {
    let Some(probe) = probe else { return };
    let handler = Handler {
        exec: probe.exec.as_ref(),
        http_get: probe.http_get.as_ref(),
        tcp_socket: probe.tcp_socket.as_ref(),
        grpc: probe.grpc.as_ref(),
        sleep: None,
    };
    handler.check(errors, path);
    for (field, value) in [
        ("initialDelaySeconds", probe.initial_delay_seconds),
        ("timeoutSeconds", probe.timeout_seconds),
        ("periodSeconds", probe.period_seconds),
        ("successThreshold", probe.success_threshold),
        ("failureThreshold", probe.failure_threshold),
    ] {
        numbers::non_negative(errors, &path.child(field), value);
    }
    if let Some(seconds) = probe.termination_grace_period_seconds {
        let path = path.child("terminationGracePeriodSeconds");
        if what_for == ProbeUse::Readiness {
            let why = "must not be set for readinessProbes";
            errors.push(FieldError::invalid_raw(&path, seconds, why));
        } else if seconds <= 0 {
            errors.push(FieldError::invalid_raw(&path, seconds, "must be greater than 0"));
        }
    }
    let successes = probe.success_threshold.unwrap_or(1);
    if what_for != ProbeUse::Readiness && successes != 1 {
        let path = path.child("successThreshold");
        errors.push(FieldError::invalid_raw(&path, successes, "must be 1"));
    }
}

pub(crate) fn lifecycle(errors: &mut Errors, path: &Path, lifecycle: Option<&Lifecycle>) {
    let Some(lifecycle) = lifecycle else { return };
    for (field, handler) in [("postStart", &lifecycle.post_start), ("preStop", &lifecycle.pre_stop)]
    {
        let Some(handler) = handler else { continue };
        let handler = Handler {
            exec: handler.exec.as_ref(),
            http_get: handler.http_get.as_ref(),
            tcp_socket: handler.tcp_socket.as_ref(),
            grpc: None,
            sleep: handler.sleep.as_ref(),
        };
        handler.check(errors, &path.child(field));
    }
}

/// What a probe or a lifecycle hook does: exactly one of these.
struct Handler<'a> {
    exec: Option<&'a ExecAction>,
    http_get: Option<&'a HTTPGetAction>,
    tcp_socket: Option<&'a TCPSocketAction>,
    grpc: Option<&'a GRPCAction>,
    sleep: Option<&'a SleepAction>,
}

impl Handler<'_> {
    fn check(&self, errors: &mut Errors, path: &Path) {
        let mut count = 0;
        // Only the first of several is looked into.
        let mut is_first = |errors: &mut Errors, field: &str| {
            count += 1;
            if count > 1 {
                let why = "may not specify more than 1 handler type";
                errors.push(FieldError::forbidden(path.child(field), why));
            }
            count == 1
        };
        if let Some(action) = self.exec
            && is_first(errors, "exec")
            && action.command.as_ref().is_none_or(Vec::is_empty)
        {
            errors.push(FieldError::required(path.child("exec").child("command"), ""));
        }
        if let Some(action) = self.http_get
            && is_first(errors, "httpGet")
        {
            http_get(errors, &path.child("httpGet"), action);
        }
        if let Some(action) = self.tcp_socket
            && is_first(errors, "tcpSocket")
        {
            numbers::port_or_name(errors, &path.child("tcpSocket").child("port"), &action.port);
        }
        if let Some(action) = self.grpc
            && is_first(errors, "grpc")
        {
            numbers::port(errors, &path.child("grpc").child("port"), action.port);
        }
        if self.sleep.is_some() {
            is_first(errors, "sleep");
        }
        if count == 0 {
            errors.push(FieldError::required(path, "must specify a handler type"));
        }
    }
}

fn http_get(errors: &mut Errors, path: &Path, action: &HTTPGetAction) {
    require(errors, &path.child("path"), action.path.as_deref());
    numbers::port_or_name(errors, &path.child("port"), &action.port);
    one_of(errors, &path.child("scheme"), action.scheme.as_deref(), &["HTTP", "HTTPS"]);
}
