//! Content negotiation: which form of an answer a client asks for, and in which form it sends.

use opsdrill_objects::Status;

/// How an answer is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// `application/json`.
    #[default]
    Json,
    /// `application/yaml`.
    Yaml,
}

/// What an answer is made into.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The object or list itself.
    #[default]
    Whole,
    /// A Table of one of the versions `v1` and `v1beta1`.
    Table(&'static str),
    /// PartialObjectMetadata, one or a list.
    Metadata(&'static str),
    /// APIGroupDiscoveryList of one of the versions `v2` and `v2beta1`.
    Discovery(&'static str),
}

/// What a client accepts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Accepted {
    /// How it is written.
    pub(crate) encoding: Encoding,
    /// What it is made into.
    pub(crate) shape: Shape,
}

/// Where an answer goes: discovery knows another shape than objects do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum For {
    /// Objects and lists.
    Objects,
    /// `/api` and `/apis`.
    Discovery,
    /// Everything else.
    Plain,
}

/// The first thing on a client's list that can be had.
///
/// # Errors
/// 406 if nothing can.
pub(crate) fn accepted(accept: &str, what: For) -> Result<Accepted, Status> {
    if accept.trim().is_empty() {
        return Ok(Accepted::default());
    }
    let found = accept.split(',').find_map(|it| clause(it, what));
    found.ok_or_else(|| {
        Status::new(
            406,
            "NotAcceptable",
            "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf",
        )
    })
}

fn clause(clause: &str, what: For) -> Option<Accepted> {
    let mut words = clause.split(';').map(str::trim);
    let encoding = match words.next()? {
        "application/json" | "*/*" | "application/*" => Encoding::Json,
        "application/yaml" => Encoding::Yaml,
        _ => return None,
    };
    let (mut kind, mut group, mut version) = ("", "", "");
    for word in words {
        match word.split_once('=') {
            Some(("as", value)) => kind = value,
            Some(("g", value)) => group = value,
            Some(("v", value)) => version = value,
            _ => {}
        }
    }
    let of_meta = match version {
        "v1" => Some("v1"),
        "v1beta1" => Some("v1beta1"),
        _ => None,
    };
    let shape = match (kind, group) {
        ("", _) => Shape::Whole,
        ("Table", "meta.k8s.io") if what == For::Objects => Shape::Table(of_meta?),
        ("PartialObjectMetadata" | "PartialObjectMetadataList", "meta.k8s.io")
            if what == For::Objects =>
        {
            Shape::Metadata(of_meta?)
        }
        ("APIGroupDiscoveryList", "apidiscovery.k8s.io") if what == For::Discovery => {
            Shape::Discovery(match version {
                "v2" => "v2",
                "v2beta1" => "v2beta1",
                _ => return None,
            })
        }
        _ => return None,
    };
    Some(Accepted { encoding, shape })
}

/// The media type without its parameters.
pub(crate) fn bare(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kubectl_get_is_given_a_table() {
        let accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";
        assert_eq!(accepted(accept, For::Objects).unwrap().shape, Shape::Table("v1"));
        assert_eq!(accepted(accept, For::Plain).unwrap().shape, Shape::Whole);
    }

    #[test]
    fn protobuf_is_passed_over() {
        let accept = "application/vnd.kubernetes.protobuf,application/json";
        assert_eq!(accepted(accept, For::Objects).unwrap(), Accepted::default());
        assert_eq!(
            accepted("application/vnd.kubernetes.protobuf", For::Objects).unwrap_err().code,
            406
        );
    }

    #[test]
    fn discovery_is_negotiated_by_its_version() {
        let accept =
            "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
        assert_eq!(accepted(accept, For::Discovery).unwrap().shape, Shape::Discovery("v2"));
        assert_eq!(accepted(accept, For::Objects).unwrap().shape, Shape::Whole);
    }

    #[test]
    fn an_unknown_version_of_table_is_not_acceptable() {
        let accept = "application/json;as=Table;v=v9;g=meta.k8s.io";
        assert_eq!(accepted(accept, For::Objects).unwrap_err().code, 406);
    }
}
