//! What the parts of a division compute, for all inputs: proved with symbolic words, for each modulus in use.
//!
//! Together: a matrix (u, v; q, r) of 62 divsteps has |u| + |v| ≤ 2⁶² and |q| + |r| ≤ 2⁶² ([`steps`]). f and g become exactly
//! (u·f + v·g) / 2⁶² and (q·f + r·g) / 2⁶², and stay within −n and n; d and e become the same modulo n, and stay above −2n and below n
//! ([`limbs`]). So d·s ≡ f·x and e·s ≡ g·x still hold.

mod limbs;
mod steps;
