
/*
 * certbound: creates verifiers from policies and keys.
 *
 * A JWK Set has one verifier for each policy that is used with it.  All of them
 * refer to its keys.  When the JWK Set changes, either all are replaced, or
 * none.
 */


#include "ngx_http_certbound.h"


static ngx_http_certbound_jwks_t *ngx_http_certbound_get_jwks(ngx_conf_t *cf,
    ngx_http_certbound_loc_conf_t *clcf);
static ngx_uint_t ngx_http_certbound_same_policy(
    ngx_http_certbound_verifier_t *verifier,
    ngx_http_certbound_loc_conf_t *clcf);
static ngx_uint_t ngx_http_certbound_same_texts(const certbound_text *texts,
    size_t n, ngx_array_t *others);
static ngx_int_t ngx_http_certbound_make_verifier(
    ngx_http_certbound_verifier_t *verifier, const certbound_keys *keys,
    ngx_http_certbound_failure_t *failure, ngx_log_t *log);
static void ngx_http_certbound_swap_verifier(
    ngx_http_certbound_verifier_t *verifier);


/* Assigns a location its verifier, shared by locations with its policy. */

char *
ngx_http_certbound_add_verifier(ngx_conf_t *cf,
    ngx_http_certbound_loc_conf_t *clcf)
{
    u_char                           buf[NGX_MAX_CONF_ERRSTR], *last;
    ngx_uint_t                       i;
    certbound_policy                *policy;
    ngx_http_certbound_jwks_t       *jwks;
    ngx_http_certbound_failure_t     failure;
    ngx_http_certbound_verifier_t   *verifier, **verifiers, **slot;

    jwks = ngx_http_certbound_get_jwks(cf, clcf);
    if (jwks == NULL) {
        return NGX_CONF_ERROR;
    }

    verifiers = jwks->verifiers.elts;

    for (i = 0; i < jwks->verifiers.nelts; i++) {
        if (ngx_http_certbound_same_policy(verifiers[i], clcf)) {
            clcf->verifier = verifiers[i];
            return NGX_CONF_OK;
        }
    }

    verifier = ngx_pcalloc(cf->pool, sizeof(ngx_http_certbound_verifier_t));
    if (verifier == NULL) {
        return NGX_CONF_ERROR;
    }

    verifier->cache = clcf->cache;

    policy = &verifier->policy;

    policy->size = sizeof(certbound_policy);
    policy->issuer.data = (char *) clcf->issuer.data;
    policy->issuer.len = clcf->issuer.len;
    policy->audiences = clcf->audiences->elts;
    policy->audiences_len = clcf->audiences->nelts;

    if (clcf->scopes) {
        policy->required_scopes = clcf->scopes->elts;
        policy->required_scopes_len = clcf->scopes->nelts;
    }

    policy->leeway_seconds = clcf->leeway;
    policy->algorithms = clcf->algorithms;
    policy->binding = clcf->binding;
    policy->token_type = clcf->token_type;

    if (ngx_http_certbound_make_verifier(verifier, jwks->keys.keys, &failure,
                                         cf->log)
        != NGX_OK)
    {
        last = ngx_http_certbound_format_failure(buf, buf + sizeof(buf),
                                               &failure);

        ngx_log_error(NGX_LOG_EMERG, cf->log, failure.err,
                      "\"certbound\" in %s:%ui: %*s",
                      clcf->enabled_at.file, clcf->enabled_at.line,
                      (size_t) (last - buf), buf);
        return NGX_CONF_ERROR;
    }

    slot = ngx_array_push(&jwks->verifiers);
    if (slot == NULL) {
        ngx_free(verifier->new_memory);
        return NGX_CONF_ERROR;
    }

    *slot = verifier;

    ngx_http_certbound_swap_verifier(verifier);

    clcf->verifier = verifier;

    return NGX_CONF_OK;
}


/* Returns the JWK Set of a location, and reads it on first use. */

static ngx_http_certbound_jwks_t *
ngx_http_certbound_get_jwks(ngx_conf_t *cf, ngx_http_certbound_loc_conf_t *clcf)
{
    u_char                            buf[NGX_MAX_CONF_ERRSTR], *last;
    ngx_uint_t                        i;
    ngx_http_certbound_jwks_t        *jwks, **files, **slot;
    ngx_http_certbound_failure_t      failure;
    ngx_http_certbound_main_conf_t   *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_certbound_module);

    files = cmcf->jwks.elts;

    for (i = 0; i < cmcf->jwks.nelts; i++) {
        if (files[i]->path.len == clcf->jwks.len
            && ngx_strncmp(files[i]->path.data, clcf->jwks.data,
                           clcf->jwks.len)
               == 0)
        {
            return files[i];
        }
    }

    jwks = ngx_pcalloc(cf->pool, sizeof(ngx_http_certbound_jwks_t));
    if (jwks == NULL) {
        return NULL;
    }

    if (ngx_array_init(&jwks->verifiers, cf->pool, 4,
                       sizeof(ngx_http_certbound_verifier_t *))
        != NGX_OK)
    {
        return NULL;
    }

    jwks->path = clcf->jwks;

    slot = ngx_array_push(&cmcf->jwks);
    if (slot == NULL) {
        return NULL;
    }

    *slot = jwks;

    if (ngx_http_certbound_read_jwks(jwks, &jwks->text, &failure, cf->log)
        == NGX_OK
        && ngx_http_certbound_make_keys(jwks, &jwks->text, &failure,
                                        NGX_LOG_WARN, cf->log)
           == NGX_OK)
    {
        ngx_http_certbound_swap_keys(jwks);

        if (jwks->keys.usable == 0) {
            ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                          "certbound_jwks \"%V\" in %s:%ui lists no keys: "
                          "all have been withdrawn, and every token will be "
                          "rejected",
                          &jwks->path, clcf->jwks_at.file, clcf->jwks_at.line);
        }

        return jwks;
    }

    last = ngx_http_certbound_format_failure(buf, buf + sizeof(buf), &failure);

    ngx_log_error(NGX_LOG_EMERG, cf->log, failure.err,
                  "certbound_jwks \"%V\" in %s:%ui: %*s",
                  &jwks->path, clcf->jwks_at.file, clcf->jwks_at.line,
                  (size_t) (last - buf), buf);

    return NULL;
}


static ngx_uint_t
ngx_http_certbound_same_policy(ngx_http_certbound_verifier_t *verifier,
    ngx_http_certbound_loc_conf_t *clcf)
{
    certbound_policy  *policy;

    policy = &verifier->policy;

    return verifier->cache == (ngx_uint_t) clcf->cache
           && policy->leeway_seconds == (uint64_t) clcf->leeway
           && policy->algorithms == clcf->algorithms
           && policy->binding == clcf->binding
           && policy->token_type == clcf->token_type
           && policy->issuer.len == clcf->issuer.len
           && ngx_memcmp(policy->issuer.data, clcf->issuer.data,
                         clcf->issuer.len)
              == 0
           && ngx_http_certbound_same_texts(policy->audiences,
                                            policy->audiences_len,
                                            clcf->audiences)
           && ngx_http_certbound_same_texts(policy->required_scopes,
                                            policy->required_scopes_len,
                                            clcf->scopes);
}


static ngx_uint_t
ngx_http_certbound_same_texts(const certbound_text *texts, size_t n,
    ngx_array_t *others)
{
    size_t           i;
    certbound_text  *other;

    if (others == NULL) {
        return n == 0;
    }

    if (n != others->nelts) {
        return 0;
    }

    other = others->elts;

    for (i = 0; i < n; i++) {
        if (texts[i].len != other[i].len
            || ngx_memcmp(texts[i].data, other[i].data, texts[i].len) != 0)
        {
            return 0;
        }
    }

    return 1;
}


/* Replaces the verifiers of all policies, or none if one cannot be created. */

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

        if (ngx_http_certbound_make_verifier(verifiers[i], jwks->new_keys.keys,
                                             failure, log)
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


static ngx_int_t
ngx_http_certbound_make_verifier(ngx_http_certbound_verifier_t *verifier,
    const certbound_keys *keys, ngx_http_certbound_failure_t *failure,
    ngx_log_t *log)
{
    size_t  size;

    ngx_memzero(failure, sizeof(ngx_http_certbound_failure_t));

    failure->status = certbound_verifier_size_with_keys(&verifier->policy,
                                                        &size);
    if (failure->status != CERTBOUND_OK) {
        return NGX_ERROR;
    }

    verifier->new_memory = ngx_http_certbound_alloc(size, failure, log);
    if (verifier->new_memory == NULL) {
        return NGX_ERROR;
    }

    failure->status = certbound_verifier_init_with_keys(verifier->new_memory,
                                                       size,
                                                       &verifier->policy, keys,
                                                      &verifier->new_verifier);

    if (failure->status != CERTBOUND_OK) {
        ngx_free(verifier->new_memory);
        verifier->new_memory = NULL;
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* No request refers to the old one: verification is never interrupted. */

static void
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


void
ngx_http_certbound_free_verifiers(ngx_http_certbound_jwks_t *jwks)
{
    ngx_uint_t                       i;
    ngx_http_certbound_verifier_t  **verifiers;

    verifiers = jwks->verifiers.elts;

    for (i = 0; i < jwks->verifiers.nelts; i++) {
        ngx_free(verifiers[i]->memory);

        if (verifiers[i]->tokens_memory) {
            ngx_free(verifiers[i]->tokens_memory);
        }
    }

    if (jwks->keys.memory) {
        ngx_free(jwks->keys.memory);
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
