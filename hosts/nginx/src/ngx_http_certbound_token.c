
/*
 * certbound: $certbound_token, for the introspection location alone.
 */


#include "ngx_http_certbound_introspection.h"


static ngx_int_t ngx_http_certbound_token_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);


ngx_int_t
ngx_http_certbound_add_token(ngx_conf_t *cf)
{
    ngx_str_t             name = ngx_string("certbound_token");
    ngx_http_variable_t  *var;

    var = ngx_http_add_variable(cf, &name, NGX_HTTP_VAR_NOCACHEABLE);
    if (var == NULL) {
        return NGX_ERROR;
    }

    var->get_handler = ngx_http_certbound_token_variable;

    /* the verdict discards it: a log must not see the token */

    return ngx_http_certbound_add_index(cf, &name);
}


/* As the value of a form (RFC 7662, 2.1), it can add no other parameter. */

static ngx_int_t
ngx_http_certbound_token_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    size_t                          len;
    ngx_str_t                      *token;
    ngx_http_certbound_question_t  *question;

    question = ngx_http_certbound_get_question(r);

    if (question == NULL || question->done) {
        v->not_found = 1;
        return NGX_OK;
    }

    token = &question->token;

    len = token->len + 2 * ngx_escape_uri(NULL, token->data, token->len,
                                          NGX_ESCAPE_URI_COMPONENT);

    v->data = ngx_pnalloc(r->pool, len);
    if (v->data == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_escape_uri(v->data, token->data, token->len,
                          NGX_ESCAPE_URI_COMPONENT);

    v->len = len;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}
