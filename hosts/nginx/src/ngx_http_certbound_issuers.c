
/*
 * certbound: the directives that name issuers and the files of their keys.
 */


#include "ngx_http_certbound_directives.h"


static char *ngx_http_certbound_source(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_str_t *path, ngx_http_certbound_source_t **source);
static ngx_int_t ngx_http_certbound_check_issuer(ngx_conf_t *cf,
    ngx_command_t *cmd, ngx_str_t *name, ngx_array_t *issuers);


char *
ngx_http_certbound_jwks(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_certbound_loc_conf_t  *clcf = conf;

    ngx_str_t  *value;

    if (clcf->jwks) {
        return "is duplicate";
    }

    if (ngx_http_certbound_begin_directive(cf, cmd, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    return ngx_http_certbound_source(cf, cmd, &value[1], &clcf->jwks);
}


char *
ngx_http_certbound_issuer(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_certbound_loc_conf_t  *clcf = conf;

    ngx_str_t                    *value;
    ngx_http_certbound_issuer_t  *issuer;

    if (clcf->issuers == NULL) {
        clcf->issuers = ngx_array_create(cf->pool, 1,
                                         sizeof(ngx_http_certbound_issuer_t));
        if (clcf->issuers == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    if (ngx_http_certbound_begin_directive(cf, cmd, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    if (ngx_http_certbound_check_issuer(cf, cmd, &value[1], clcf->issuers)
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    issuer = ngx_array_push(clcf->issuers);
    if (issuer == NULL) {
        return NGX_CONF_ERROR;
    }

    issuer->name = value[1];
    issuer->source = NULL;

    if (cf->args->nelts == 2) {
        return NGX_CONF_OK;
    }

    return ngx_http_certbound_source(cf, cmd, &value[2], &issuer->source);
}


static char *
ngx_http_certbound_source(ngx_conf_t *cf, ngx_command_t *cmd, ngx_str_t *path,
    ngx_http_certbound_source_t **source)
{
    const char                   *wrong;
    ngx_http_certbound_source_t  *s;

    wrong = NULL;

    if (path->len == 0) {
        wrong = "it must be the path of a file with a JWK Set";

    } else if (ngx_strncasecmp(path->data, (u_char *) "https://", 8) == 0
               || ngx_strncasecmp(path->data, (u_char *) "http://", 7) == 0)
    {
        wrong = "it must be the path of a file: "
                "fetch the keys of a URL with \"certbound sync\"";
    }

    if (wrong) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"%V\" directive, %s",
                           path, &cmd->name, wrong);
        return NGX_CONF_ERROR;
    }

    s = ngx_pcalloc(cf->pool, sizeof(ngx_http_certbound_source_t));
    if (s == NULL) {
        return NGX_CONF_ERROR;
    }

    s->directive = &cmd->name;
    s->path = *path;
    s->place.file = cf->conf_file->file.name.data;
    s->place.line = cf->conf_file->line;

    if (ngx_conf_full_name(cf->cycle, &s->path, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    *source = s;

    return NGX_CONF_OK;
}


/* An issuer that the level does not have yet. */

static ngx_int_t
ngx_http_certbound_check_issuer(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_str_t *name, ngx_array_t *issuers)
{
    ngx_uint_t                    i;
    ngx_http_certbound_issuer_t  *issuer;

    issuer = issuers->elts;

    for (i = 0; i < issuers->nelts; i++) {
        if (issuer[i].name.len == name->len
            && ngx_memcmp(issuer[i].name.data, name->data, name->len) == 0)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"%V\" directive is duplicate: "
                               "it names the issuer \"%V\" again",
                               &cmd->name, name);
            return NGX_ERROR;
        }
    }

    if (issuers->nelts == CERTBOUND_ISSUERS) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "too many \"%V\" directives, "
                           "at most %d are allowed on a level",
                           &cmd->name, CERTBOUND_ISSUERS);
        return NGX_ERROR;
    }

    return ngx_http_certbound_check_text(cf, cmd, name);
}
