//! An RSA key that verifies with and without its table, and fails if the verdicts differ.

use certbound::{
    Error,
    internals::signature::{Hash, Message, rsa},
};

pub(crate) struct RsaKey {
    key: rsa::RsaKey,
    table: Vec<u64>,
}

impl RsaKey {
    pub(crate) fn new(modulus: &[u8], exponent: &[u8]) -> Result<Self, Error> {
        let key = rsa::RsaKey::new(modulus, exponent)?;
        let mut table = vec![u64::MAX; key.table_len()];
        key.prepare(&mut table)?;
        Ok(Self { key, table })
    }

    #[track_caller]
    pub(crate) fn verify_pkcs1_v15(&self, hash: Hash, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        let verdict = self.key.verify_pkcs1_v15(hash, &Message::new(message), signature);
        assert_eq!(self.key.verify_pkcs1_v15_prepared(&self.table, hash, &Message::new(message), signature), verdict);
        verdict
    }

    #[track_caller]
    pub(crate) fn verify_pss(&self, hash: Hash, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        let verdict = self.key.verify_pss(hash, &Message::new(message), signature);
        assert_eq!(self.key.verify_pss_prepared(&self.table, hash, &Message::new(message), signature), verdict);
        verdict
    }
}
