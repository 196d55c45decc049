//! A throw-away PKI: an authority, and identities for servers and clients.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PKCS_RSA_SHA256,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// The type of a certificate's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// ECDSA on P-256.
    Ec,
    /// RSA with 3072 bits.
    Rsa,
    /// Ed25519.
    Ed25519,
}

impl KeyKind {
    /// All types.
    pub const ALL: [Self; 3] = [Self::Ec, Self::Rsa, Self::Ed25519];

    fn key(self) -> KeyPair {
        match self {
            Self::Ec => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap(),
            Self::Ed25519 => KeyPair::generate_for(&PKCS_ED25519).unwrap(),
            // ring generates no RSA keys. Two certificates with the same key have different thumbprints.
            Self::Rsa => {
                let key =
                    PrivatePkcs8KeyDer::from(include_bytes!("../../../tests/vectors/keys/rsa3072.pk8").as_slice());
                KeyPair::from_pkcs8_der_and_sign_algo(&key, &PKCS_RSA_SHA256).unwrap()
            }
        }
    }
}

/// A certificate and its private key.
pub struct Identity {
    certificate: CertificateDer<'static>,
    pem: String,
    key: KeyPair,
}

impl Identity {
    /// A self-signed client certificate.
    pub fn self_signed(kind: KeyKind, common_name: &str) -> Self {
        let key = kind.key();
        let certificate = client(common_name).self_signed(&key).unwrap();
        Self { certificate: certificate.der().clone(), pem: certificate.pem(), key }
    }

    /// The certificate's DER.
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// The certificate as a PEM file.
    pub fn certificate_pem(&self) -> &str {
        &self.pem
    }

    /// The private key.
    pub fn key(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.serialize_der()).into()
    }

    /// The private key as a PEM file.
    pub fn key_pem(&self) -> String {
        self.key.serialize_pem()
    }
}

/// A certificate authority that client and server trust.
pub struct Authority {
    identity: Identity,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// Creates an authority with a new key.
    #[expect(clippy::new_without_default, reason = "it generates a key, which a default should not")]
    pub fn new() -> Self {
        let mut params = named("Example Root");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyKind::Ec.key();
        let certificate = params.self_signed(&key).unwrap();
        let key_of_issuer = KeyPair::from_pem(&key.serialize_pem()).unwrap();
        Self {
            identity: Identity { certificate: certificate.der().clone(), pem: certificate.pem(), key },
            issuer: Issuer::new(params, key_of_issuer),
        }
    }

    /// Its certificate, which it signed itself.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Issues a certificate for a TLS server of these names.
    pub fn issue_server(&self, names: &[&str]) -> Identity {
        let mut params = named("server");
        params.subject_alt_names =
            CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
                .unwrap()
                .subject_alt_names;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.issue(KeyKind::Ec, params)
    }

    /// Issues a certificate for a TLS client.
    pub fn issue_client(&self, kind: KeyKind, common_name: &str) -> Identity {
        self.issue(kind, client(common_name))
    }

    fn issue(&self, kind: KeyKind, params: CertificateParams) -> Identity {
        let key = kind.key();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Identity { certificate: certificate.der().clone(), pem: certificate.pem(), key }
    }
}

fn client(common_name: &str) -> CertificateParams {
    let mut params = named(common_name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}

fn named(common_name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.use_authority_key_identifier_extension = true;
    params
}
