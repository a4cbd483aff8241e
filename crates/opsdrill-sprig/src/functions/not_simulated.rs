//! Functions that are known and not simulated: keys and certificates, passwords' hashes, ciphers.

use opsdrill_template::Value;

/// Says so.
pub(super) fn complain(name: &str) -> Result<Value, String> {
    Err(format!("opsdrill: not simulated: the function {name}"))
}
