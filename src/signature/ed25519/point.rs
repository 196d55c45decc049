//! The group of edwards25519 (RFC 8032 §5.1): −x² + y² = 1 + d·x²·y² modulo p.
//!
//! The addition law is complete: −1 is a square modulo p and d is not, so its denominators 1 ± d·x₁·x₂·y₁·y₂ are never zero
//! (Bernstein, Birkner, Joye, Lange and Peters, "Twisted Edwards Curves", §6). It has no exceptional cases: equal points,
//! opposite points, the neutral element and points of small order are added like any others.

use super::field::{Arithmetic, Element, WORDS};

/// A point (X/Z, Y/Z), with T = X·Y/Z (RFC 8032 §5.1.4). Z is never zero.
#[derive(Clone, Copy)]
pub(super) struct Point<E = Element> {
    pub(super) x: E,
    pub(super) y: E,
    pub(super) z: E,
    pub(super) t: E,
}

/// A point (x, y) in the form that is fastest to add: (y + x) / 2, (y − x) / 2 and d·x·y.
///
/// The usual form is twice this. The halves save the doubling of Z.
pub(super) struct Addend<E = Element>(pub(super) [E; 3]);

/// The length of a stored addend in words.
pub(super) const ADDEND_WORDS: usize = 3 * WORDS;

impl Point {
    /// Decodes as in RFC 8032 §5.1.3, except that an encoded y of p or more is reduced modulo p; keys are checked before.
    pub(super) fn decode(encoded: &[u8; 32]) -> Option<Self> {
        let y = Element::from_bytes(encoded);
        let square = y.square();
        let dividend = square.minus(&Element::ONE);
        let divisor = D.times(&square).plus(&Element::ONE);
        let root = dividend.root_of_quotient(&divisor)?;
        let x = if is_negative(&root) == is_negative_in(encoded) { root } else { root.negated() };
        Some(Self { x, y, z: Element::ONE, t: x.times(&y) })
    }

    /// RFC 8032 §5.1.2.
    pub(super) fn encode(&self) -> [u8; 32] {
        let inverse = self.z.inverse();
        let mut encoded = self.y.times(&inverse).to_bytes();
        if is_negative(&self.x.times(&inverse)) {
            let [.., last] = &mut encoded;
            *last |= SIGN;
        }
        encoded
    }

    /// The point as an addend, in words. `inverse` is that of 2·Z.
    pub(super) fn to_addend(self, inverse: &Element) -> [u64; ADDEND_WORDS] {
        let Addend(parts) = self.addend(inverse, &FOUR_D);
        let mut words = [0; ADDEND_WORDS];
        for (place, part) in words.as_chunks_mut().0.iter_mut().zip(parts) {
            *place = part.to_words();
        }
        words
    }
}

impl<E: Arithmetic> Point<E> {
    pub(super) const NEUTRAL: Self = Self { x: E::ZERO, y: E::ONE, z: E::ONE, t: E::ZERO };

    pub(super) fn negated(&self) -> Self {
        Self { x: self.x.negated(), t: self.t.negated(), ..*self }
    }

    /// Adds or subtracts a point (Hisil, Wong, Carter and Dawson, "Twisted Edwards Curves Revisited", §3.1, with k = 2d and
    /// Z₂ = 1). A to D are halved, which divides all coordinates by 4; the point is the same.
    #[inline(always)]
    pub(super) fn add(&mut self, Addend([plus, minus, product]): &Addend<E>, is_subtracted: bool) {
        // The opposite point is (−x, y): y + x and y − x are exchanged, and so are F and G. The sign is practically random, so
        // a branch would be mispredicted half of the time.
        let (plus, minus) = core::hint::select_unpredictable(is_subtracted, (minus, plus), (plus, minus));
        let a = self.y.minus(&self.x).times(minus);
        let b = self.y.plus(&self.x).times(plus);
        let c = self.t.times(product);
        let (less, more) = (self.z.minus(&c), self.z.plus(&c));
        let (f, g) = core::hint::select_unpredictable(is_subtracted, (&more, &less), (&less, &more));
        self.finish(&b.minus(&a), f, g, &b.plus(&a));
    }

    /// Doubles the point (the same paper, §3.3, with F and H negated, which negates all coordinates: the same point).
    #[inline(always)]
    pub(super) fn double(&mut self) {
        let (a, b, z) = (self.x.square(), self.y.square(), self.z.square());
        // E = (X + Y)² − A − B is 2·X·Y.
        let product = self.x.times(&self.y);
        let e = product.plus(&product);
        let g = b.minus(&a);
        let f = z.plus(&z).minus(&g);
        let h = a.plus(&b);
        self.finish(&e, &f, &g, &h);
    }

    #[inline(always)]
    fn finish(&mut self, e: &E, f: &E, g: &E, h: &E) {
        *self = Self { x: e.times(f), y: g.times(h), z: f.times(g), t: e.times(h) };
    }

    /// 2·Z.
    pub(super) fn double_z(&self) -> E {
        self.z.plus(&self.z)
    }

    /// The point as an addend. `inverse` is that of 2·Z, and `four_d` is 4·d.
    pub(super) fn addend(&self, inverse: &E, four_d: &E) -> Addend<E> {
        let (x, y) = (self.x.times(inverse), self.y.times(inverse));
        Addend([y.plus(&x), y.minus(&x), x.times(&y).times(four_d)])
    }
}

impl Addend {
    /// Any words are an addend; see [`Element::from_words`].
    #[inline(always)]
    pub(super) fn from_words(words: &[u64; ADDEND_WORDS]) -> Self {
        let [a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3] = *words;
        Self([[a0, a1, a2, a3], [b0, b1, b2, b3], [c0, c1, c2, c3]].map(|words| Element::from_words(&words)))
    }
}

/// Whether the number is odd, which RFC 8032 §5.1.2 defines as its sign.
fn is_negative(x: &Element) -> bool {
    x.to_bytes().first().is_some_and(|lowest| lowest & 1 == 1)
}

fn is_negative_in(encoded: &[u8; 32]) -> bool {
    encoded.last().is_some_and(|highest| highest & SIGN != 0)
}

/// The bit of an encoded point's last byte that is x's sign (RFC 8032 §5.1.2).
const SIGN: u8 = 0x80;

/// d = −121665 / 121666 (RFC 8032 §5.1).
pub(super) const D: Element =
    Element::from_words(&[0x75eb_4dca_1359_78a3, 0x0070_0a4d_4141_d8ab, 0x8cc7_4079_7779_e898, 0x5203_6cee_2b6f_fe73]);

/// 4·d.
pub(super) const FOUR_D: Element =
    Element::from_words(&[0xd7ad_3728_4d65_e2b2, 0x01c0_2935_0507_62ad, 0x331d_01e5_dde7_a260, 0x480d_b3b8_adbf_f9ce]);
