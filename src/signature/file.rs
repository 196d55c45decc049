//! Tables that are files, because the compiler would need many seconds to compute them.

/// Little-endian bytes as words.
pub(super) const fn words<const BYTES: usize, const WORDS: usize>(bytes: &[u8; BYTES]) -> [u64; WORDS] {
    assert!(BYTES == WORDS.saturating_mul(8), "the file has another length than the table");
    let mut words = [0; WORDS];
    let (mut rest, mut places): (&[u8], &mut [u64]) = (bytes, &mut words);
    while let (Some((word, others)), Some((place, further))) = (rest.split_first_chunk(), places.split_first_mut()) {
        *place = u64::from_le_bytes(*word);
        (rest, places) = (others, further);
    }
    words
}
