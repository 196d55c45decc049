//! Values of the `Authorization` header, with the verdict on a request that has this one.

/// Server A's token in many forms.
pub fn forms(token: &str) -> Vec<(String, &'static str)> {
    vec![
        (format!("Bearer {token}"), "ok"),
        (format!("bearer {token}"), "ok"),
        (format!("BEARER {token}"), "ok"),
        (format!("bEaReR {token}"), "ok"),
        (format!("Bearer    {token}"), "ok"),
        (String::new(), "token_missing"),
        ("Bearer".to_owned(), "token_missing"),
        ("Bearer    ".to_owned(), "token_missing"),
        (token.to_owned(), "token_missing"),
        (format!("Bearer{token}"), "token_missing"),
        (format!("Bearer\t{token}"), "token_missing"),
        (format!("Bearer={token}"), "token_missing"),
        (format!("Bearer,{token}"), "token_missing"),
        (format!("Bearerx {token}"), "token_missing"),
        (format!("XBearer {token}"), "token_missing"),
        (format!("DPoP {token}"), "token_missing"),
        (format!("MAC {token}"), "token_missing"),
        (format!("Token {token}"), "token_missing"),
        ("Basic c2VydmVyLWE6cGFzc3dvcmQ=".to_owned(), "token_missing"),
        (format!("Bearer {token} {token}"), "token_not_compact"),
        (format!("Bearer {token} x"), "signature_not_base64url"),
        (format!("Bearer \"{token}\""), "header_not_base64url"),
        (format!("Bearer \t{token}"), "header_not_base64url"),
    ]
}

/// Values with a comma, which several headers have too in hosts that join them. Each host has its own reason to reject them.
pub fn lists(token: &str) -> [String; 3] {
    [format!("Basic x, Bearer {token}"), format!("Bearer {token}, Bearer {token}"), format!("Bearer {token},")]
}

/// Two values, for two headers.
pub fn pairs(token: &str) -> Vec<[String; 2]> {
    let good = format!("Bearer {token}");
    [
        [good.as_str(), "Bearer other"],
        ["Bearer other", &good],
        [&good, &good],
        ["Basic other", &good],
        [&good, "Basic other"],
        ["", &good],
        [&good, ""],
    ]
    .map(|pair| pair.map(str::to_owned))
    .into()
}
