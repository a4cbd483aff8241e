//! What Go reads of a certificate, with its complaints of one that is malformed.

use crate::der::{self, Reader, context};

/// What is needed of a signer's certificate.
pub(crate) struct Parsed<'d> {
    /// With tag and length.
    pub(crate) subject: &'d [u8],
    /// The public key with its algorithm, with tag and length.
    pub(crate) public: &'d [u8],
    /// The identifier of the key.
    pub(crate) subject_key: Option<&'d [u8]>,
}

fn malformed(what: &str) -> String {
    format!("x509: malformed {what}")
}

/// A certificate in binary form.
///
/// # Errors
/// With Go's words.
pub(crate) fn parse(bytes: &[u8]) -> Result<Parsed<'_>, String> {
    let mut input = Reader(bytes);
    let mut all = input.sequence().ok_or_else(|| malformed("certificate"))?;
    if !input.is_empty() {
        return Err("x509: trailing data".to_owned());
    }
    let mut body = all.sequence().ok_or_else(|| malformed("tbs certificate"))?;
    let version = match body.element(context(0)) {
        None => 0,
        Some(it) => match Reader(it.body).element(der::INTEGER).map(|it| it.body) {
            Some(&[version]) if version < 0x80 => version,
            _ => return Err(malformed("version")),
        },
    };
    if version > 2 {
        return Err("x509: invalid version".to_owned());
    }
    let serial = body.element(der::INTEGER).ok_or_else(|| malformed("serial number"))?;
    if serial.body.first().is_none_or(|it| *it >= 0x80) {
        return Err("x509: negative serial number".to_owned());
    }
    let mut sequence = |what: &str| body.element(der::SEQUENCE).ok_or_else(|| malformed(what));
    let algorithm = sequence("signature algorithm identifier")?;
    let outer = all.element(der::SEQUENCE).ok_or_else(|| malformed("algorithm identifier"))?;
    if outer.whole != algorithm.whole {
        let why = "x509: inner and outer signature algorithm identifiers don't match";
        return Err(why.to_owned());
    }
    sequence("issuer")?;
    sequence("validity")?;
    let subject = sequence("issuer")?.whole;
    let public = sequence("spki")?;
    let mut key = Reader(public.body);
    key.sequence().ok_or_else(|| malformed("public key algorithm identifier"))?;
    key.bits().ok_or_else(|| malformed("subjectPublicKey"))?;
    // Identifiers of the issuer and the subject from the second version, which nobody uses.
    body.element(0x81);
    body.element(0x82);
    let subject_key = match body.element(context(3)) {
        None => None,
        Some(it) => subject_key(it.body)?,
    };
    all.bits().ok_or_else(|| malformed("signature"))?;
    Ok(Parsed { subject, public: public.whole, subject_key })
}

/// The identifier of the key among the extensions.
fn subject_key(extensions: &[u8]) -> Result<Option<&[u8]>, String> {
    let mut found = None;
    let mut all = Reader(extensions).sequence().ok_or_else(|| malformed("extensions"))?;
    while !all.is_empty() {
        let mut one = all.sequence().ok_or_else(|| malformed("extension"))?;
        let name = one.element(der::OID).ok_or_else(|| malformed("extension OID field"))?;
        one.element(der::BOOL);
        let value = one.element(der::BYTES).ok_or_else(|| malformed("extension value field"))?;
        if name.body == super::SUBJECT_KEY {
            let key = Reader(value.body).element(der::BYTES);
            found = Some(key.ok_or("x509: invalid subject key identifier")?.body);
        }
    }
    Ok(found)
}
