//! RSA signatures: keys of every width, and blocks that only the key's owner could sign, wrong in one thing each.
//!
//! The attacks of the past worked where a verifier parsed the block and a small exponent let anybody build one. Here
//! the blocks are signed with the private exponent, so that nothing but the check of the block can refuse them.

use crate::prepared_rsa::RsaKey;
use certbound::Error;
use certbound::internals::signature::{Hash, Message, rsa};
use num_bigint::BigUint;
use sha2::{Digest, Sha256, Sha384, Sha512};

const MESSAGE: &[u8] = b"header.payload";
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

    /// RSASP1 (RFC 8017 §5.2.1), in as many bytes as the modulus has.
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

mod pkcs1_v15 {
    use super::*;
    use hex_literal::hex;

    /// Up to the hash value, for SHA-256, with NULL.
    const PREFIX: [u8; 19] = hex!("3031 300d 0609 608648016503040201 0500 0420");

    /// 00 01 FF … FF 00 T (RFC 8017 §9.2).
    fn block(length: usize, digest_info: &[u8]) -> Vec<u8> {
        [&[0x00, 0x01], &vec![0xff; length - 3 - digest_info.len()][..], &[0x00], digest_info].concat()
    }

    fn digest_info(prefix: &[u8]) -> Vec<u8> {
        [prefix, &digest(Hash::Sha256, MESSAGE)].concat()
    }

    /// What the verifier says of a block of 256 bytes, signed by its key.
    fn verify(block: &[u8]) -> Result<(), Error> {
        assert_eq!(block.len(), 256);
        let pair = KeyPair::of_bits(2048);
        pair.public().verify_pkcs1_v15(Hash::Sha256, MESSAGE, &pair.sign(block))
    }

    #[test]
    fn every_length_of_modulus() {
        for bits in [2048, 2056, 3000, 3072, 4088, 4096] {
            let pair = KeyPair::of_bits(bits);
            let signature = pair.sign(&block(pair.length(), &digest_info(&PREFIX)));
            assert_eq!(pair.public().verify_pkcs1_v15(Hash::Sha256, MESSAGE, &signature), Ok(()), "{bits}");
            assert_eq!(pair.public().verify_pkcs1_v15(Hash::Sha256, b"another", &signature), INVALID, "{bits}");
        }
    }

    #[test]
    fn every_hash_and_no_other() {
        let pair = KeyPair::of_bits(2048);
        let prefixes = [
            (Hash::Sha256, PREFIX),
            (Hash::Sha384, hex!("3041 300d 0609 608648016503040202 0500 0430")),
            (Hash::Sha512, hex!("3051 300d 0609 608648016503040203 0500 0440")),
        ];
        for (signed, prefix) in prefixes {
            let signature = pair.sign(&block(256, &[&prefix[..], &digest(signed, MESSAGE)].concat()));
            for hash in [Hash::Sha256, Hash::Sha384, Hash::Sha512] {
                let expected = if hash == signed { Ok(()) } else { INVALID };
                assert_eq!(pair.public().verify_pkcs1_v15(hash, MESSAGE, &signature), expected);
                assert_eq!(pair.public().verify_pss(hash, MESSAGE, &signature), INVALID);
            }
        }
    }

    #[test]
    fn garbage_behind_the_hash_with_short_padding() {
        // Bleichenbacher's forgery of 2006.
        let front = [&[0x00, 0x01], &[0xff; 8][..], &[0x00], &digest_info(&PREFIX)].concat();
        assert_eq!(verify(&[&front[..], &vec![0x42; 256 - front.len()]].concat()), INVALID);
        assert_eq!(verify(&[&front[..], &vec![0; 256 - front.len()]].concat()), INVALID);
    }

    #[test]
    fn one_byte_behind_the_hash() {
        let digest_info = [digest_info(&PREFIX), vec![0]].concat();
        assert_eq!(verify(&block(256, &digest_info)), INVALID);
    }

    #[test]
    fn garbage_in_the_parameters() {
        // In place of NULL: an octet string that takes what the padding lacks.
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
        // The zero comes one byte early, and a second one follows.
        let mut early = block(256, &digest_info(&PREFIX));
        assert_eq!(verify(&early), Ok(()));
        early[256 - 53] = 0x00;
        assert_eq!(verify(&early), INVALID);
        // The block begins one byte late.
        let late = [vec![0x00], block(255, &digest_info(&PREFIX))].concat();
        assert_eq!(verify(&late), INVALID);
    }

    #[test]
    fn padding_of_other_bytes_or_of_another_type() {
        let whole = block(256, &digest_info(&PREFIX));
        for (position, value) in [(1, 0x00), (1, 0x02), (2, 0x00), (2, 0xfe), (100, 0x7f), (203, 0xfe), (204, 0x01)] {
            let mut block = whole.clone();
            block[position] = value;
            assert_eq!(verify(&block), INVALID, "{position} {value}");
        }
    }

    #[test]
    fn the_name_of_another_hash() {
        for prefix in [
            hex!("3031 300d 0609 608648016503040202 0500 0420"),
            hex!("3031 300d 0609 608648016503040203 0500 0420"),
            hex!("3031 300d 0609 60864801650304020a 0500 0420"),
        ] {
            assert_eq!(verify(&block(256, &digest_info(&prefix))), INVALID);
        }
        // SHA-1's length and name, and no DigestInfo at all.
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
        // The 88th message happens to have a signature that begins with a zero byte.
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
        // The sixth message happens to have a signature that leaves room for it.
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
    fn an_exponent_of_one_would_take_the_block_itself() {
        let modulus = KeyPair::of_bits(2048).modulus.to_bytes_be();
        assert_eq!(rsa::RsaKey::new(&modulus, &[1]).unwrap_err(), Error::KeyExponent);
        // The block is a signature by no key whose exponent is 65537.
        let block = block(256, &digest_info(&PREFIX));
        let key = RsaKey::new(&modulus, &EXPONENT).unwrap();
        assert_eq!(key.verify_pkcs1_v15(Hash::Sha256, MESSAGE, &block), INVALID);
    }
}

mod tables {
    use super::*;

    #[test]
    fn a_table_has_its_length() {
        for (bits, length) in [(2048, 36), (2056, 52), (3072, 52), (4088, 68), (4096, 68)] {
            let pair = KeyPair::of_bits(bits);
            let key = rsa::RsaKey::new(&pair.modulus.to_bytes_be(), &EXPONENT).unwrap();
            assert_eq!(key.table_len(), length, "{bits}");
            assert!(length <= rsa::RsaKey::TABLE_LEN_MAX);
            let mut table = vec![7; length + 2];
            assert_eq!(key.prepare(&mut table[..length - 1]), Err(Error::TableTooSmall));
            assert_eq!(key.prepare(&mut table), Ok(()));
            assert_eq!(table[length..], [7, 7]);

            // A signature of nothing: what matters is that the table is looked at first.
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
    fn by_another_table_nothing_is_accepted() {
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

    /// EMSA-PSS-ENCODE (RFC 8017 §9.1.1) for a modulus of `length` bytes, with the hash and the salt of one's choice.
    fn block(length: usize, hash: Hash, salt: &[u8]) -> Vec<u8> {
        let image = digest(hash, &[&[0; 8], &digest(hash, MESSAGE)[..], salt].concat());
        let zeros = vec![0; length - image.len() - salt.len() - 2];
        masked([&zeros[..], &[1], salt].concat(), hash, image, 0xbc)
    }

    /// The block of a database, its mask taken from `image`.
    fn masked(mut database: Vec<u8>, hash: Hash, image: Vec<u8>, trailer: u8) -> Vec<u8> {
        let mask = (0_u32..).flat_map(|counter| digest(hash, &[&image[..], &counter.to_be_bytes()].concat()));
        for (octet, mask) in database.iter_mut().zip(mask) {
            *octet ^= mask;
        }
        database[0] &= 0x7f;
        [database, image, vec![trailer]].concat()
    }

    /// What the verifier says of a block of 256 bytes, signed by its key.
    fn verify(block: &[u8]) -> Result<(), Error> {
        assert_eq!(block.len(), 256);
        let pair = KeyPair::of_bits(2048);
        pair.public().verify_pss(Hash::Sha256, MESSAGE, &pair.sign(block))
    }

    #[test]
    fn every_length_of_modulus_and_every_hash_and_no_other() {
        for bits in [2048, 2056, 3000, 3072, 4088, 4096] {
            let pair = KeyPair::of_bits(bits);
            for signed in [Hash::Sha256, Hash::Sha384, Hash::Sha512] {
                let salt = vec![7; digest(signed, b"").len()];
                let signature = pair.sign(&block(pair.length(), signed, &salt));
                for hash in [Hash::Sha256, Hash::Sha384, Hash::Sha512] {
                    let expected = if hash == signed { Ok(()) } else { INVALID };
                    assert_eq!(pair.public().verify_pss(hash, MESSAGE, &signature), expected, "{bits}");
                    assert_eq!(pair.public().verify_pkcs1_v15(hash, MESSAGE, &signature), INVALID);
                }
                assert_eq!(pair.public().verify_pss(signed, b"another", &signature), INVALID, "{bits}");
            }
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
        // 0xcc ended the blocks of older standards, after the name of the hash.
        for trailer in [0x00, 0xbb, 0xbd, 0xcc, 0xff] {
            let mut block = block(256, Hash::Sha256, &[7; 32]);
            block[255] = trailer;
            assert_eq!(verify(&block), INVALID, "{trailer}");
        }
    }

    #[test]
    fn padding_that_is_not_zero() {
        let image = digest(Hash::Sha256, &[&[0; 8], &digest(Hash::Sha256, MESSAGE)[..], &[7; 32]].concat());
        let database = [&[0; 190][..], &[1], &[7; 32]].concat();
        assert_eq!(verify(&masked(database.clone(), Hash::Sha256, image.clone(), 0xbc)), Ok(()));
        for (position, value) in [(0, 0x01), (0, 0x40), (1, 0x80), (100, 0xff), (189, 0x01), (190, 0x00), (190, 0x02)] {
            let mut database = database.clone();
            database[position] = value;
            assert_eq!(verify(&masked(database, Hash::Sha256, image.clone(), 0xbc)), INVALID, "{position} {value}");
        }
    }

    #[test]
    fn the_leading_bit_set() {
        // The block stays below this modulus, which begins with 0xcc: nothing else refuses it.
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
