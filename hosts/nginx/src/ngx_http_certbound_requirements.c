
/*
 * certbound: values that must be true after a token has been accepted.
 */


#include "ngx_http_certbound_directives.h"
#include "ngx_http_certbound_rules.h"


static certbound_status ngx_http_certbound_check_values(ngx_http_request_t *r,
    ngx_array_t *requirements, ngx_http_certbound_ctx_t *ctx);
static const char *ngx_http_certbound_find_reason(ngx_str_t *value);


char *
ngx_http_certbound_require(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_certbound_loc_conf_t  *clcf = conf;

    ngx_str_t                         *value;
    ngx_uint_t                         i;
    ngx_http_complex_value_t          *required;
    ngx_http_compile_complex_value_t   ccv;

    if (ngx_http_certbound_note_directive(cf, cmd, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (clcf->requirements == NULL) {
        clcf->requirements = ngx_array_create(cf->pool, 2,
                                             sizeof(ngx_http_complex_value_t));
        if (clcf->requirements == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        required = ngx_array_push(clcf->requirements);
        if (required == NULL) {
            return NGX_CONF_ERROR;
        }

        ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

        ccv.cf = cf;
        ccv.value = &value[i];
        ccv.complex_value = required;

        if (ngx_http_compile_complex_value(&ccv) != NGX_OK) {
            return NGX_CONF_ERROR;
        }

        if (required->lengths == NULL) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid value \"%V\" in \"%V\" directive, "
                               "it must contain a variable",
                               &value[i], &cmd->name);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


/* The token counts as accepted here, so that variables have its claims. */

certbound_status
ngx_http_certbound_check_requirements(ngx_http_request_t *r,
    ngx_http_certbound_loc_conf_t *conf, ngx_http_certbound_ctx_t *ctx)
{
    certbound_status               status;
    ngx_http_certbound_captures_t  captures;

    if (conf->requirements == NULL) {
        return CERTBOUND_OK;
    }

    ngx_http_certbound_save_captures(r, &captures);

    status = ngx_http_certbound_check_values(r, conf->requirements, ctx);

    ngx_http_certbound_restore_captures(r, &captures);

    return status;
}


static certbound_status
ngx_http_certbound_check_values(ngx_http_request_t *r,
    ngx_array_t *requirements, ngx_http_certbound_ctx_t *ctx)
{
    ngx_str_t                  value;
    ngx_uint_t                 i;
    ngx_http_complex_value_t  *required;

    required = requirements->elts;

    for (i = 0; i < requirements->nelts; i++) {

        if (ngx_http_complex_value(r, &required[i], &value) != NGX_OK) {
            return CERTBOUND_OUT_OF_MEMORY;
        }

        ctx->reason = ngx_http_certbound_find_reason(&value);

        if (ctx->reason) {
            ctx->unmet = &required[i].value;
            return CERTBOUND_REQUIREMENT_UNMET;
        }
    }

    return CERTBOUND_OK;
}


/* "false" is the value of a variable for a claim. */

static const char *
ngx_http_certbound_find_reason(ngx_str_t *value)
{
    if (value->len == 0) {
        return "empty";
    }

    if (value->len == 1 && value->data[0] == '0') {
        return "0";
    }

    if (value->len == 5 && ngx_strncmp(value->data, "false", 5) == 0) {
        return "false";
    }

    return NULL;
}
