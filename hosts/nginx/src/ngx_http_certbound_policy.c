
/*
 * certbound: finds the verifier of a location's policy, or creates it.
 */


#include "ngx_http_certbound_directives.h"
#include "ngx_http_certbound_rules.h"


static ngx_http_certbound_trusted_t *ngx_http_certbound_get_issuers(
    ngx_conf_t *cf, ngx_http_certbound_loc_conf_t *clcf);
static ngx_int_t ngx_http_certbound_register_verifier(
    ngx_http_certbound_main_conf_t *cmcf,
    ngx_http_certbound_verifier_t *verifier);
static ngx_uint_t ngx_http_certbound_same_policy(
    ngx_http_certbound_verifier_t *verifier,
    ngx_http_certbound_loc_conf_t *clcf,
    ngx_http_certbound_trusted_t *issuers);
static ngx_uint_t ngx_http_certbound_same_texts(const certbound_text *texts,
    size_t n, ngx_array_t *others);


/* Assigns a location its verifier, shared by locations with its policy. */

char *
ngx_http_certbound_add_verifier(ngx_conf_t *cf,
    ngx_http_certbound_loc_conf_t *clcf)
{
    u_char                            buf[NGX_MAX_CONF_ERRSTR], *last;
    ngx_uint_t                        i;
    ngx_array_t                      *scopes;
    certbound_policy                 *policy;
    ngx_http_certbound_failure_t      failure;
    ngx_http_certbound_trusted_t     *issuers;
    ngx_http_certbound_verifier_t    *verifier, **verifiers;
    ngx_http_certbound_main_conf_t   *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_certbound_module);

    issuers = ngx_http_certbound_get_issuers(cf, clcf);
    if (issuers == NULL) {
        return NGX_CONF_ERROR;
    }

    verifiers = cmcf->verifiers.elts;

    for (i = 0; i < cmcf->verifiers.nelts; i++) {
        if (ngx_http_certbound_same_policy(verifiers[i], clcf, issuers)) {
            clcf->verifier = verifiers[i];
            return NGX_CONF_OK;
        }
    }

    verifier = ngx_pcalloc(cf->pool, sizeof(ngx_http_certbound_verifier_t));
    if (verifier == NULL) {
        return NGX_CONF_ERROR;
    }

    verifier->cache = clcf->cache;
    verifier->issuers = issuers;
    verifier->nissuers = clcf->issuers->nelts;

    policy = &verifier->policy;

    policy->size = sizeof(certbound_policy);
    policy->audiences = clcf->audiences->elts;
    policy->audiences_len = clcf->audiences->nelts;

    scopes = ngx_http_certbound_policy_scopes(clcf);

    if (scopes) {
        policy->required_scopes = scopes->elts;
        policy->required_scopes_len = scopes->nelts;
    }

    policy->leeway_seconds = clcf->leeway;
    policy->algorithms = clcf->algorithms;
    policy->binding = clcf->binding;
    policy->token_type = clcf->token_type;

    if (verifier->nissuers == 1) {
        policy->issuer = issuers[0].name;
    }

    if (ngx_http_certbound_make_verifier(verifier, NULL, &failure, cf->log)
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

    if (ngx_http_certbound_register_verifier(cmcf, verifier) != NGX_OK) {
        ngx_free(verifier->new_memory);
        return NGX_CONF_ERROR;
    }

    ngx_http_certbound_swap_verifier(verifier);

    clcf->verifier = verifier;

    return NGX_CONF_OK;
}


/* Returns the issuers of a location, and reads their keys on first use. */

static ngx_http_certbound_trusted_t *
ngx_http_certbound_get_issuers(ngx_conf_t *cf,
    ngx_http_certbound_loc_conf_t *clcf)
{
    ngx_uint_t                     i;
    ngx_http_certbound_issuer_t   *issuer;
    ngx_http_certbound_source_t   *source;
    ngx_http_certbound_trusted_t  *trusted;

    issuer = clcf->issuers->elts;

    trusted = ngx_palloc(cf->pool, clcf->issuers->nelts
                                   * sizeof(ngx_http_certbound_trusted_t));
    if (trusted == NULL) {
        return NULL;
    }

    for (i = 0; i < clcf->issuers->nelts; i++) {
        source = issuer[i].source ? issuer[i].source : clcf->jwks;

        trusted[i].name.data = (char *) issuer[i].name.data;
        trusted[i].name.len = issuer[i].name.len;

        trusted[i].jwks = ngx_http_certbound_get_jwks(cf, source);
        if (trusted[i].jwks == NULL) {
            return NULL;
        }
    }

    return trusted;
}


/* Adds a verifier to the list of all, and to that of each of its files. */

static ngx_int_t
ngx_http_certbound_register_verifier(ngx_http_certbound_main_conf_t *cmcf,
    ngx_http_certbound_verifier_t *verifier)
{
    ngx_uint_t                       i, n;
    ngx_http_certbound_jwks_t       *jwks;
    ngx_http_certbound_verifier_t  **slot;

    for (i = 0; i < verifier->nissuers; i++) {
        jwks = verifier->issuers[i].jwks;

        if (jwks != verifier->issuers[0].jwks) {
            jwks->among_others = 1;
            verifier->issuers[0].jwks->among_others = 1;
        }

        n = jwks->verifiers.nelts;
        slot = jwks->verifiers.elts;

        if (n && slot[n - 1] == verifier) {

            /* two of its issuers share the file */

            continue;
        }

        slot = ngx_array_push(&jwks->verifiers);
        if (slot == NULL) {
            return NGX_ERROR;
        }

        *slot = verifier;
    }

    slot = ngx_array_push(&cmcf->verifiers);
    if (slot == NULL) {
        return NGX_ERROR;
    }

    *slot = verifier;

    return NGX_OK;
}


static ngx_uint_t
ngx_http_certbound_same_policy(ngx_http_certbound_verifier_t *verifier,
    ngx_http_certbound_loc_conf_t *clcf, ngx_http_certbound_trusted_t *issuers)
{
    ngx_uint_t         i;
    certbound_policy  *policy;

    policy = &verifier->policy;

    if (verifier->cache != (ngx_uint_t) clcf->cache
        || policy->leeway_seconds != (uint64_t) clcf->leeway
        || policy->algorithms != clcf->algorithms
        || policy->binding != clcf->binding
        || policy->token_type != clcf->token_type
        || verifier->nissuers != clcf->issuers->nelts
        || !ngx_http_certbound_same_texts(policy->audiences,
                                          policy->audiences_len,
                                          clcf->audiences)
        || !ngx_http_certbound_same_texts(policy->required_scopes,
                                          policy->required_scopes_len,
                                          ngx_http_certbound_policy_scopes(
                                                                      clcf)))
    {
        return 0;
    }

    for (i = 0; i < verifier->nissuers; i++) {
        if (verifier->issuers[i].jwks != issuers[i].jwks
            || !ngx_http_certbound_same_text(&verifier->issuers[i].name,
                                             &issuers[i].name))
        {
            return 0;
        }
    }

    return 1;
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
        if (!ngx_http_certbound_same_text(&texts[i], &other[i])) {
            return 0;
        }
    }

    return 1;
}
