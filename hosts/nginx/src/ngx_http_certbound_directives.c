
/*
 * certbound: the directives.  The file is long because the table has an entry
 * for each of them.
 *
 * The message for a wrong value names the value, and says what is accepted.
 */


#include "ngx_http_certbound_directives.h"
#include "ngx_http_certbound_introspection.h"
#include "ngx_http_certbound_metrics.h"
#include "ngx_http_certbound_rules.h"


static char *ngx_http_certbound_enable(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_certbound_algorithms(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_certbound_choice(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static u_char *ngx_http_certbound_list_choices(u_char *buf, u_char *last,
    ngx_conf_enum_t *e);
static char *ngx_http_certbound_leeway(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_certbound_cache(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


static ngx_conf_enum_t  ngx_http_certbound_bindings[] = {
    { ngx_string("required"), CERTBOUND_BINDING_REQUIRED },
    { ngx_string("if_present"), CERTBOUND_BINDING_IF_PRESENT },
    { ngx_null_string, 0 }
};


static ngx_conf_enum_t  ngx_http_certbound_token_types[] = {
    { ngx_string("at+jwt"), CERTBOUND_TOKEN_TYPE_ACCESS_TOKEN },
    { ngx_string("jwt"), CERTBOUND_TOKEN_TYPE_JWT },
    { ngx_string("any"), CERTBOUND_TOKEN_TYPE_ANY },
    { ngx_null_string, 0 }
};


static ngx_conf_enum_t  ngx_http_certbound_introspected[] = {
    { ngx_string("opaque"), NGX_HTTP_CERTBOUND_OPAQUE },
    { ngx_string("all"), NGX_HTTP_CERTBOUND_ALL },
    { ngx_null_string, 0 }
};


ngx_command_t  ngx_http_certbound_commands[] = {

    { ngx_string("certbound"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_http_certbound_enable,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_certbound_loc_conf_t, enable),
      NULL },

    { ngx_string("certbound_jwks"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_certbound_jwks,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("certbound_issuer"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE12,
      ngx_http_certbound_issuer,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("certbound_audience"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_certbound_texts,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_certbound_loc_conf_t, audiences),
      ngx_http_certbound_check_text },

    { ngx_string("certbound_scope"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_certbound_scope,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("certbound_claim"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_2MORE,
      ngx_http_certbound_claim,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("certbound_require"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_certbound_require,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("certbound_status_zone"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE2,
      ngx_http_certbound_status_zone,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("certbound_metrics"),
      NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_certbound_metrics,
      0,
      0,
      NULL },

    { ngx_string("certbound_algorithms"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_certbound_algorithms,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("certbound_binding"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_certbound_choice,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_certbound_loc_conf_t, binding),
      ngx_http_certbound_bindings },

    { ngx_string("certbound_token_type"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_certbound_choice,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_certbound_loc_conf_t, token_type),
      ngx_http_certbound_token_types },

    { ngx_string("certbound_leeway"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_certbound_leeway,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("certbound_realm"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_certbound_realm,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("certbound_resource_metadata"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_certbound_metadata,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("certbound_forwarded"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE2,
      ngx_http_certbound_forwarded,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("certbound_trusted_proxy"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_certbound_proxies,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("certbound_cache"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_certbound_cache,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("certbound_introspection"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_certbound_introspection,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("certbound_introspect"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_certbound_choice,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_certbound_loc_conf_t, introspect),
      ngx_http_certbound_introspected },

    { ngx_string("certbound_introspection_cache"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_certbound_introspection_time,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static char *
ngx_http_certbound_enable(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_certbound_loc_conf_t  *clcf = conf;

    clcf->enabled_at.file = cf->conf_file->file.name.data;
    clcf->enabled_at.line = cf->conf_file->line;
    clcf->enabled_here = 1;

    return ngx_conf_set_flag_slot(cf, cmd, conf);
}


static char *
ngx_http_certbound_algorithms(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_certbound_loc_conf_t  *clcf = conf;

    uint32_t           algorithm;
    ngx_str_t         *value;
    ngx_uint_t         i, algorithms;
    certbound_status   status;

    if (clcf->algorithms != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    if (ngx_http_certbound_begin_directive(cf, cmd, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;
    algorithms = 0;

    for (i = 1; i < cf->args->nelts; i++) {

        status = certbound_algorithm_from_name((char *) value[i].data,
                                               value[i].len, &algorithm);

        if (status != CERTBOUND_OK) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid value \"%V\" in \"%V\" directive, "
                               "it must be one of ES256, ES384, ES512, EdDSA, "
                               "Ed25519, RS256, RS384, RS512, PS256, PS384, "
                               "PS512",
                               &value[i], &cmd->name);
            return NGX_CONF_ERROR;
        }

        algorithms |= algorithm;
    }

    clcf->algorithms = algorithms;

    return NGX_CONF_OK;
}


/* ngx_conf_set_enum_slot() names neither the directive nor the choices */

static char *
ngx_http_certbound_choice(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char  *p = conf;

    u_char            buf[NGX_MAX_CONF_ERRSTR], *last;
    ngx_str_t        *value;
    ngx_uint_t       *np, i;
    ngx_conf_enum_t  *e;

    np = (ngx_uint_t *) (p + cmd->offset);

    if (*np != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    if (ngx_http_certbound_begin_directive(cf, cmd, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;
    e = cmd->post;

    for (i = 0; e[i].name.len != 0; i++) {

        if (e[i].name.len == value[1].len
            && ngx_strncmp(e[i].name.data, value[1].data, value[1].len) == 0)
        {
            *np = e[i].value;
            return NGX_CONF_OK;
        }
    }

    last = ngx_http_certbound_list_choices(buf, buf + sizeof(buf), e);

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid value \"%V\" in \"%V\" directive, "
                       "it must be %*s",
                       &value[1], &cmd->name, (size_t) (last - buf), buf);

    return NGX_CONF_ERROR;
}


static u_char *
ngx_http_certbound_list_choices(u_char *buf, u_char *last, ngx_conf_enum_t *e)
{
    ngx_uint_t   i;
    const char  *separator;

    separator = "";

    for (i = 0; e[i].name.len != 0; i++) {
        buf = ngx_slprintf(buf, last, "%s\"%V\"", separator, &e[i].name);
        separator = (e[i + 1].name.len && e[i + 2].name.len) ? ", " : " or ";
    }

    return buf;
}


static char *
ngx_http_certbound_leeway(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_certbound_loc_conf_t  *clcf = conf;

    if (clcf->leeway != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    if (ngx_http_certbound_begin_directive(cf, cmd, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (ngx_http_certbound_read_time(cf, cmd, "a time",
                                     NGX_HTTP_CERTBOUND_LEEWAY_MAX,
                                     "synchronize the clocks instead",
                                     &clcf->leeway)
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_certbound_cache(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_certbound_loc_conf_t  *clcf = conf;

    ngx_int_t   n;
    ngx_str_t  *value;

    if (clcf->cache != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    if (ngx_http_certbound_begin_directive(cf, cmd, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0) {
        clcf->cache = 0;
        return NGX_CONF_OK;
    }

    n = ngx_atoi(value[1].data, value[1].len);

    if (n < 1 || n > NGX_HTTP_CERTBOUND_CACHE_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"%V\" directive, "
                           "it must be \"off\" or a number from 1 to %d",
                           &value[1], &cmd->name,
                           NGX_HTTP_CERTBOUND_CACHE_MAX);
        return NGX_CONF_ERROR;
    }

    clcf->cache = n;

    return NGX_CONF_OK;
}
