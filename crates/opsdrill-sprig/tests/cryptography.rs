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

/// OpenSSL found each of these keys whole and valid (`pkey -check`).
#[test]
fn private_keys_are_made_of_the_seed() {
    let cases = [
        ("", "RSA ", ""),
        ("rsa", "RSA ", ""),
        ("dsa", "DSA ", ""),
        ("ecdsa", "EC ", ""),
        ("ed25519", "", ""),
    ];
    for (sort, label, expected) in cases {
        let call = format!(r#"{{{{ genPrivateKey "{sort}" }}}}"#);
        let key = printed(&call);
        assert!(key.starts_with(&format!("-----BEGIN {label}PRIVATE KEY-----\n")));
        println!("FILE key-{sort}.pem\n{key}END");
        println!("{sort} {} {expected}", digest(&call));
    }
}

#[test]
fn certificates_are_made_of_the_seed() {
    let chain = r#"{{ $ca := genCA "my-ca*" 365 }}{{ $c := genSignedCert "cn" (list "10.0.0.1" "::1") (list "a.b" "*.c") 40000 $ca }}"#;
    let given = |sort: &str| format!(r#"{{{{ $ca := genCAWithKey "ca" 10 (genPrivateKey "{sort}") }}}}{{{{ $c := genSignedCertWithKey "" nil (list "x.y") 5 $ca (genPrivateKey "{sort}") }}}}"#);
    for (name, head) in [("plain", chain.to_owned()), ("rsa", given("rsa")), ("ecdsa", given("ecdsa")), ("ed25519", given("ed25519"))] {
        for part in ["ca.Cert", "ca.Key", "c.Cert", "c.Key"] {
            let call = format!("{head}{{{{ ${part} }}}}");
            println!("FILE {name}-{part}.pem\n{}END", printed(&call));
        }
        println!("{}", digest(&format!("{head}{{{{ $ca }}}}{{{{ $c }}}}")));
    }
    println!("FILE aes\n{}\nEND", printed(r#"{{ encryptAES "secretkey" "some text of more than a block" }}"#));
}
