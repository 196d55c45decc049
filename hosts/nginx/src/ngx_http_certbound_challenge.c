
/*
 * certbound: the directives for the contents of the challenge.
 */


#include "ngx_http_certbound_directives.h"


static ngx_int_t ngx_http_certbound_check_url(ngx_conf_t *cf,
    ngx_command_t *cmd, ngx_str_t *url);


/* Escaped for a quoted-string in the challenge (RFC 9110, 5.6.4). */

char *
ngx_http_certbound_realm(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_certbound_loc_conf_t  *clcf = conf;

    u_char     *p, ch;
    ngx_str_t  *value;
    ngx_uint_t  i;

    if (clcf->realm.data) {
        return "is duplicate";
    }

    if (ngx_http_certbound_begin_directive(cf, cmd, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    p = ngx_pnalloc(cf->pool, value[1].len * 2 + 1);
    if (p == NULL) {
        return NGX_CONF_ERROR;
    }

    clcf->realm.data = p;

    for (i = 0; i < value[1].len; i++) {
        ch = value[1].data[i];

        if (ch < 0x20 || ch == 0x7f) {
            return "has a control character in its value";
        }

        if (ch == '"' || ch == '\\') {
            *p++ = '\\';
        }

        *p++ = ch;
    }

    clcf->realm.len = p - clcf->realm.data;

    return NGX_CONF_OK;
}


/* An empty value removes an inherited one, like that of "certbound_realm". */

char *
ngx_http_certbound_metadata(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_certbound_loc_conf_t  *clcf = conf;

    ngx_str_t  *value;

    if (clcf->metadata.data) {
        return "is duplicate";
    }

    if (ngx_http_certbound_begin_directive(cf, cmd, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    if (value[1].len
        && ngx_http_certbound_check_url(cf, cmd, &value[1]) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    clcf->metadata = value[1];

    return NGX_CONF_OK;
}


/*
 * The URL of protected resource metadata (RFC 9728, 3), which the challenge
 * quotes unescaped.  It has no fragment.
 */

static ngx_int_t
ngx_http_certbound_check_url(ngx_conf_t *cf, ngx_command_t *cmd, ngx_str_t *url)
{
    size_t       i, prefix;
    u_char       ch;
    const char  *wrong;

    prefix = sizeof("https://") - 1;
    wrong = NULL;

    if (url->len <= prefix
        || ngx_strncasecmp(url->data, (u_char *) "https://", prefix) != 0
        || ngx_strchr("/?:", url->data[prefix]) != NULL)
    {
        wrong = "it must be an absolute URL that begins with \"https://\"";
    }

    for (i = 0; i < url->len; i++) {
        ch = url->data[i];

        if (ch <= 0x20 || ch >= 0x7f || ngx_strchr("\"#<>\\^`{|}", ch)) {
            wrong = "a URL without a fragment must not contain spaces, "
                    "control or non-ASCII characters, or any of "
                    "\"#<>\\^`{|}";
        }
    }

    if (wrong) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"%V\" directive, %s",
                           url, &cmd->name, wrong);
        return NGX_ERROR;
    }

    return NGX_OK;
}
