
/*
 * certbound: answers requests that are rejected.
 */


#include "ngx_http_certbound_introspection.h"
#include "ngx_http_certbound_rules.h"


/* In seconds, as in the Envoy filter. */
#define NGX_HTTP_CERTBOUND_RETRY_AFTER  "5"


static ngx_int_t ngx_http_certbound_add_challenge(ngx_http_request_t *r,
    ngx_http_certbound_loc_conf_t *clcf, certbound_status status);
static ngx_int_t ngx_http_certbound_add_retry_after(ngx_http_request_t *r);


/* Maximum length of what the log says about a response to introspection. */
#define NGX_HTTP_CERTBOUND_DETAIL_LEN   256


/* The addresses of these keys distinguish our headers from others. */
static ngx_str_t  ngx_http_certbound_challenge_key =
    ngx_string("WWW-Authenticate");
static ngx_str_t  ngx_http_certbound_retry_key = ngx_string("Retry-After");


ngx_int_t
ngx_http_certbound_reject(ngx_http_request_t *r,
    ngx_http_certbound_loc_conf_t *clcf, ngx_http_certbound_ctx_t *ctx)
{
    u_char            detail[NGX_HTTP_CERTBOUND_DETAIL_LEN], *last;
    ngx_int_t         rc;
    ngx_uint_t        level;
    certbound_status  status;

    status = ctx->status;

    rc = certbound_status_http_status(status);

    switch (rc) {

    case NGX_HTTP_BAD_REQUEST:
    case NGX_HTTP_UNAUTHORIZED:
    case NGX_HTTP_FORBIDDEN:

        level = (status == CERTBOUND_TOKEN_MISSING) ? NGX_LOG_INFO
                                                    : NGX_LOG_WARN;

        if (ngx_http_certbound_add_challenge(r, clcf, status) != NGX_OK) {
            rc = NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        break;

    case NGX_HTTP_SERVICE_UNAVAILABLE:

        level = NGX_LOG_ERR;

        if (ngx_http_certbound_add_retry_after(r) != NGX_OK) {
            rc = NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        if (!ngx_http_certbound_may_log(r, status)) {
            return rc;
        }

        break;

    default:
        level = NGX_LOG_ERR;
        rc = NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (status == CERTBOUND_REQUIREMENT_UNMET) {
        ngx_log_error(level, r->connection->log, 0,
                      "certbound: rejected: %s: \"%V\" of "
                      "\"certbound_require\" is %s; expected %s; %s",
                      certbound_status_name(status), ctx->unmet, ctx->reason,
                      certbound_status_wanted(status),
                      certbound_status_remedy(status));
        return rc;
    }

    last = ngx_http_certbound_write_detail(r, ctx, detail,
                                           detail + sizeof(detail));

    ngx_log_error(level, r->connection->log, 0,
                  "certbound: rejected: %s: %s; expected %s; %s%*s",
                  certbound_status_name(status),
                  certbound_status_found(status),
                  certbound_status_wanted(status),
                  certbound_status_remedy(status),
                  (size_t) (last - detail), detail);

    return rc;
}


/*
 * RFC 6750, 3, and RFC 9728, 5.1.  The challenge discloses only the name of the
 * error, and where to find the metadata that the operator publishes.
 */

static ngx_int_t
ngx_http_certbound_add_challenge(ngx_http_request_t *r,
    ngx_http_certbound_loc_conf_t *clcf, certbound_status status)
{
    size_t            len;
    u_char           *p;
    const char       *error, *separator;
    ngx_table_elt_t  *h;

    error = certbound_status_bearer_error(status);

    len = sizeof("Bearer realm=\"\", error=\"\", scope=\"\", "
                 "resource_metadata=\"\"") - 1
          + clcf->realm.len + (error ? ngx_strlen(error) : 0)
          + ngx_http_certbound_scopes_len(clcf) + clcf->metadata.len;

    p = ngx_pnalloc(r->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    h->hash = 1;
    h->key = ngx_http_certbound_challenge_key;
    h->value.data = p;

    p = ngx_cpymem(p, "Bearer", sizeof("Bearer") - 1);
    separator = " ";

    if (clcf->realm.len) {
        p = ngx_sprintf(p, "%srealm=\"%V\"", separator, &clcf->realm);
        separator = ", ";
    }

    if (error) {
        p = ngx_sprintf(p, "%serror=\"%s\"", separator, error);
        separator = ", ";
    }

    if (status == CERTBOUND_INSUFFICIENT_SCOPE) {
        p = ngx_sprintf(p, "%sscope=\"", separator);
        p = ngx_http_certbound_write_scopes(r, clcf, p);
        *p++ = '"';
        separator = ", ";
    }

    if (clcf->metadata.len) {
        p = ngx_sprintf(p, "%sresource_metadata=\"%V\"", separator,
                        &clcf->metadata);
    }

    h->value.len = p - h->value.data;

#if (nginx_version >= 1023000)
    h->next = r->headers_out.www_authenticate;
#endif

    r->headers_out.www_authenticate = h;

    return NGX_OK;
}


/* RFC 9110, 15.6.4. */

static ngx_int_t
ngx_http_certbound_add_retry_after(ngx_http_request_t *r)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));

    h->hash = 1;
    h->key = ngx_http_certbound_retry_key;
    ngx_str_set(&h->value, NGX_HTTP_CERTBOUND_RETRY_AFTER);

    return NGX_OK;
}


/* An internal redirect invalidates the answer of the previous location. */

void
ngx_http_certbound_remove_challenge(ngx_http_request_t *r)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *header;

    part = &r->headers_out.headers.part;
    i = 0;

    while ((header = ngx_http_certbound_next_header(&part, &i)) != NULL) {

        if (header->key.data == ngx_http_certbound_challenge_key.data
            || header->key.data == ngx_http_certbound_retry_key.data)
        {
            header->hash = 0;
        }
    }
}
