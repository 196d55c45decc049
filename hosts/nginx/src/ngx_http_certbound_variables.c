
/*
 * certbound: $certbound_...
 *
 * The variables describe the latest verdict on the request.  Each may be sent
 * to an upstream in a header.  If a header cannot carry a claim unchanged, its
 * variable is empty.
 */


#include "ngx_http_certbound.h"


static ngx_int_t ngx_http_certbound_status_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_certbound_claim_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_certbound_exp_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_certbound_claims_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_certbound_thumbprint_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);


static ngx_http_variable_t  ngx_http_certbound_variables[] = {

    { ngx_string("certbound_status"), NULL,
      ngx_http_certbound_status_variable, 0,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("certbound_issuer"), NULL,
      ngx_http_certbound_claim_variable, (uintptr_t) "iss",
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("certbound_sub"), NULL,
      ngx_http_certbound_claim_variable, (uintptr_t) "sub",
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("certbound_client_id"), NULL,
      ngx_http_certbound_claim_variable, (uintptr_t) "client_id",
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("certbound_scope"), NULL,
      ngx_http_certbound_claim_variable, (uintptr_t) "scope",
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("certbound_jti"), NULL,
      ngx_http_certbound_claim_variable, (uintptr_t) "jti",
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("certbound_exp"), NULL,
      ngx_http_certbound_exp_variable, 0,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("certbound_claims"), NULL,
      ngx_http_certbound_claims_variable, 0,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("certbound_thumbprint"), NULL,
      ngx_http_certbound_thumbprint_variable, 0,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


ngx_int_t
ngx_http_certbound_add_variables(ngx_conf_t *cf)
{
    ngx_http_variable_t  *var, *v;

    for (v = ngx_http_certbound_variables; v->name.len; v++) {

        var = ngx_http_add_variable(cf, &v->name, v->flags);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = v->get_handler;
        var->data = v->data;

        if (ngx_http_certbound_add_index(cf, &v->name) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* Lists the variable as one whose value depends on the verdict. */

ngx_int_t
ngx_http_certbound_add_index(ngx_conf_t *cf, ngx_str_t *name)
{
    ngx_int_t                       *index;
    ngx_http_certbound_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_certbound_module);

    index = ngx_array_push(&cmcf->variable_indexes);
    if (index == NULL) {
        return NGX_ERROR;
    }

    *index = ngx_http_get_variable_index(cf, name);

    return (*index == NGX_ERROR) ? NGX_ERROR : NGX_OK;
}


static ngx_int_t
ngx_http_certbound_status_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_certbound_ctx_t  *ctx;

    ctx = ngx_http_certbound_get_ctx(r);

    if (ctx == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    v->data = (u_char *) certbound_status_name(ctx->status);
    v->len = ngx_strlen(v->data);
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


static ngx_int_t
ngx_http_certbound_claim_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    const char          *name = (const char *) data;

    certbound_claim      claim;
    certbound_accepted  *accepted;

    accepted = ngx_http_certbound_get_accepted(r);

    if (accepted == NULL
        || certbound_accepted_claim(accepted, name, ngx_strlen(name), &claim)
           != CERTBOUND_OK
        || claim.kind != CERTBOUND_CLAIM_STRING
        || !ngx_http_certbound_fits_header(&claim.text))
    {
        v->not_found = 1;
        return NGX_OK;
    }

    v->data = (u_char *) claim.text.data;
    v->len = claim.text.len;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


static ngx_int_t
ngx_http_certbound_exp_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    uint64_t             expires_at;
    certbound_accepted  *accepted;

    accepted = ngx_http_certbound_get_accepted(r);

    if (accepted == NULL
        || certbound_accepted_expires_at(accepted, &expires_at)
           != CERTBOUND_OK)
    {
        v->not_found = 1;
        return NGX_OK;
    }

    v->data = ngx_pnalloc(r->pool, NGX_INT64_LEN);
    if (v->data == NULL) {
        return NGX_ERROR;
    }

    v->len = ngx_sprintf(v->data, "%uL", expires_at) - v->data;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


/*
 * The claims on one line.  Control characters occur only between JSON tokens,
 * where a space is equivalent, except for DEL, which strings may contain.
 */

static ngx_int_t
ngx_http_certbound_claims_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    size_t               i, len;
    u_char              *p, ch;
    certbound_text       json;
    certbound_accepted  *accepted;

    accepted = ngx_http_certbound_get_accepted(r);

    if (accepted == NULL
        || certbound_accepted_claims(accepted, &json) != CERTBOUND_OK)
    {
        v->not_found = 1;
        return NGX_OK;
    }

    len = json.len;

    for (i = 0; i < json.len; i++) {
        if (json.data[i] == 0x7f) {
            len += sizeof("\\u007f") - 2;
        }
    }

    p = ngx_pnalloc(r->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    v->data = p;
    v->len = len;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    for (i = 0; i < json.len; i++) {
        ch = (u_char) json.data[i];

        if (ch == 0x7f) {
            p = ngx_cpymem(p, "\\u007f", sizeof("\\u007f") - 1);

        } else {
            *p++ = (ch < 0x20) ? ' ' : ch;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_certbound_thumbprint_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_certbound_ctx_t     *ctx;
    ngx_http_certbound_client_t  *client;

    ctx = ngx_http_certbound_get_ctx(r);

    client = (ctx && ctx->client) ? ctx->client
                                  : ngx_http_certbound_get_client(r);

    if (client == NULL
        || !client->certificate
        || client->status != CERTBOUND_OK)
    {
        v->not_found = 1;
        return NGX_OK;
    }

    /* it lives as long as the connection or the request */

    v->data = (u_char *) client->x5t_s256;
    v->len = CERTBOUND_X5T_S256_LEN;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


/* Returns the claims of an accepted token, or NULL. */

certbound_accepted *
ngx_http_certbound_get_accepted(ngx_http_request_t *r)
{
    ngx_http_certbound_ctx_t  *ctx;

    ctx = ngx_http_certbound_get_ctx(r);

    if (ctx == NULL || ctx->status != CERTBOUND_OK) {
        return NULL;
    }

    /* a token from the cache is decoded once, for the first variable */

    if (certbound_accepted_decode(&ctx->accepted) != CERTBOUND_OK) {
        return NULL;
    }

    return &ctx->accepted;
}


/*
 * Control characters could end the header or inject another one, and spaces
 * around a value are removed (RFC 9110, 5.5), which could turn one name into
 * another.
 */

ngx_uint_t
ngx_http_certbound_fits_header(certbound_text *text)
{
    size_t  i;
    u_char  ch;

    if (text->len == 0) {
        return 1;
    }

    if (text->data[0] == ' ' || text->data[text->len - 1] == ' ') {
        return 0;
    }

    for (i = 0; i < text->len; i++) {
        ch = (u_char) text->data[i];

        if (ch < 0x20 || ch == 0x7f) {
            return 0;
        }
    }

    return 1;
}
