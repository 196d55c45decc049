//! libjwt, a rival in C: the functions of `jwt.h` that verify a token.

use std::ffi::{CStr, CString, c_char, c_int, c_uchar, c_void};

use openssl::{
    bn::BigNum,
    bn::BigNumContext,
    ec::{EcGroup, EcKey, EcPoint},
    nid::Nid,
    pkey::PKey,
    rsa::Rsa,
};

#[link(name = "jwt")]
unsafe extern "C" {
    fn jwt_decode(jwt: *mut *mut c_void, token: *const c_char, key: *const c_uchar, key_len: c_int) -> c_int;
    fn jwt_get_grant(jwt: *mut c_void, grant: *const c_char) -> *const c_char;
    fn jwt_get_grant_int(jwt: *mut c_void, grant: *const c_char) -> i64;
    fn jwt_free(jwt: *mut c_void);
}

/// Checks signature, issuer, audience and expiry, as the other rivals do.
pub fn verify(token: &str, pem: &[u8], issuer: &str, audience: &str) {
    // A C program would have the token with a NUL after it.
    let token = CString::new(token).unwrap();
    let mut jwt = std::ptr::null_mut();
    // SAFETY: the token ends with a NUL, the key has this length, and the decoded token is freed once.
    unsafe {
        let length = c_int::try_from(pem.len()).unwrap();
        assert_eq!(jwt_decode(&raw mut jwt, token.as_ptr(), pem.as_ptr(), length), 0, "libjwt rejects its token");
        let is =
            |name: &CStr, expected: &str| CStr::from_ptr(jwt_get_grant(jwt, name.as_ptr())).to_str() == Ok(expected);
        assert!(is(c"iss", issuer) && is(c"aud", audience));
        assert!(jwt_get_grant_int(jwt, c"exp".as_ptr()) > 1_700_000_000);
        jwt_free(jwt);
    }
}

/// A P-256 key in libjwt's format.
pub fn p256_pem(point: &[u8]) -> Vec<u8> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let point = EcPoint::from_bytes(&group, point, &mut BigNumContext::new().unwrap()).unwrap();
    PKey::from_ec_key(EcKey::from_public_key(&group, &point).unwrap()).unwrap().public_key_to_pem().unwrap()
}

/// An RSA key in libjwt's format.
pub fn rsa_pem(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let [modulus, exponent] = [modulus, exponent].map(|number| BigNum::from_slice(number).unwrap());
    PKey::from_rsa(Rsa::from_public_components(modulus, exponent).unwrap()).unwrap().public_key_to_pem().unwrap()
}
