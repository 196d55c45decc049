-- The checks that certbound makes, as an operator would write them in Lua with Debian's packages. They run in nginx's access
-- phase.
--
-- OpenSSL verifies the signature through lua-luaossl, which does not support EdDSA.

local base64 = require "ngx.base64"
local digest = require "openssl.digest"
local json = require "cjson.safe"
local pkey = require "openssl.pkey"

local decode, encode = base64.decode_base64url, base64.encode_base64url
local byte, char, sub = string.byte, string.char, string.sub

local function read(path)
    local file = assert(io.open(path))
    local text = file:read("*a")
    file:close()
    return text
end

-- JWS concatenates r and s (RFC 7518 section 3.4); OpenSSL expects DER.
local function integer(bytes)
    bytes = bytes:gsub("^%z+", "")
    if bytes == "" or byte(bytes) >= 0x80 then
        bytes = "\0" .. bytes
    end
    return "\2" .. char(#bytes) .. bytes
end

local function der(signature)
    if #signature ~= 64 then
        return nil
    end
    local both = integer(sub(signature, 1, 32)) .. integer(sub(signature, 33))
    return "\48" .. char(#both) .. both
end

local function thumbprint()
    local body = ngx.var.ssl_client_raw_cert:match("%-\n(.*)\n%-")
    return encode(digest.new("sha256"):final(ngx.decode_base64((body:gsub("\n", "")))))
end

local function has(audience, expected)
    if type(audience) ~= "table" then
        return audience == expected
    end
    for _, each in ipairs(audience) do
        if each == expected then
            return true
        end
    end
    return false
end

local function accepted(policy, token)
    local signed, header, claims, signature = token:match("^(([%w_-]+)%.([%w_-]+))%.([%w_-]+)$")
    if not signed then
        return false
    end

    header = json.decode(decode(header) or "")
    if type(header) ~= "table" or header.alg ~= policy.algorithm or header.typ ~= "at+jwt" or header.crit then
        return false
    end

    signature = decode(signature)
    if signature and policy.algorithm == "ES256" then
        signature = der(signature)
    end
    if not signature or not policy.key:verify(signature, digest.new("sha256"):update(signed)) then
        return false
    end

    claims = json.decode(decode(claims) or "")
    if type(claims) ~= "table" or claims.iss ~= policy.issuer or not has(claims.aud, policy.audience) then
        return false
    end
    local now = ngx.time()
    if type(claims.exp) ~= "number" or now >= claims.exp or (claims.nbf and now < claims.nbf) then
        return false
    end
    return type(claims.cnf) == "table" and claims.cnf["x5t#S256"] == thumbprint()
end

local M = {}

function M.policy(algorithm, key, issuer, audience)
    return { algorithm = algorithm, key = pkey.new(read(key)), issuer = issuer, audience = audience }
end

function M.check(policy)
    local token = (ngx.var.http_authorization or ""):match("^[Bb]earer ([^ ]+)$")
    if not token or not accepted(policy, token) then
        ngx.header["WWW-Authenticate"] = "Bearer"
        return ngx.exit(ngx.HTTP_UNAUTHORIZED)
    end
end

return M
