
/*
 * certbound: the values of several directives.
 */


#include "ngx_http_certbound_directives.h"


/* The first step of most directives: their values cannot have variables. */

ngx_int_t
ngx_http_certbound_begin_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_http_certbound_loc_conf_t *conf)
{
    if (ngx_http_certbound_check_constants(cf, cmd, 1) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_certbound_note_directive(cf, cmd, conf);
}


/*
 * Policies are fixed when the configuration is read, so variables cannot be
 * evaluated.
 */

ngx_int_t
ngx_http_certbound_check_constants(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_uint_t first)
{
    size_t      n;
    u_char      ch;
    ngx_str_t  *value;
    ngx_uint_t  i;

    value = cf->args->elts;

    for (i = first; i < cf->args->nelts; i++) {

        for (n = 0; n + 1 < value[i].len; n++) {

            if (value[i].data[n] != '$') {
                continue;
            }

            ch = value[i].data[n + 1];

            if (ch == '{' || ch == '_'
                || (ch >= '0' && ch <= '9')
                || (ch >= 'A' && ch <= 'Z')
                || (ch >= 'a' && ch <= 'z'))
            {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                                   "invalid value \"%V\" in \"%V\" "
                                   "directive, it must not contain variables",
                                   &value[i], &cmd->name);
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


/* A list of texts.  The entry in the table names the check for each. */

char *
ngx_http_certbound_texts(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char  *p = conf;

    ngx_array_t  **texts;

    texts = (ngx_array_t **) (p + cmd->offset);

    if (*texts != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    if (ngx_http_certbound_begin_directive(cf, cmd, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    *texts = ngx_http_certbound_read_texts(cf, cmd, cf->args->nelts - 1,
                                           cmd->post);

    return (*texts == NULL) ? NGX_CONF_ERROR : NGX_CONF_OK;
}


/* Returns the first values of a directive, or NULL after an error. */

ngx_array_t *
ngx_http_certbound_read_texts(ngx_conf_t *cf, ngx_command_t *cmd, ngx_uint_t n,
    ngx_int_t (*check)(ngx_conf_t *, ngx_command_t *, ngx_str_t *))
{
    ngx_str_t       *value;
    ngx_uint_t       i;
    ngx_array_t     *texts;
    certbound_text  *text;

    if (n > CERTBOUND_POLICY_TEXTS) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "%ui values in \"%V\" directive, "
                           "at most %d are allowed",
                           n, &cmd->name, CERTBOUND_POLICY_TEXTS);
        return NULL;
    }

    texts = ngx_array_create(cf->pool, n, sizeof(certbound_text));
    if (texts == NULL) {
        return NULL;
    }

    value = cf->args->elts;

    for (i = 1; i <= n; i++) {

        if (check(cf, cmd, &value[i]) != NGX_OK) {
            return NULL;
        }

        text = ngx_array_push(texts);
        if (text == NULL) {
            return NULL;
        }

        text->data = (char *) value[i].data;
        text->len = value[i].len;
    }

    return texts;
}


ngx_int_t
ngx_http_certbound_check_text(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_str_t *text)
{
    size_t            size;
    certbound_policy  policy;
    certbound_status  status;

    if (text->len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "empty value in \"%V\" directive", &cmd->name);
        return NGX_ERROR;
    }

    if (text->len > CERTBOUND_POLICY_TEXT_LEN) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "value of %uz bytes in \"%V\" directive is too "
                           "long, it must be at most %d bytes",
                           text->len, &cmd->name, CERTBOUND_POLICY_TEXT_LEN);
        return NGX_ERROR;
    }

    /* the library checks its encoding */

    ngx_memzero(&policy, sizeof(certbound_policy));

    policy.size = sizeof(certbound_policy);
    policy.issuer.data = (char *) text->data;
    policy.issuer.len = text->len;

    status = certbound_verifier_size(&policy, 1, &size);

    if (status != CERTBOUND_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"%V\" directive: "
                           "%s: %s; expected %s; %s",
                           text, &cmd->name,
                           certbound_status_name(status),
                           certbound_status_found(status),
                           certbound_status_wanted(status),
                           certbound_status_remedy(status));
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* A scope-token (RFC 6749, 3.3), which the challenge quotes unescaped. */

ngx_int_t
ngx_http_certbound_check_scope_token(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_str_t *scope)
{
    u_char      ch;
    ngx_uint_t  i;

    if (ngx_http_certbound_check_text(cf, cmd, scope) != NGX_OK) {
        return NGX_ERROR;
    }

    for (i = 0; i < scope->len; i++) {
        ch = scope->data[i];

        if (ch <= 0x20 || ch >= 0x7f || ch == '"' || ch == '\\') {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid value \"%V\" in \"%V\" directive, "
                               "it must not contain spaces, quotes or "
                               "backslashes (separate scopes are separate "
                               "values)",
                               scope, &cmd->name);
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_uint_t
ngx_http_certbound_same_text(const certbound_text *one,
    const certbound_text *other)
{
    return one->len == other->len
           && ngx_memcmp(one->data, other->data, one->len) == 0;
}


/* Reads a time.  "expected" and "reason" complete the messages. */

ngx_int_t
ngx_http_certbound_read_time(ngx_conf_t *cf, ngx_command_t *cmd,
    const char *expected, time_t max, const char *reason, time_t *seconds)
{
    ngx_str_t  *value;

    value = cf->args->elts;

    *seconds = ngx_parse_time(&value[1], 1);

    if (*seconds == (time_t) NGX_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"%V\" directive, "
                           "it must be %s such as \"30s\"",
                           &value[1], &cmd->name, expected);
        return NGX_ERROR;
    }

    if (*seconds > max) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "value \"%V\" in \"%V\" directive is too long, "
                           "it must be at most %T seconds: %s",
                           &value[1], &cmd->name, max, reason);
        return NGX_ERROR;
    }

    return NGX_OK;
}
