
/*
 * certbound: the context of a request.
 *
 * The verdict survives internal redirects, which clear module contexts.
 */


#include "ngx_http_certbound.h"


static ngx_http_certbound_ctx_t *ngx_http_certbound_find_ctx(
    ngx_http_request_t *r);
static void ngx_http_certbound_ctx_cleanup(void *data);


/*
 * Returns the latest verdict on this request.  A subrequest without a verdict
 * inherits that of its parent.
 */

ngx_http_certbound_ctx_t *
ngx_http_certbound_get_ctx(ngx_http_request_t *r)
{
    ngx_http_certbound_ctx_t  *ctx;

    do {
        ctx = ngx_http_certbound_find_ctx(r);
        r = r->parent;
    } while (ctx == NULL && r);

    return ctx;
}


/* Clears the verdict from before a redirect. */

ngx_http_certbound_ctx_t *
ngx_http_certbound_reset_ctx(ngx_http_request_t *r,
    ngx_http_certbound_loc_conf_t *conf)
{
    ngx_pool_cleanup_t        *cln;
    ngx_http_certbound_ctx_t  *ctx;

    ctx = ngx_http_certbound_find_ctx(r);

    if (ctx == NULL) {
        cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_certbound_ctx_t));
        if (cln == NULL) {
            return NULL;
        }

        cln->handler = ngx_http_certbound_ctx_cleanup;

        ctx = cln->data;
        ctx->request = r;
    }

    ctx->conf = conf;
    ctx->status = CERTBOUND_NOT_INITIALISED;
    ctx->client = NULL;
    ctx->unmet = NULL;
    ctx->reason = NULL;
    ctx->question = NULL;
    ctx->answered = NULL;

    ngx_http_set_ctx(r, ctx, ngx_http_certbound_module);

    return ctx;
}


static ngx_http_certbound_ctx_t *
ngx_http_certbound_find_ctx(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t        *cln;
    ngx_http_certbound_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_certbound_module);

    if (ctx || !(r->internal || r->filter_finalize)) {
        return ctx;
    }

    /* internal redirects clear the contexts, but not the pool */

    for (cln = r->pool->cleanup; cln; cln = cln->next) {

        if (cln->handler != ngx_http_certbound_ctx_cleanup) {
            continue;
        }

        ctx = cln->data;

        if (ctx->request == r) {
            return ctx;
        }
    }

    return NULL;
}


static void
ngx_http_certbound_ctx_cleanup(void *data)
{
    /* only marks the context in the list of cleanups */
}
