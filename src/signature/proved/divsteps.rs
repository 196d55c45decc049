//! Divsteps, several at once, on the lowest bits of two numbers.

/// An integer modulo 2⁶⁴.
pub(crate) trait Residue: Copy {
    const ZERO: Self;
    const ONE: Self;

    fn sum(self, other: Self) -> Self;
    fn difference(self, other: Self) -> Self;
    fn product(self, other: Self) -> Self;

    /// `self · 2^times`.
    fn doubled(self, times: u32) -> Self;

    /// `self / 2^times`, without remainder.
    fn halved(self, times: u32) -> Self;
}

/// f and g after some divsteps, and what these did to the numbers that f and g were: (u, v; q, r) · (f, g), divided by 2 for each
/// step.
#[derive(Clone, Copy)]
pub(crate) struct Steps<T> {
    pub(crate) f: T,
    pub(crate) g: T,
    pub(crate) u: T,
    pub(crate) v: T,
    pub(crate) q: T,
    pub(crate) r: T,
}

impl<T: Residue> Steps<T> {
    /// No step yet.
    #[inline(always)]
    pub(crate) fn new([f, g]: [T; 2]) -> Self {
        Self { f, g, u: T::ONE, v: T::ZERO, q: T::ZERO, r: T::ONE }
    }

    /// `zeros` steps at once, for a g that is divisible by 2 as many times.
    #[inline(always)]
    pub(crate) fn halve(&mut self, zeros: u32) {
        self.g = self.g.halved(zeros);
        self.u = self.u.doubled(zeros);
        self.v = self.v.doubled(zeros);
    }

    /// The exchange of a step with δ > 0 and an odd g: g and −f, to which the step then adds g.
    #[inline(always)]
    pub(crate) fn swap(&mut self) {
        (self.f, self.g) = (self.g, T::ZERO.difference(self.f));
        (self.u, self.q) = (self.q, T::ZERO.difference(self.u));
        (self.v, self.r) = (self.r, T::ZERO.difference(self.v));
    }

    /// Adds f to g, `times` times: what steps without an exchange add, before g is halved for each of them.
    #[inline(always)]
    pub(crate) fn add(&mut self, times: T) {
        self.g = self.g.sum(self.f.product(times));
        self.q = self.q.sum(self.u.product(times));
        self.r = self.r.sum(self.v.product(times));
    }
}

impl Residue for u64 {
    const ZERO: Self = 0;
    const ONE: Self = 1;

    #[inline(always)]
    fn sum(self, other: Self) -> Self {
        self.wrapping_add(other)
    }

    #[inline(always)]
    fn difference(self, other: Self) -> Self {
        self.wrapping_sub(other)
    }

    #[inline(always)]
    fn product(self, other: Self) -> Self {
        self.wrapping_mul(other)
    }

    #[inline(always)]
    fn doubled(self, times: u32) -> Self {
        self.wrapping_shl(times)
    }

    #[inline(always)]
    fn halved(self, times: u32) -> Self {
        self.wrapping_shr(times)
    }
}

/// −g / f modulo 16, for odd numbers.
#[inline(always)]
pub(crate) fn negated_quotient_4(f: u64, g: u64) -> u64 {
    let inverse = f.sum((f.sum(1) & 4).doubled(1));
    u64::ZERO.difference(inverse).product(g) & 15
}

/// −g / f modulo 64, for odd numbers.
#[inline(always)]
pub(crate) fn negated_quotient_6(f: u64, g: u64) -> u64 {
    f.product(g).product(f.product(f).difference(2)) & 63
}
