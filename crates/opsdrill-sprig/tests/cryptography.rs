//! Keys, certificates, ciphers and derived passwords, called as a template calls them.

use opsdrill_sprig::time::Time;
use opsdrill_sprig::{SeededChance, Surroundings, functions};
use opsdrill_template::{Template, Value};
use sha2::{Digest as _, Sha256};

/// What a template prints on the first of February 2024, or its complaint without where it is.
fn run(text: &str) -> Result<String, String> {
    let now = Time { seconds: 1_706_745_600, nanos: 0 };
    let surroundings = Surroundings::new(SeededChance::new(b"seed"), now);
    let mut template = Template::new().with_functions(functions(&surroundings));
    template.parse("t", text)?;
    template.execute("t", &Value::Nil).map_err(|it| {
        let message = it.message;
        message.split_once(">: ").map_or(message.clone(), |(_, why)| why.to_owned())
    })
}

fn printed(text: &str) -> String {
    run(text).unwrap_or_else(|why| panic!("{text}: {why}"))
}

fn complaint(text: &str) -> String {
    run(text).expect_err(text)
}

fn digest(text: &str) -> String {
    Sha256::digest(printed(text))[..8].iter().map(|it| format!("{it:02x}")).collect()
}

/// The vectors of sprig's own tests.
#[test]
fn derived_passwords_are_those_of_sprig() {
    let cases = [
        ("1 \"long\"", "ZedaFaxcZaso9*"),
        ("2 \"long\"", "Fovi2@JifpTupx"),
        ("1 \"maximum\"", "pf4zS1LjCg&LjhsZ7T2~"),
        ("1 \"medium\"", "ZedJuz8$"),
        ("1 \"basic\"", "pIS54PLs"),
        ("1 \"short\"", "Zed5"),
        ("4294967297 \"pin\"", "6685"),
        ("1 \"other\"", "cannot find password template other"),
    ];
    for (what, password) in cases {
        let call = format!(r#"{{{{ derivePassword {what} "password" "user" "example.com" }}}}"#);
        assert_eq!(printed(&call), password);
    }
    let call = r#"{{ $n := 1 }}{{ derivePassword $n "pin" "a" "b" "c" }}"#;
    assert_eq!(complaint(call), "wrong type for value; expected uint32; got int");
    let call = r#"{{ derivePassword -1 "pin" "a" "b" "c" }}"#;
    assert_eq!(complaint(call), "expected unsigned integer; found -1");
}

/// The first vector is that of sprig's documentation; the second was deciphered with OpenSSL.
#[test]
fn what_is_enciphered_is_deciphered() {
    let known = r#"{{ "30tEfhuJSVRhpG97XCuWgz2okj7L8vQ1s6V9zVUPeDQ=" | decryptAES "secretkey" }}"#;
    assert_eq!(printed(known), "plaintext");
    let again = r#"{{ repeat 5 "fifteen letters" | encryptAES "k" | decryptAES "k" }}"#;
    assert_eq!(printed(again), "fifteen letters".repeat(5));
    let long = r#"{{ "text" | encryptAES (repeat 9 "12345") | decryptAES (repeat 8 "12345") }}"#;
    assert_eq!(printed(long), "text");
    assert_eq!(printed(r#"{{ encryptAES "k" "" }}|{{ decryptAES "k" "" }}"#), "|");
    let cases = [
        ("!", "illegal base64 data at input byte 0"),
        ("YWJj", "runtime error: slice bounds out of range [:16] with capacity 3"),
        ("MTIzNDU2Nzg5MDEyMzQ1Ng==", "runtime error: index out of range [-1]"),
        ("MTIzNDU2Nzg5MDEyMzQ1Njc=", "crypto/cipher: input not full blocks"),
    ];
    for (secret, why) in cases {
        let call = format!(r#"{{{{ decryptAES "k" "{secret}" }}}}"#);
        assert_eq!(complaint(&call), format!("error calling decryptAES: {why}"));
    }
}

/// OpenSSL found each of these keys whole and valid (`openssl pkey -check`).
#[test]
fn private_keys_are_made_of_the_seed() {
    let cases = [
        ("", "RSA ", "f6ad234ade87c6ea"),
        ("rsa", "RSA ", "f6ad234ade87c6ea"),
        ("dsa", "DSA ", "ff0a65df1613ef87"),
        ("ecdsa", "EC ", "dd8f619caa62a40b"),
        ("ed25519", "", "93f5af1be2eabf3b"),
    ];
    for (sort, label, expected) in cases {
        let call = format!(r#"{{{{ genPrivateKey "{sort}" }}}}"#);
        let key = printed(&call);
        assert!(key.starts_with(&format!("-----BEGIN {label}PRIVATE KEY-----\n")));
        assert_eq!(digest(&call), expected, "{sort}");
        let two = format!(r#"{{{{ eq (genPrivateKey "{sort}") (genPrivateKey "{sort}") }}}}"#);
        assert_eq!(printed(&two), "false");
    }
}

/// An authority's certificate and one that it signs, with keys of a sort.
fn given(key: &str) -> String {
    let authority = format!(r#"{{{{ $ca := genCAWithKey "ca" 10 ({key}) }}}}"#);
    let leaf = format!(r#"genSignedCertWithKey "" nil (list "x.y") 5 $ca ({key})"#);
    format!("{authority}{{{{ $c := {leaf} }}}}{{{{ $ca }}}}{{{{ $c }}}}")
}

/// OpenSSL verified each of these pairs (`openssl verify -x509_strict`, with the time of the test).
#[test]
fn certificates_are_made_of_the_seed() {
    let plain = r#"{{ $ca := genCA "my-ca*" 365 }}
        {{- $c := genSignedCert "cn" (list "10.0.0.1" "::1") (list "a.b" "*.c") 40000 $ca }}
        {{- $ca }}{{ $c }}"#;
    let made = |sort: &str| given(&format!(r#"genPrivateKey "{sort}""#));
    let read = |pem: &str| given(&format!("print `{pem}`"));
    let cases = [
        (plain.to_owned(), "aa1fd8cf9dda64a0"),
        (made("rsa"), "4bd671032ee20e69"),
        (made("ecdsa"), "dd162c3894e5e57c"),
        (made("ed25519"), "8e2727d039c79102"),
        (read(P224), "9bd2416583caeb75"),
        (read(P384), "670b88cbfb09d320"),
        (read(P521), "f8e20e49f4980591"),
    ];
    for (call, expected) in cases {
        assert_eq!(digest(&call), expected);
    }
}

/// A key keeps its type, whatever form it was given in.
#[test]
fn given_keys_are_written_by_their_type() {
    let call = format!(r#"{{{{ (genCAWithKey "ca" 10 `{P384}`).Key }}}}"#);
    assert_eq!(printed(&call), format!("{P384}\n"));
    let call = format!(r#"{{{{ (genSelfSignedCertWithKey "a" nil nil 10 `{P521}`).Key }}}}"#);
    assert!(printed(&call).starts_with("-----BEGIN EC PRIVATE KEY-----\n"));
}

#[test]
fn given_certificates_sign() {
    let custom = r#"{{ $ca := genCA "ca" 10 }}
        {{- $same := buildCustomCert ($ca.Cert | b64enc) ($ca.Key | b64enc) }}
        {{- and (eq $ca.Cert $same.Cert) (eq $ca.Key $same.Key) }} {{ typeOf $same }}
        {{- $c := genSignedCert "c" nil nil 1 $same }} {{ contains "BEGIN CERTIFICATE" $c.Cert }}"#;
    assert_eq!(printed(custom), "true sprig.certificate true");
    let other = r#"{{ $ca := genCA "ca" 10 }}
        {{- $mixed := buildCustomCert ($ca.Cert | b64enc) (genPrivateKey "ecdsa" | b64enc) }}
        {{- genSignedCert "c" nil nil 1 $mixed }}"#;
    let why = "error calling genSignedCert: error creating certificate: \
               x509: provided PrivateKey doesn't match parent's PublicKey";
    assert_eq!(complaint(other), why);
}

#[test]
fn complaints_are_those_of_sprig() {
    let with_key = |key: &str| format!(r#"genCAWithKey "a" 1 ({key})"#);
    let pem = |label: &str, body: &str| {
        with_key(&format!("print `-----BEGIN {label}-----\n{body}\n-----END {label}-----\n`"))
    };
    let cases = [
        (with_key("print 1"), "parsing private key: no PEM data in input"),
        (
            pem("CERTIFICATE", "AQI="),
            "parsing private key: no private key data in PEM block of type CERTIFICATE",
        ),
        (pem("ODD PRIVATE KEY", "AQI="), "parsing private key: invalid private key type ODD"),
        (
            with_key(&format!("print `{}`", P384.replace("EC PRIVATE", "RSA PRIVATE"))),
            "parsing private key: parsing RSA private key from PEM: x509: failed to parse private \
             key (use ParseECPrivateKey instead for this key format)",
        ),
        (
            with_key(&format!("print `{P256K1}`")),
            "parsing private key: parsing EC private key from PEM: x509: unknown elliptic curve",
        ),
        (
            pem("RSA PRIVATE KEY", "MAA="),
            "parsing private key: parsing RSA private key from PEM: \
             opsdrill: not simulated: what Go says of this broken private key",
        ),
        (
            with_key("genPrivateKey \"dsa\""),
            "error creating certificate: x509: certificate private key does not implement \
             crypto.Signer",
        ),
        (
            "genSelfSignedCert \"a\" nil (list 5) 1".to_owned(),
            "error processing alternate dns name: 5 is not a string",
        ),
        (
            "genSelfSignedCert \"a\" nil (list \"é\") 1".to_owned(),
            "error creating certificate: x509: \"é\" cannot be encoded as an IA5String",
        ),
        ("buildCustomCert \"!\" \"\"".to_owned(), "unable to decode base64 certificate"),
        ("buildCustomCert \"\" \"!\"".to_owned(), "unable to decode base64 private key"),
        ("buildCustomCert \"\" \"\"".to_owned(), "unable to decode certificate"),
        (
            format!("buildCustomCert (b64enc `{P384}`) \"\""),
            "error parsing certificate: decodedCert.Bytes: x509: malformed tbs certificate",
        ),
        (
            "buildCustomCert (b64enc (genCA \"a\" 1).Cert) \"\"".to_owned(),
            "error parsing private key: no PEM data in input",
        ),
    ];
    for (call, why) in cases {
        let name = call.split(' ').next().unwrap_or_default();
        let found = complaint(&format!("{{{{ {call} }}}}"));
        assert_eq!(found, format!("error calling {name}: {why}"), "{call}");
    }
}

/// What is dear on purpose is not called for without end.
#[test]
fn a_render_may_not_ask_for_too_many() {
    let call = "{{ range until 101 }}{{ genPrivateKey \"ed25519\" | trunc 0 }}{{ end }}";
    let why = "error calling genPrivateKey: opsdrill: not simulated: \
               more than 100 keys, certificates and passwords' hashes in one go";
    assert_eq!(complaint(call), why);
    assert_eq!(printed(&call.replace("101", "100")), "");
}

#[test]
fn dates_are_shown_in_a_zone() {
    let cases = [
        (
            r#"date_in_zone "2006-01-02 15:04 MST -0700" now "Europe/Paris""#,
            "2024-02-01 01:00 CET +0100",
        ),
        (r#"dateInZone "15:04 Z07:00" 1720000000 "America/New_York""#, "05:46 -04:00"),
        (r#"htmlDateInZone now "America/New_York""#, "2024-01-31"),
        (r#"dateInZone "15:04 MST" now "Nowhere/City""#, "00:00 UTC"),
    ];
    for (call, expected) in cases {
        assert_eq!(printed(&format!("{{{{ {call} }}}}")), expected);
    }
}

// Keys that OpenSSL made for this test, in the forms SEC 1 and (for P-521) PKCS#8. They protect nothing.

const P224: &str = "\
-----BEGIN EC PRIVATE KEY-----\n\
MGgCAQEEHFGN9mSPmOkh8mPSipWdPAVbwFYHvEjmkAAZonugBwYFK4EEACGhPAM6\n\
AAQ7mVeNnSyFhNJ7Ad/hgTjyttAQKTvtDxTWS5pAvtl4m5Ev2Bkv7V3Tkdb1s6nj\n\
AYiZltQZ7hRi7g==\n\
-----END EC PRIVATE KEY-----";
const P384: &str = "\
-----BEGIN EC PRIVATE KEY-----\n\
MIGkAgEBBDCUZGhWFCoFnIGNbiG4yEUS/n5uF8AcYhjh+iz8sxp2fC+XWxkyFb6G\n\
nTelsqGuB5OgBwYFK4EEACKhZANiAAQSlmmx1b9+amyR9vycQJk86NlWyQOWgYOM\n\
Z/yZxAawC8rj1f3O1eF5bs6W/L2+u0mj/4rlyh3fZZh8ttrkBx7cPXVPYendzrPO\n\
CeYCehVFqBDeTuk4JVW030QVZYGpAcc=\n\
-----END EC PRIVATE KEY-----";
const P521: &str = "\
-----BEGIN PRIVATE KEY-----\n\
MIHuAgEAMBAGByqGSM49AgEGBSuBBAAjBIHWMIHTAgEBBEIBHUaQR53pwmsdZVrQ\n\
8gU7b2nRdyOdaOtTj63LZjn/ErhIlHdrSXKkHvKfbE2JQ5sf1dUSnDd//LfGYGi6\n\
MG7y8UihgYkDgYYABAGZr6nVs+hqwACcGrPhXU061NukDmmXtke8PXRAQmxr27vq\n\
iNDVrSZ9UsBCV/7OHh4cAnqn5KGHn2JWtcjFvpTXsQA+EyMCpof5H9OqRJa7/EMr\n\
TDSkXdtTLmtJspuff9yVk5BKCTn1pmtDUqByWfaSzptQMCZ23U2XRysHMvCoZ/yP\n\
AA==\n\
-----END PRIVATE KEY-----";
const P256K1: &str = "\
-----BEGIN EC PRIVATE KEY-----\n\
MHQCAQEEIPt9r5Uhp0UUTeuzWrqpVhV9jXs2w0jNq0kgFL/aJcYboAcGBSuBBAAK\n\
oUQDQgAEkFsk/T0N+3wfsU5bRJtEHAWHl/F/7636CzVntvR5vwWlYqmq3hKLe7RH\n\
dbqkUjPp1pQnikhrkTPwzpyLPNPpYA==\n\
-----END EC PRIVATE KEY-----";
