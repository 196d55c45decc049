
/*
 * certbound: the scopes that a request needs, depending on its method.
 *
 * The policy of the verifier contains those that all methods need.  The others
 * are checked afterwards.
 */


#include "ngx_http_certbound_directives.h"
#include "ngx_http_certbound_rules.h"


static ngx_uint_t ngx_http_certbound_applies(ngx_http_request_t *r,
    ngx_http_certbound_scopes_t *scopes);
static ngx_uint_t ngx_http_certbound_is_written(ngx_http_request_t *r,
    ngx_http_certbound_scopes_t *first, ngx_http_certbound_scopes_t *last,
    certbound_text *text);


char *
ngx_http_certbound_scope(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_certbound_loc_conf_t  *clcf = conf;

    ngx_str_t                    *value, list;
    ngx_uint_t                    i, n, methods;
    ngx_array_t                  *texts;
    ngx_http_certbound_scopes_t  *scopes;

    if (ngx_http_certbound_begin_directive(cf, cmd, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;
    n = cf->args->nelts - 1;
    methods = 0;

    for (i = 1; i <= n; i++) {

        if (ngx_strncmp(value[i].data, "methods=", 8) != 0) {
            continue;
        }

        if (i < n) {
            return "has \"methods\" before a scope, it must be last";
        }

        list.data = value[i].data + 8;
        list.len = value[i].len - 8;

        if (ngx_http_certbound_read_methods(cf, cmd, list, &methods)
            != NGX_OK)
        {
            return NGX_CONF_ERROR;
        }

        n--;
    }

    if (n == 0) {
        return "has no scope before \"methods\"";
    }

    texts = ngx_http_certbound_read_texts(cf, cmd, n,
                                          ngx_http_certbound_check_scope_token);
    if (texts == NULL) {
        return NGX_CONF_ERROR;
    }

    if (clcf->scopes == NULL) {
        clcf->scopes = ngx_array_create(cf->pool, 1,
                                        sizeof(ngx_http_certbound_scopes_t));
        if (clcf->scopes == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    scopes = clcf->scopes->elts;

    for (i = 0; i < clcf->scopes->nelts; i++) {
        if (scopes[i].methods == methods) {
            return "is duplicate: another one has the same methods";
        }
    }

    if (clcf->scopes->nelts == NGX_HTTP_CERTBOUND_SCOPES) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "too many \"%V\" directives, "
                           "at most %d are allowed on a level",
                           &cmd->name, NGX_HTTP_CERTBOUND_SCOPES);
        return NGX_CONF_ERROR;
    }

    scopes = ngx_array_push(clcf->scopes);
    if (scopes == NULL) {
        return NGX_CONF_ERROR;
    }

    scopes->methods = methods;
    scopes->texts = texts;

    return NGX_CONF_OK;
}


/* Returns the scopes that all methods need, or NULL. */

ngx_array_t *
ngx_http_certbound_policy_scopes(ngx_http_certbound_loc_conf_t *conf)
{
    ngx_uint_t                    i;
    ngx_http_certbound_scopes_t  *scopes;

    if (conf->scopes == NULL) {
        return NULL;
    }

    scopes = conf->scopes->elts;

    for (i = 0; i < conf->scopes->nelts; i++) {
        if (scopes[i].methods == 0) {
            return scopes[i].texts;
        }
    }

    return NULL;
}


/* Checks the scopes that are not in the policy. */

certbound_status
ngx_http_certbound_check_scopes(ngx_http_request_t *r,
    ngx_http_certbound_loc_conf_t *conf, certbound_accepted *accepted)
{
    bool                          has;
    ngx_uint_t                    i, n;
    certbound_text               *text;
    certbound_status              status;
    ngx_http_certbound_scopes_t  *scopes;

    if (conf->scopes == NULL) {
        return CERTBOUND_OK;
    }

    scopes = conf->scopes->elts;

    for (i = 0; i < conf->scopes->nelts; i++) {

        if (scopes[i].methods == 0
            || !ngx_http_certbound_applies(r, &scopes[i]))
        {
            continue;
        }

        text = scopes[i].texts->elts;

        for (n = 0; n < scopes[i].texts->nelts; n++) {

            status = certbound_accepted_has_scope(accepted, text[n].data,
                                                  text[n].len, &has);
            if (status != CERTBOUND_OK) {
                return status;
            }

            if (!has) {
                return CERTBOUND_INSUFFICIENT_SCOPE;
            }
        }
    }

    return CERTBOUND_OK;
}


/*
 * A method that no directive can name needs the scopes of all methods.
 * A subrequest is sent with a method of its own, but often decides on the
 * request of the client, so both count.
 */

static ngx_uint_t
ngx_http_certbound_applies(ngx_http_request_t *r,
    ngx_http_certbound_scopes_t *scopes)
{
    ngx_uint_t  methods;

    if (scopes->methods == 0) {
        return 1;
    }

    methods = r->method | r->main->method;

    return (methods & scopes->methods) != 0
           || ngx_http_certbound_has_unnamed(methods);
}


/* The maximum length of ngx_http_certbound_write_scopes(). */

size_t
ngx_http_certbound_scopes_len(ngx_http_certbound_loc_conf_t *conf)
{
    size_t                        len;
    ngx_uint_t                    i, n;
    certbound_text               *text;
    ngx_http_certbound_scopes_t  *scopes;

    if (conf->scopes == NULL) {
        return 0;
    }

    scopes = conf->scopes->elts;
    len = 0;

    for (i = 0; i < conf->scopes->nelts; i++) {
        text = scopes[i].texts->elts;

        for (n = 0; n < scopes[i].texts->nelts; n++) {
            len += text[n].len + 1;
        }
    }

    return len;
}


/* Writes the scopes that the request needs, each once, for the challenge. */

u_char *
ngx_http_certbound_write_scopes(ngx_http_request_t *r,
    ngx_http_certbound_loc_conf_t *conf, u_char *p)
{
    u_char                       *start;
    ngx_uint_t                    i, n;
    certbound_text               *text;
    ngx_http_certbound_scopes_t  *scopes;

    scopes = conf->scopes->elts;
    start = p;

    for (i = 0; i < conf->scopes->nelts; i++) {

        if (!ngx_http_certbound_applies(r, &scopes[i])) {
            continue;
        }

        text = scopes[i].texts->elts;

        for (n = 0; n < scopes[i].texts->nelts; n++) {

            if (ngx_http_certbound_is_written(r, scopes, &scopes[i], &text[n]))
            {
                continue;
            }

            if (p != start) {
                *p++ = ' ';
            }

            p = ngx_cpymem(p, text[n].data, text[n].len);
        }
    }

    return p;
}


static ngx_uint_t
ngx_http_certbound_is_written(ngx_http_request_t *r,
    ngx_http_certbound_scopes_t *first, ngx_http_certbound_scopes_t *last,
    certbound_text *text)
{
    ngx_uint_t       n;
    certbound_text  *other;

    for ( /* void */ ; first < last; first++) {

        if (!ngx_http_certbound_applies(r, first)) {
            continue;
        }

        other = first->texts->elts;

        for (n = 0; n < first->texts->nelts; n++) {
            if (ngx_http_certbound_same_text(&other[n], text)) {
                return 1;
            }
        }
    }

    return 0;
}
