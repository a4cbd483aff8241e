//! Certificate signing requests: who asks for one is noted by the server, not told by the client.

use opsdrill_objects::Object;

use super::Identity;

/// Notes who made a request.
pub(super) fn note_requester(object: &mut Object, identity: &Identity) {
    let Some(request) = object.certificate_signing_request_mut() else { return };
    request.spec.username = Some(identity.user.to_string());
    request.spec.groups = Some(identity.groups.iter().map(ToString::to_string).collect());
    request.spec.uid = None;
    request.spec.extra = None;
}
