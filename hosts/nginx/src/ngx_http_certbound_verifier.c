
/*
 * certbound: creates verifiers, and replaces them when keys change.
 *
 * A verifier trusts one issuer or several, and refers to the keys of each.
 * Issuers and verifiers may share keys.  When a JWK Set changes, either all
 * verifiers that refer to it are replaced, or none.  The others are unaffected.
 */


#include "ngx_http_certbound.h"


/*
 * Loads a changed JWK Set, and replaces all verifiers that refer to it, or none
 * if one cannot be created.
 */

ngx_int_t
ngx_http_certbound_renew_verifiers(ngx_http_certbound_jwks_t *jwks,
    ngx_str_t *text, ngx_http_certbound_failure_t *failure, ngx_log_t *log)
{
    ngx_uint_t                       i;
    ngx_http_certbound_verifier_t  **verifiers;

    if (ngx_http_certbound_make_keys(jwks, text, failure, NGX_LOG_NOTICE, log)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    verifiers = jwks->verifiers.elts;

    for (i = 0; i < jwks->verifiers.nelts; i++) {

        if (ngx_http_certbound_make_verifier(verifiers[i], jwks, failure, log)
            != NGX_OK)
        {
            while (i--) {
                ngx_free(verifiers[i]->new_memory);
                verifiers[i]->new_memory = NULL;
            }

            ngx_http_certbound_discard_keys(jwks);

            return NGX_ERROR;
        }
    }

    for (i = 0; i < jwks->verifiers.nelts; i++) {
        ngx_http_certbound_swap_verifier(verifiers[i]);
    }

    ngx_http_certbound_swap_keys(jwks);

    return NGX_OK;
}


/* Creates a verifier with the new keys of a JWK Set, if one has changed. */

ngx_int_t
ngx_http_certbound_make_verifier(ngx_http_certbound_verifier_t *verifier,
    ngx_http_certbound_jwks_t *changed, ngx_http_certbound_failure_t *failure,
    ngx_log_t *log)
{
    void                          *memory;
    size_t                         size;
    ngx_uint_t                     i, n;
    certbound_issuer               issuers[CERTBOUND_ISSUERS];
    certbound_policy              *policy;
    ngx_http_certbound_keys_t     *keys;
    ngx_http_certbound_trusted_t  *trusted;

    ngx_memzero(failure, sizeof(ngx_http_certbound_failure_t));

    policy = &verifier->policy;
    trusted = verifier->issuers;
    n = verifier->nissuers;

    for (i = 0; i < n; i++) {
        keys = (trusted[i].jwks == changed) ? &changed->new_keys
                                            : &trusted[i].jwks->keys;
        issuers[i].name = trusted[i].name;
        issuers[i].keys = keys->keys;
    }

    /* for one issuer, verification is faster without a list */

    failure->status = (n == 1)
                      ? certbound_verifier_size_with_keys(policy, &size)
                      : certbound_verifier_size_with_issuers(policy, issuers,
                                                             n, &size);
    if (failure->status != CERTBOUND_OK) {
        return NGX_ERROR;
    }

    memory = ngx_http_certbound_alloc(size, failure, log);
    if (memory == NULL) {
        return NGX_ERROR;
    }

    failure->status = (n == 1)
                      ? certbound_verifier_init_with_keys(memory, size, policy,
                                                      issuers[0].keys,
                                                      &verifier->new_verifier)
                      : certbound_verifier_init_with_issuers(memory, size,
                                                      policy, issuers, n,
                                                      &verifier->new_verifier);

    if (failure->status != CERTBOUND_OK) {
        ngx_free(memory);
        return NGX_ERROR;
    }

    verifier->new_memory = memory;

    return NGX_OK;
}


/*
 * No request keeps a reference to the old one: verification is never
 * interrupted, and what waits for introspection is judged by the new one.
 */

void
ngx_http_certbound_swap_verifier(ngx_http_certbound_verifier_t *verifier)
{
    if (verifier->memory) {
        ngx_free(verifier->memory);
    }

    verifier->memory = verifier->new_memory;
    verifier->verifier = verifier->new_verifier;

    verifier->new_memory = NULL;
    verifier->new_verifier = NULL;
}


/* The keys that the verifiers refer to are freed separately. */

void
ngx_http_certbound_free_verifiers(ngx_http_certbound_main_conf_t *cmcf)
{
    ngx_uint_t                       i;
    ngx_http_certbound_verifier_t  **verifiers;

    verifiers = cmcf->verifiers.elts;

    for (i = 0; i < cmcf->verifiers.nelts; i++) {
        ngx_free(verifiers[i]->memory);

        if (verifiers[i]->tokens_memory) {
            ngx_free(verifiers[i]->tokens_memory);
        }
    }
}


/*
 * Returns the cache of tokens that this worker has accepted.  It is allocated
 * for the first token, because the master process needs none.  If that fails,
 * every token is verified each time.  Changed keys replace the verifier, for
 * which the library empties the cache.
 */

certbound_cache *
ngx_http_certbound_get_cache(ngx_http_certbound_verifier_t *verifier,
    ngx_log_t *log)
{
    size_t  size;

    if (verifier->tokens || verifier->cache == 0 || verifier->no_memory) {
        return verifier->tokens;
    }

    size = certbound_cache_size(verifier->cache);

    verifier->tokens_memory = ngx_alloc(size, log);

    if (verifier->tokens_memory == NULL
        || certbound_cache_init(verifier->tokens_memory, size,
                                &verifier->tokens)
           != CERTBOUND_OK)
    {
        ngx_log_error(NGX_LOG_WARN, log, 0,
                      "certbound: no memory for a cache of %ui tokens; "
                      "every token is verified each time", verifier->cache);

        verifier->no_memory = 1;
    }

    return verifier->tokens;
}
