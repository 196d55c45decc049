//! RSA signatures, with plain and prepared keys: moduli of every supported width, and blocks that are wrong in one thing each.
//!
//! Past attacks exploited verifiers that parse the block, with a small exponent that lets an attacker build one. Here the
//! blocks are signed with the private exponent, so only the check of the block can reject them.

use certbound::{
    Error,
    internals::signature::{Hash, Message, rsa},
};
use num_bigint::BigUint;
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::{MESSAGE, OTHER_MESSAGE, prepared_rsa::RsaKey};

/// The bits of the moduli in `tests/vectors/rsa`.
const WIDTHS: [usize; 6] = [2048, 2056, 3000, 3072, 4088, 4096];
const HASHES: [Hash; 3] = [Hash::Sha256, Hash::Sha384, Hash::Sha512];
const EXPONENT: [u8; 3] = [1, 0, 1];

const INVALID: Result<(), Error> = Err(Error::SignatureInvalid);

/// A key with its private exponent.
struct KeyPair {
    modulus: BigUint,
    private_exponent: BigUint,
}

impl KeyPair {
    fn of_bits(bits: usize) -> Self {
        let path = format!("{}/tests/vectors/rsa/{bits}.txt", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        let number = |name: &str| {
            let digits = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            BigUint::parse_bytes(digits.as_bytes(), 16).unwrap()
        };
        Self { modulus: number("n "), private_exponent: number("d ") }
    }

    fn length(&self) -> usize {
        self.modulus.to_bytes_be().len()
    }

    fn public(&self) -> RsaKey {
        RsaKey::new(&self.modulus.to_bytes_be(), &EXPONENT).unwrap()
    }

    /// RSASP1 (RFC 8017 §5.2.1), as long as the modulus.
    fn sign(&self, block: &[u8]) -> Vec<u8> {
        let signature = BigUint::from_bytes_be(block).modpow(&self.private_exponent, &self.modulus).to_bytes_be();
        [vec![0; self.length() - signature.len()], signature].concat()
    }
}

fn digest(hash: Hash, message: &[u8]) -> Vec<u8> {
    match hash {
        Hash::Sha256 => Sha256::digest(message).to_vec(),
        Hash::Sha384 => Sha384::digest(message).to_vec(),
        Hash::Sha512 => Sha512::digest(message).to_vec(),
    }
}

type Verify = fn(&RsaKey, Hash, &[u8], &[u8]) -> Result<(), Error>;

/// Checks that a signature of [`MESSAGE`] is valid by its scheme with its hash, and not with another hash, scheme or message.
fn check_hash(key: &RsaKey, signed: Hash, verify: Verify, by_other_scheme: Verify, signature: &[u8]) {
    for hash in HASHES {
        let expected = if hash == signed { Ok(()) } else { INVALID };
        assert_eq!(verify(key, hash, MESSAGE, signature), expected, "{} bytes", signature.len());
        assert_eq!(by_other_scheme(key, hash, MESSAGE, signature), INVALID);
    }
    assert_eq!(verify(key, signed, OTHER_MESSAGE, signature), INVALID);
}

mod pkcs1_v15 {
    use super::*;
    use hex_literal::hex;

    /// The DigestInfo of SHA-256 up to the hash value, with NULL.
    const PREFIX: [u8; 19] = hex!("3031 300d 0609 608648016503040201 0500 0420");

    /// 00 01 FF … FF 00 T (RFC 8017 §9.2).
    fn block(length: usize, digest_info: &[u8]) -> Vec<u8> {
        [&[0x00, 0x01], &vec![0xff; length - 3 - digest_info.len()][..], &[0x00], digest_info].concat()
    }

    fn digest_info(prefix: &[u8]) -> Vec<u8> {
        [prefix, &digest(Hash::Sha256, MESSAGE)].concat()
    }

    /// The verdict on a block of 256 bytes that the key has signed.
    fn verify(block: &[u8]) -> Result<(), Error> {
        assert_eq!(block.len(), 256);
        let pair = KeyPair::of_bits(2048);
        pair.public().verify_pkcs1_v15(Hash::Sha256, MESSAGE, &pair.sign(block))
    }

    #[test]
    fn every_length_of_modulus_and_only_its_hash() {
        let prefixes = [
            (Hash::Sha256, PREFIX),
            (Hash::Sha384, hex!("3041 300d 0609 608648016503040202 0500 0430")),
            (Hash::Sha512, hex!("3051 300d 0609 608648016503040203 0500 0440")),
        ];
        for (bits, (signed, prefix)) in WIDTHS.into_iter().flat_map(|bits| prefixes.map(|prefix| (bits, prefix))) {
            let pair = KeyPair::of_bits(bits);
            let signature = pair.sign(&block(pair.length(), &[&prefix[..], &digest(signed, MESSAGE)].concat()));
            check_hash(&pair.public(), signed, RsaKey::verify_pkcs1_v15, RsaKey::verify_pss, &signature);
        }
    }

    #[test]
    fn garbage_after_the_hash_with_short_padding() {
        // Bleichenbacher's forgery of 2006.
        let front = [&[0x00, 0x01], &[0xff; 8][..], &[0x00], &digest_info(&PREFIX)].concat();
        assert_eq!(verify(&[&front[..], &vec![0x42; 256 - front.len()]].concat()), INVALID);
        assert_eq!(verify(&[&front[..], &vec![0; 256 - front.len()]].concat()), INVALID);
    }

    #[test]
    fn one_byte_after_the_hash() {
        let digest_info = [digest_info(&PREFIX), vec![0]].concat();
        assert_eq!(verify(&block(256, &digest_info)), INVALID);
    }

    #[test]
    fn garbage_in_the_parameters() {
        // An octet string in place of NULL, which fills the space of the missing padding.
        let garbage = [0x42; 0x50];
        let algorithm = [&hex!("0609 608648016503040201 0450")[..], &garbage].concat();
        let info = [&[0x30, 0x81, 0x81, 0x30, 0x5d][..], &algorithm, &[0x04, 0x20]].concat();
        assert_eq!(verify(&block(256, &digest_info(&info))), INVALID);
    }

    #[test]
    fn no_null() {
        assert_eq!(verify(&block(256, &digest_info(&hex!("302f 300b 0609 608648016503040201 0420")))), INVALID);
    }

    #[test]
    fn short_padding() {
        // The zero is one byte early, and a second one follows.
        let mut early = block(256, &digest_info(&PREFIX));
        assert_eq!(verify(&early), Ok(()));
        early[256 - 53] = 0x00;
        assert_eq!(verify(&early), INVALID);
        // The block starts one byte late.
        let late = [vec![0x00], block(255, &digest_info(&PREFIX))].concat();
        assert_eq!(verify(&late), INVALID);
    }

    #[test]
    fn other_padding_bytes_or_block_type() {
        let whole = block(256, &digest_info(&PREFIX));
        for (position, value) in [(1, 0x00), (1, 0x02), (2, 0x00), (2, 0xfe), (100, 0x7f), (203, 0xfe), (204, 0x01)] {
            let mut block = whole.clone();
            block[position] = value;
            assert_eq!(verify(&block), INVALID, "{position} {value}");
        }
    }

    #[test]
    fn the_identifier_of_another_hash() {
        for prefix in [
            hex!("3031 300d 0609 608648016503040202 0500 0420"),
            hex!("3031 300d 0609 608648016503040203 0500 0420"),
            hex!("3031 300d 0609 60864801650304020a 0500 0420"),
        ] {
            assert_eq!(verify(&block(256, &digest_info(&prefix))), INVALID);
        }
        // The identifier of SHA-1, and no DigestInfo at all.
        assert_eq!(verify(&block(256, &digest_info(&hex!("302d 3009 0605 2b0e03021a 0500 0420")))), INVALID);
        assert_eq!(verify(&block(256, &digest_info(&[]))), INVALID);
    }

    #[test]
    fn lengths_in_the_long_form_of_ber() {
        for prefix in [
            &hex!("308131 300d 0609 608648016503040201 0500 0420")[..],
            &hex!("3032 30810d 0609 608648016503040201 0500 0420"),
            &hex!("3032 300e 068109 608648016503040201 0500 0420"),
            &hex!("3032 300e 0609 608648016503040201 058100 0420"),
            &hex!("3032 300d 0609 608648016503040201 0500 048120"),
            &hex!("3080 300d 0609 608648016503040201 0500 0420"),
        ] {
            assert_eq!(verify(&block(256, &digest_info(prefix))), INVALID, "{prefix:02x?}");
        }
    }

    #[test]
    fn a_signature_of_another_length() {
        let pair = KeyPair::of_bits(2048);
        // The signature of this message happens to begin with a zero byte.
        let message = b"message 88";
        let digest_info = [&PREFIX[..], &digest(Hash::Sha256, message)].concat();
        let signature = pair.sign(&block(256, &digest_info));
        assert_eq!(signature[0], 0);
        let verify = |signature: &[u8]| pair.public().verify_pkcs1_v15(Hash::Sha256, message, signature);
        assert_eq!(verify(&signature), Ok(()));
        assert_eq!(verify(&signature[1..]), Err(Error::SignatureLength));
        assert_eq!(verify(&[&[0], &signature[..]].concat()), Err(Error::SignatureLength));
        assert_eq!(verify(&[&signature[..], &[0]].concat()), Err(Error::SignatureLength));
        assert_eq!(verify(&[]), Err(Error::SignatureLength));
    }

    #[test]
    fn a_signature_with_the_modulus_added() {
        let pair = KeyPair::of_bits(2048);
        // The signature of this message is small enough that the sum has no more bytes.
        let message = b"message 6";
        let signature = pair.sign(&block(256, &[&PREFIX[..], &digest(Hash::Sha256, message)].concat()));
        assert_eq!(pair.public().verify_pkcs1_v15(Hash::Sha256, message, &signature), Ok(()));
        let beyond = (BigUint::from_bytes_be(&signature) + &pair.modulus).to_bytes_be();
        assert_eq!(beyond.len(), 256);
        assert_eq!(pair.public().verify_pkcs1_v15(Hash::Sha256, message, &beyond), INVALID);
    }

    #[test]
    fn signatures_that_need_no_key() {
        let pair = KeyPair::of_bits(2048);
        let modulus = pair.modulus.to_bytes_be();
        let less_one = (&pair.modulus - 1_u8).to_bytes_be();
        let one = [vec![0; 255], vec![1]].concat();
        for signature in [&vec![0; 256], &one, &less_one, &modulus, &vec![0xff; 256]] {
            assert_eq!(pair.public().verify_pkcs1_v15(Hash::Sha256, MESSAGE, signature), INVALID);
            assert_eq!(pair.public().verify_pss(Hash::Sha256, MESSAGE, signature), INVALID);
        }
    }

    #[test]
    fn an_exponent_of_one() {
        let modulus = KeyPair::of_bits(2048).modulus.to_bytes_be();
        assert_eq!(rsa::RsaKey::new(&modulus, &[1]).unwrap_err(), Error::KeyExponent);
        // With an exponent of 1 every block is its own signature. With 65537 it is not.
        let block = block(256, &digest_info(&PREFIX));
        let key = RsaKey::new(&modulus, &EXPONENT).unwrap();
        assert_eq!(key.verify_pkcs1_v15(Hash::Sha256, MESSAGE, &block), INVALID);
    }
}

mod tables {
    use super::*;

    #[test]
    fn a_table_of_another_length() {
        for (bits, length) in [(2048, 36), (2056, 52), (3072, 52), (4088, 68), (4096, 68)] {
            let pair = KeyPair::of_bits(bits);
            let key = rsa::RsaKey::new(&pair.modulus.to_bytes_be(), &EXPONENT).unwrap();
            assert_eq!(key.table_len(), length, "{bits}");
            assert!(length <= rsa::RsaKey::TABLE_LEN_MAX);
            let mut table = vec![7; length + 2];
            assert_eq!(key.prepare(&mut table[..length - 1]), Err(Error::TableTooSmall));
            assert_eq!(key.prepare(&mut table), Ok(()));
            assert_eq!(table[length..], [7, 7]);

            // This is not a signature; the length of the table is checked first.
            let signature = vec![1; bits / 8];
            for (table, expected) in [(&table[..length - 1], Err(Error::TableTooSmall)), (&table, INVALID)] {
                assert_eq!(
                    key.verify_pkcs1_v15_prepared(table, Hash::Sha256, &Message::new(MESSAGE), &signature),
                    expected
                );
                assert_eq!(key.verify_pss_prepared(table, Hash::Sha256, &Message::new(MESSAGE), &signature), expected);
            }
        }
    }

    #[test]
    fn a_table_of_no_key() {
        let pair = KeyPair::of_bits(2048);
        let key = rsa::RsaKey::new(&pair.modulus.to_bytes_be(), &EXPONENT).unwrap();
        let signature = pair.sign(&[&[0, 1][..], &[0xff; 254]].concat());
        for word in [0, 1, u64::MAX] {
            let table = vec![word; key.table_len()];
            assert_eq!(
                key.verify_pkcs1_v15_prepared(&table, Hash::Sha256, &Message::new(MESSAGE), &signature),
                INVALID
            );
            assert_eq!(key.verify_pss_prepared(&table, Hash::Sha256, &Message::new(MESSAGE), &signature), INVALID);
        }
    }
}

mod pss {
    use super::*;

    /// EMSA-PSS-ENCODE (RFC 8017 §9.1.1) for a modulus of `length` bytes, with this hash and salt.
    fn block(length: usize, hash: Hash, salt: &[u8]) -> Vec<u8> {
        let image = digest(hash, &[&[0; 8], &digest(hash, MESSAGE)[..], salt].concat());
        let zeros = vec![0; length - image.len() - salt.len() - 2];
        masked([&zeros[..], &[1], salt].concat(), hash, image, 0xbc)
    }

    /// The block: the data block masked by `image`, then `image` and the trailer.
    fn masked(mut data_block: Vec<u8>, hash: Hash, image: Vec<u8>, trailer: u8) -> Vec<u8> {
        let mask = (0_u32..).flat_map(|counter| digest(hash, &[&image[..], &counter.to_be_bytes()].concat()));
        for (octet, mask) in data_block.iter_mut().zip(mask) {
            *octet ^= mask;
        }
        data_block[0] &= 0x7f;
        [data_block, image, vec![trailer]].concat()
    }

    /// The verdict on a block of 256 bytes that the key has signed.
    fn verify(block: &[u8]) -> Result<(), Error> {
        assert_eq!(block.len(), 256);
        let pair = KeyPair::of_bits(2048);
        pair.public().verify_pss(Hash::Sha256, MESSAGE, &pair.sign(block))
    }

    #[test]
    fn every_length_of_modulus_and_only_its_hash() {
        for (bits, signed) in WIDTHS.into_iter().flat_map(|bits| HASHES.map(|hash| (bits, hash))) {
            let pair = KeyPair::of_bits(bits);
            let salt = vec![7; digest(signed, b"").len()];
            let signature = pair.sign(&block(pair.length(), signed, &salt));
            check_hash(&pair.public(), signed, RsaKey::verify_pss, RsaKey::verify_pkcs1_v15, &signature);
        }
    }

    #[test]
    fn a_salt_of_another_length() {
        assert_eq!(verify(&block(256, Hash::Sha256, &[7; 32])), Ok(()));
        for length in [0, 20, 31, 33, 48, 64, 222] {
            assert_eq!(verify(&block(256, Hash::Sha256, &vec![7; length])), INVALID, "{length}");
        }
    }

    #[test]
    fn another_trailer() {
        // In older standards blocks end with the identifier of the hash and 0xcc.
        for trailer in [0x00, 0xbb, 0xbd, 0xcc, 0xff] {
            let mut block = block(256, Hash::Sha256, &[7; 32]);
            block[255] = trailer;
            assert_eq!(verify(&block), INVALID, "{trailer}");
        }
    }

    #[test]
    fn padding_that_is_not_zero() {
        let image = digest(Hash::Sha256, &[&[0; 8], &digest(Hash::Sha256, MESSAGE)[..], &[7; 32]].concat());
        let data_block = [&[0; 190][..], &[1], &[7; 32]].concat();
        assert_eq!(verify(&masked(data_block.clone(), Hash::Sha256, image.clone(), 0xbc)), Ok(()));
        for (position, value) in [(0, 0x01), (0, 0x40), (1, 0x80), (100, 0xff), (189, 0x01), (190, 0x00), (190, 0x02)] {
            let mut data_block = data_block.clone();
            data_block[position] = value;
            assert_eq!(verify(&masked(data_block, Hash::Sha256, image.clone(), 0xbc)), INVALID, "{position} {value}");
        }
    }

    #[test]
    fn the_leading_bit_set() {
        // The modulus begins with 0xcc, so the block stays below it and only the check of this bit can reject it.
        for salt in 0..=255 {
            let mut block = block(256, Hash::Sha256, &[salt; 32]);
            block[0] |= 0x80;
            if block[0] < 0xcc {
                assert_eq!(verify(&block), INVALID);
                block[0] &= 0x7f;
                assert_eq!(verify(&block), Ok(()));
                return;
            }
        }
        panic!("no salt fits");
    }

    #[test]
    fn a_signature_with_the_modulus_added() {
        let pair = KeyPair::of_bits(2048);
        for salt in 0..=255 {
            let signature = pair.sign(&block(256, Hash::Sha256, &[salt; 32]));
            let beyond = (BigUint::from_bytes_be(&signature) + &pair.modulus).to_bytes_be();
            if beyond.len() == 256 {
                assert_eq!(pair.public().verify_pss(Hash::Sha256, MESSAGE, &signature), Ok(()));
                assert_eq!(pair.public().verify_pss(Hash::Sha256, MESSAGE, &beyond), INVALID);
                return;
            }
        }
        panic!("no salt fits");
    }

    #[test]
    fn a_signature_of_another_length() {
        let pair = KeyPair::of_bits(2048);
        let signature = pair.sign(&block(256, Hash::Sha256, &[7; 32]));
        let verify = |signature: &[u8]| pair.public().verify_pss(Hash::Sha256, MESSAGE, signature);
        assert_eq!(verify(&signature), Ok(()));
        assert_eq!(verify(&signature[1..]), Err(Error::SignatureLength));
        assert_eq!(verify(&signature[..255]), Err(Error::SignatureLength));
        assert_eq!(verify(&[&[0], &signature[..]].concat()), Err(Error::SignatureLength));
        assert_eq!(verify(&[]), Err(Error::SignatureLength));
    }
}
