//! Which columns of a Table hold numbers, truths and dates: kubectl prints them alike, other clients do not.
//!
//! Facts of the real server's tables (recording `table-columns.json`).

/// `type` of a column.
pub(crate) fn column_type(plural: &str, column: &str) -> &'static str {
    match (plural, column) {
        (
            "replicasets" | "replicationcontrollers" | "daemonsets",
            "Desired" | "Current" | "Ready",
        )
        | ("daemonsets", "Up-to-date" | "Available")
        | ("cronjobs", "Active")
        | ("poddisruptionbudgets", "Allowed Disruptions")
        | ("priorityclasses", "Value")
        | ("csinodes", "Drivers")
        | ("mutatingwebhookconfigurations" | "validatingwebhookconfigurations", "Webhooks") => {
            "integer"
        }
        ("cronjobs", "Suspend")
        | ("priorityclasses", "Global-Default")
        | ("volumeattachments", "Attached")
        | (
            "csidrivers",
            "AttachRequired" | "PodInfoOnMount" | "StorageCapacity" | "RequiresRepublish",
        ) => "boolean",
        (_, "Created At") => "date",
        _ => "string",
    }
}

/// Whether the cells of a column are numbers, whatever its type says.
pub(crate) fn has_numbers(plural: &str, column: &str) -> bool {
    column_type(plural, column) == "integer"
        || matches!(
            (plural, column),
            ("configmaps" | "secrets", "Data")
                | ("serviceaccounts", "Secrets")
                | ("events", "Count")
                | ("controllerrevisions", "Revision")
                | ("flowschemas", "MatchingPrecedence")
        )
}
