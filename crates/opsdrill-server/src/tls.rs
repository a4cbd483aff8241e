//! Certificates: an authority of the server's own, its certificate, and one for each user.

use std::net::IpAddr;
use std::sync::Arc;

use opsdrill_engine::api::Identity;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use ring::rand::{SecureRandom, SystemRandom};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;

/// The authority that signs the server's certificate and those of its users.
///
/// Each start makes a new one: nothing secret is kept, and what an older kubeconfig holds is worth nothing.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    pem: String,
}

/// What a user proves an identity with.
pub(crate) struct UserCertificate {
    /// The certificate in PEM.
    pub(crate) certificate: String,
    /// Its key in PEM.
    pub(crate) key: String,
    /// The certificate as the connection shows it.
    pub(crate) der: CertificateDer<'static>,
}

fn problem(error: impl std::fmt::Display) -> String {
    format!("certificates: {error}")
}

impl Authority {
    /// A new authority.
    ///
    /// # Errors
    /// When there is no randomness, say.
    pub(crate) fn new() -> Result<Self, String> {
        let key = KeyPair::generate().map_err(problem)?;
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "opsdrill");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let certificate = params.self_signed(&key).map_err(problem)?;
        let (der, pem) = (certificate.der().clone(), certificate.pem());
        Ok(Self { issuer: Issuer::new(params, key), certificate: der, pem })
    }

    /// The authority's certificate in PEM.
    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    /// A certificate for a user: name and groups as the real server reads them.
    ///
    /// # Errors
    /// When a name cannot stand in a certificate.
    pub(crate) fn user(&self, identity: &Identity) -> Result<UserCertificate, String> {
        let key = KeyPair::generate().map_err(problem)?;
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, identity.user.to_string());
        for group in identity.groups.iter().filter(|it| &***it != super::credentials::AUTHENTICATED)
        {
            params.distinguished_name.push(DnType::OrganizationName, group.to_string());
        }
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params.signed_by(&key, &self.issuer).map_err(problem)?;
        Ok(UserCertificate {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
            der: certificate.der().clone(),
        })
    }

    /// The server's side of TLS, for an address.
    ///
    /// # Errors
    /// When a part does not fit another: a bug, or no randomness.
    pub(crate) fn server(&self, address: IpAddr) -> Result<ServerConfig, String> {
        let mut names: Vec<String> =
            ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"]
                .map(str::to_owned)
                .to_vec();
        names.extend(["127.0.0.1".to_owned(), "::1".to_owned(), address.to_string()]);
        names.dedup();
        let key = KeyPair::generate().map_err(problem)?;
        let mut params = CertificateParams::new(names).map_err(problem)?;
        params.distinguished_name.push(DnType::CommonName, "kube-apiserver");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.signed_by(&key, &self.issuer).map_err(problem)?;
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.certificate.clone()).map_err(problem)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let clients =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
                .allow_unauthenticated()
                .build()
                .map_err(problem)?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(problem)?
            .with_client_cert_verifier(clients)
            .with_single_cert(vec![certificate.der().clone()], key)
            .map_err(problem)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }
}

/// A token that nobody can guess: 32 letters and digits.
///
/// # Errors
/// When there is no randomness.
pub(crate) fn random_token() -> Result<String, String> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).map_err(|_| problem("no randomness"))?;
    Ok(bytes.iter().map(|it| char::from(LETTERS[usize::from(it % 32)])).collect())
}
