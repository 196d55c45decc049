
/*
 * certbound: asks the issuer about tokens, and judges its responses.
 *
 * A response from the cache is judged like a new one: by the policy of the
 * location, for the certificate of the connection, at the current time.
 */


#include "ngx_http_certbound_introspection.h"
#include "ngx_http_certbound_metrics.h"
#include "ngx_http_certbound_rules.h"


static ngx_uint_t ngx_http_certbound_recall(ngx_http_request_t *r,
    ngx_http_certbound_loc_conf_t *clcf, ngx_str_t *token,
    ngx_str_t *response);
static certbound_status ngx_http_certbound_judge(ngx_http_request_t *r,
    ngx_http_certbound_loc_conf_t *clcf, ngx_http_certbound_ctx_t *ctx,
    ngx_uint_t accepted, ngx_str_t *response, ngx_str_t *token);
static certbound_status ngx_http_certbound_check_confirmed(
    ngx_http_request_t *r, ngx_http_certbound_loc_conf_t *clcf,
    certbound_accepted *confirmed);
static void ngx_http_certbound_remember(ngx_http_request_t *r,
    ngx_http_certbound_loc_conf_t *clcf, ngx_str_t *token,
    certbound_accepted *judged);
static const char *ngx_http_certbound_find_mistake(ngx_http_request_t *r,
    ngx_str_t *response);


/*
 * Asks about a token that the verifier has accepted, if the location asks about
 * all, and about one that it cannot read, because it does not consist of the
 * three parts of a JWT.  Returns NGX_OK if ctx->status is the verdict,
 * NGX_AGAIN if the request waits for the response.
 */

ngx_int_t
ngx_http_certbound_introspect(ngx_http_request_t *r,
    ngx_http_certbound_loc_conf_t *clcf, ngx_http_certbound_ctx_t *ctx,
    ngx_str_t *token)
{
    ngx_str_t   response;
    ngx_uint_t  accepted;

    if (clcf->endpoint == NULL) {
        return NGX_OK;
    }

    accepted = (ctx->status == CERTBOUND_OK);

    if (accepted ? clcf->introspect != NGX_HTTP_CERTBOUND_ALL
                 : ctx->status != CERTBOUND_TOKEN_NOT_COMPACT)
    {
        return NGX_OK;
    }

    if (ngx_http_certbound_recall(r, clcf, token, &response)) {
        ctx->status = ngx_http_certbound_judge(r, clcf, ctx, accepted,
                                               &response, NULL);

        ngx_http_certbound_count_introspection(clcf,
                                      NGX_HTTP_CERTBOUND_INTROSPECTION_CACHED);

        return NGX_OK;
    }

    ctx->question = ngx_http_certbound_ask(r, &clcf->introspection, token);

    if (ctx->question == NULL) {
        ctx->status = CERTBOUND_OUT_OF_MEMORY;
        return NGX_OK;
    }

    ctx->question->accepted = accepted;

    /* until the response, nothing is accepted */

    ctx->status = CERTBOUND_INTROSPECTION_UNAVAILABLE;

    return NGX_AGAIN;
}


/* Judges the response that the request has waited for. */

void
ngx_http_certbound_conclude(ngx_http_request_t *r,
    ngx_http_certbound_loc_conf_t *clcf, ngx_http_certbound_ctx_t *ctx)
{
    ngx_uint_t                      failed;
    ngx_http_certbound_question_t  *question;

    question = ctx->question;
    ctx->question = NULL;

    ctx->status = question->status;

    if (ctx->status == CERTBOUND_OK) {
        ctx->status = ngx_http_certbound_judge(r, clcf, ctx,
                                               question->accepted,
                                               &question->response,
                                               &question->token);
    }

    failed = (question->status != CERTBOUND_OK
              || ctx->status == CERTBOUND_INTROSPECTION_MALFORMED);

    ngx_http_certbound_count_introspection(clcf,
                            failed ? NGX_HTTP_CERTBOUND_INTROSPECTION_FAILED
                                   : NGX_HTTP_CERTBOUND_INTROSPECTION_ANSWERED);

    ctx->answered = question;

    /* the log names the mistake in a malformed one */

    if (question->response.data
        && ctx->status != CERTBOUND_INTROSPECTION_MALFORMED)
    {
        ngx_pfree(r->pool, question->response.data);
        ngx_str_null(&question->response);
    }
}


static ngx_uint_t
ngx_http_certbound_recall(ngx_http_request_t *r,
    ngx_http_certbound_loc_conf_t *clcf, ngx_str_t *token, ngx_str_t *response)
{
    certbound_text                  text;
    certbound_introspection_cache  *cache;

    if (clcf->introspection_cache == 0) {
        return 0;
    }

    cache = ngx_http_certbound_get_responses(clcf->endpoint,
                                             r->connection->log);

    if (cache == NULL
        || certbound_introspection_cache_get(cache, (char *) token->data,
                                             token->len, ngx_time(),
                                             clcf->introspection_cache, &text)
           != CERTBOUND_OK
        || text.data == NULL)
    {
        return 0;
    }

    response->data = (u_char *) text.data;
    response->len = text.len;

    return 1;
}


/* Judges a response, and caches it for a token that is not NULL. */

static certbound_status
ngx_http_certbound_judge(ngx_http_request_t *r,
    ngx_http_certbound_loc_conf_t *clcf, ngx_http_certbound_ctx_t *ctx,
    ngx_uint_t accepted, ngx_str_t *response, ngx_str_t *token)
{
    size_t                     len;
    u_char                    *scratch, *sha256;
    certbound_status           status;
    certbound_accepted         confirmed, *judged;
    const certbound_verifier  *verifier;

    len = certbound_introspection_scratch_len(response->len);

    /* the claims of an opaque token live as long as the request */

    scratch = ngx_pnalloc(r->pool, len);
    if (scratch == NULL) {
        return CERTBOUND_OUT_OF_MEMORY;
    }

    sha256 = ctx->client->certificate ? ctx->client->sha256 : NULL;
    verifier = clcf->verifier->verifier;

    if (accepted) {
        judged = &confirmed;
        status = certbound_introspection_confirm(verifier, &ctx->accepted,
                                                 (char *) response->data,
                                                 response->len, sha256,
                                                 ngx_time(), scratch, len,
                                                 judged);

        if (status == CERTBOUND_OK) {
            status = ngx_http_certbound_check_confirmed(r, clcf, judged);
        }

    } else {
        judged = &ctx->accepted;
        status = certbound_introspection_verify_with(verifier,
                                                     (char *) response->data,
                                                     response->len, sha256,
                                                     ngx_time(), scratch, len,
                                                     judged);
    }

    if (status == CERTBOUND_OK && token && clcf->introspection_cache) {
        ngx_http_certbound_remember(r, clcf, token, judged);
    }

    return status;
}


/*
 * The issuer may have narrowed the scope of a token since.  Those for all
 * methods are in the policy.
 */

static certbound_status
ngx_http_certbound_check_confirmed(ngx_http_request_t *r,
    ngx_http_certbound_loc_conf_t *clcf, certbound_accepted *confirmed)
{
    certbound_claim  scope;

    if (certbound_accepted_claim(confirmed, "scope", sizeof("scope") - 1,
                                 &scope)
        != CERTBOUND_OK)
    {
        return CERTBOUND_OK;
    }

    return ngx_http_certbound_check_scopes(r, clcf, confirmed);
}


static void
ngx_http_certbound_remember(ngx_http_request_t *r,
    ngx_http_certbound_loc_conf_t *clcf, ngx_str_t *token,
    certbound_accepted *judged)
{
    certbound_status                status;
    certbound_introspection_cache  *cache;

    cache = ngx_http_certbound_get_responses(clcf->endpoint,
                                             r->connection->log);
    if (cache == NULL) {
        return;
    }

    status = certbound_introspection_cache_put(cache, (char *) token->data,
                                               token->len, judged, ngx_time(),
                                               clcf->endpoint->seconds);

    if (status != CERTBOUND_OK) {
        ngx_log_error(NGX_LOG_ALERT, r->connection->log, 0,
                      "certbound: the response was not cached: %s",
                      certbound_status_name(status));
    }
}


/* Writes what the operator needs to know beside the status. */

u_char *
ngx_http_certbound_write_detail(ngx_http_request_t *r,
    ngx_http_certbound_ctx_t *ctx, u_char *buf, u_char *last)
{
    const char                     *mistake;
    ngx_http_certbound_question_t  *question;

    question = ctx->answered;

    if (question == NULL) {
        return buf;
    }

    if (ctx->status == CERTBOUND_INTROSPECTION_MALFORMED) {

        mistake = ngx_http_certbound_find_mistake(r, &question->response);

        return mistake ? ngx_slprintf(buf, last, "; %s", mistake) : buf;
    }

    if (ctx->status != question->status) {
        return buf;
    }

    if (question->detail) {
        buf = ngx_slprintf(buf, last, "; %s", question->detail);
    }

    if (question->http_status) {
        buf = ngx_slprintf(buf, last,
                           "; the endpoint answered with status %ui",
                           question->http_status);
    }

    return buf;
}


/*
 * Only the function that reads a response without a verifier names the exact
 * mistake.  Returns NULL if there is no memory.
 */

static const char *
ngx_http_certbound_find_mistake(ngx_http_request_t *r, ngx_str_t *response)
{
    size_t               len;
    u_char              *scratch;
    certbound_status     status;
    certbound_accepted   ignored;

    len = certbound_introspection_scratch_len(response->len);

    scratch = ngx_pnalloc(r->pool, len);
    if (scratch == NULL) {
        return NULL;
    }

    status = certbound_introspection_verify((char *) response->data,
                                            response->len,
                                            CERTBOUND_BINDING_IF_PRESENT, NULL,
                                            scratch, len, &ignored);

    return certbound_status_name(status);
}
