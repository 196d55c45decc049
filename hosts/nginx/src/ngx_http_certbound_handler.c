
/*
 * certbound: checks requests.
 *
 * Requests are checked in the access phase.  nginx skips that phase for
 * subrequests, which are checked in the phase before it.  An internal redirect
 * runs the phases again, and the new verdict replaces the old one.
 */


#include "ngx_http_certbound_introspection.h"
#include "ngx_http_certbound_metrics.h"
#include "ngx_http_certbound_rules.h"


static ngx_int_t ngx_http_certbound_check(ngx_http_request_t *r,
    ngx_http_certbound_loc_conf_t *clcf);
static void ngx_http_certbound_apply_rules(ngx_http_request_t *r,
    ngx_http_certbound_loc_conf_t *clcf, ngx_http_certbound_ctx_t *ctx);
static certbound_status ngx_http_certbound_verify(ngx_http_request_t *r,
    ngx_http_certbound_loc_conf_t *clcf, ngx_http_certbound_ctx_t *ctx,
    ngx_str_t *token);
static certbound_status ngx_http_certbound_find_token(ngx_http_request_t *r,
    ngx_str_t *token);


ngx_int_t
ngx_http_certbound_access_handler(ngx_http_request_t *r)
{
    ngx_http_certbound_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_certbound_module);

    if (!clcf->enable) {
        return NGX_DECLINED;
    }

    return ngx_http_certbound_check(r, clcf);
}


ngx_int_t
ngx_http_certbound_subrequest_handler(ngx_http_request_t *r)
{
    ngx_int_t                       rc;
    ngx_http_certbound_loc_conf_t  *clcf;
    ngx_http_certbound_question_t  *question;

    if (r == r->main) {
        return NGX_DECLINED;
    }

    question = ngx_http_certbound_get_question(r);

    if (question) {
        return ngx_http_certbound_check_subrequest(r, question);
    }

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_certbound_module);

    if (!clcf->enable) {
        return NGX_DECLINED;
    }

    rc = ngx_http_certbound_check(r, clcf);

    /* NGX_OK would skip the other handlers of this phase */

    return (rc == NGX_OK) ? NGX_DECLINED : rc;
}


static ngx_int_t
ngx_http_certbound_check(ngx_http_request_t *r,
    ngx_http_certbound_loc_conf_t *clcf)
{
    ngx_str_t                  token;
    ngx_http_certbound_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_certbound_module);

    if (ctx && ctx->question) {

        if (!ctx->question->done) {
            return NGX_AGAIN;
        }

        ngx_http_certbound_conclude(r, clcf, ctx);

    } else {
        ngx_http_certbound_remove_challenge(r);

        ctx = ngx_http_certbound_reset_ctx(r, clcf);
        if (ctx == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        ctx->status = ngx_http_certbound_verify(r, clcf, ctx, &token);

        if (ngx_http_certbound_introspect(r, clcf, ctx, &token) == NGX_AGAIN) {
            return NGX_AGAIN;
        }
    }

    ngx_http_certbound_apply_rules(r, clcf, ctx);
    ngx_http_certbound_count_verdict(clcf, ctx->status);

    if (ctx->status != CERTBOUND_OK) {
        return ngx_http_certbound_reject(r, clcf, ctx);
    }

    ngx_log_debug0(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "certbound: accepted");

    return NGX_OK;
}


/* Applies the rules of the location to a token that the policy accepts. */

static void
ngx_http_certbound_apply_rules(ngx_http_request_t *r,
    ngx_http_certbound_loc_conf_t *clcf, ngx_http_certbound_ctx_t *ctx)
{
    if (ctx->status == CERTBOUND_OK) {
        ctx->status = ngx_http_certbound_check_scopes(r, clcf, &ctx->accepted);
    }

    if (ngx_http_certbound_discard_stale(r) != NGX_OK) {
        ctx->status = CERTBOUND_OUT_OF_MEMORY;
    }

    if (ctx->status != CERTBOUND_OK) {
        return;
    }

    ctx->status = ngx_http_certbound_check_requirements(r, clcf, ctx);

    /* the log must not see what the requirements have evaluated */

    if (ctx->status != CERTBOUND_OK
        && ngx_http_certbound_discard_stale(r) != NGX_OK)
    {
        ctx->status = CERTBOUND_OUT_OF_MEMORY;
    }
}


static certbound_status
ngx_http_certbound_verify(ngx_http_request_t *r,
    ngx_http_certbound_loc_conf_t *clcf, ngx_http_certbound_ctx_t *ctx,
    ngx_str_t *token)
{
    size_t                        len;
    u_char                       *scratch, *sha256;
    uint64_t                      hits;
    certbound_cache              *cache;
    certbound_status              status;
    ngx_http_certbound_client_t  *client;

    if (clcf->verifier == NULL) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "certbound is on, but this server lacks its "
                      "other directives");
        return CERTBOUND_NOT_INITIALISED;
    }

    /* also without a token, for the log */

    client = ngx_http_certbound_get_client(r);
    if (client == NULL) {
        return CERTBOUND_OUT_OF_MEMORY;
    }

    ctx->client = client;

    status = ngx_http_certbound_find_token(r, token);
    if (status != CERTBOUND_OK) {
        return status;
    }

    if (client->status != CERTBOUND_OK) {
        return client->status;
    }

    sha256 = client->certificate ? client->sha256 : NULL;

    cache = ngx_http_certbound_get_cache(clcf->verifier, r->connection->log);

    /*
     * The variables read the claims from the scratch memory, which lives as
     * long as the request.  A token from the cache is copied there, since nginx
     * may reuse the header's buffer (after "101 Switching Protocols") before
     * a variable needs the claims.
     */

    len = ngx_min(certbound_scratch_len(token->len), CERTBOUND_SCRATCH_LEN);

    scratch = ngx_pnalloc(r->pool, len);
    if (scratch == NULL) {
        return CERTBOUND_OUT_OF_MEMORY;
    }

    if (cache == NULL) {
        return certbound_verify(clcf->verifier->verifier, (char *) token->data,
                                token->len, sha256, ngx_time(), scratch, len,
                                &ctx->accepted);
    }

    hits = ngx_http_certbound_get_hits(clcf, cache);

    status = certbound_verify_cached(clcf->verifier->verifier, cache,
                                     (char *) token->data, token->len, sha256,
                                     ngx_time(), scratch, len, &ctx->accepted);

    ngx_http_certbound_count_lookup(clcf, cache, hits);

    return status;
}


/* RFC 6750, 2.1.  Tokens in the query or in the body are ignored. */

static certbound_status
ngx_http_certbound_find_token(ngx_http_request_t *r, ngx_str_t *token)
{
    u_char     *p, *last;
    ngx_str_t   name = ngx_string("Authorization");
    ngx_str_t   value;

    switch (ngx_http_certbound_find_header(r, &name, &value)) {

    case NGX_OK:
        break;

    case NGX_DECLINED:
        return CERTBOUND_TOKEN_MISSING;

    default: /* NGX_ERROR */
        return CERTBOUND_AUTHORIZATION_AMBIGUOUS;
    }

    if (value.len < sizeof("Bearer ") - 1
        || ngx_strncasecmp(value.data, (u_char *) "Bearer ",
                           sizeof("Bearer ") - 1)
           != 0)
    {
        return CERTBOUND_TOKEN_MISSING;
    }

    p = value.data + sizeof("Bearer ") - 1;
    last = value.data + value.len;

    while (p < last && *p == ' ') {
        p++;
    }

    if (p == last) {
        return CERTBOUND_TOKEN_MISSING;
    }

    token->data = p;
    token->len = last - p;

    return CERTBOUND_OK;
}
