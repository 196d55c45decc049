-- The binding, as an operator would check it behind jwt_authn: `cnf` of the verified claims against the digest of the
-- connection's certificate, which Envoy has in hex.

local bytes = {}
for byte = 0, 255 do
    bytes[string.format("%02x", byte)] = string.char(byte)
end

local base64url = { ["+"] = "-", ["/"] = "_", ["="] = "" }

local function thumbprint(handle, hex)
    return (handle:base64Escape((hex:gsub("%x%x", bytes))):gsub("[+/=]", base64url))
end

function envoy_on_request(handle)
    local info = handle:streamInfo()
    local tls = info:downstreamSslConnection()
    local verified = info:dynamicMetadata():get("envoy.filters.http.jwt_authn")
    local cnf = verified and verified.claims and verified.claims.cnf
    if not tls or not cnf or cnf["x5t#S256"] ~= thumbprint(handle, tls:sha256PeerCertificateDigest()) then
        handle:respond({ [":status"] = "401", ["www-authenticate"] = 'Bearer error="invalid_token"' }, "")
    end
end
