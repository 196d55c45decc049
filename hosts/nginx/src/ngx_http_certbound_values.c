
/*
 * certbound: checks the values of directives.
 */


#include "ngx_http_certbound.h"


/*
 * The first step of all directives but "certbound".  Policies are fixed when
 * the configuration is read, so variables cannot be evaluated.
 */

ngx_int_t
ngx_http_certbound_begin_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_http_certbound_loc_conf_t *conf)
{
    size_t      n;
    u_char      ch;
    ngx_str_t  *value;
    ngx_uint_t  i;

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

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

    return ngx_http_certbound_note_directive(cf, cmd, conf);
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


/* An issuer that the level does not have yet. */

ngx_int_t
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


/*
 * The URL of protected resource metadata (RFC 9728, 3), which the challenge
 * quotes unescaped.  It has no fragment.
 */

ngx_int_t
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


/* A field-name (RFC 9110, 5.1). */

ngx_int_t
ngx_http_certbound_check_header(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_str_t *name)
{
    u_char      ch;
    ngx_uint_t  i, wrong;

    wrong = (name->len == 0);

    for (i = 0; i < name->len; i++) {
        ch = ngx_tolower(name->data[i]);

        if ((ch < 'a' || ch > 'z')
            && (ch < '0' || ch > '9')
            && (ch == '\0' || ngx_strchr("!#$%&'*+-.^_`|~", ch) == NULL))
        {
            wrong = 1;
        }
    }

    if (wrong) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"%V\" directive, "
                           "it must be the name of a header",
                           name, &cmd->name);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* An address, a CIDR, or "unix:". */

ngx_int_t
ngx_http_certbound_check_proxy(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_str_t *address, ngx_cidr_t *cidr)
{
    ngx_int_t  rc;

#if (NGX_HAVE_UNIX_DOMAIN)
    if (ngx_strcmp(address->data, "unix:") == 0) {
        cidr->family = AF_UNIX;
        return NGX_OK;
    }
#endif

    rc = ngx_ptocidr(address, cidr);

    if (rc == NGX_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"%V\" directive, "
                           "it must be an address, a CIDR, or \"unix:\"",
                           address, &cmd->name);
        return NGX_ERROR;
    }

    if (rc == NGX_DONE) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "low address bits of \"%V\" in \"%V\" directive "
                           "are meaningless",
                           address, &cmd->name);
    }

    if (address->len > 2
        && ngx_strcmp(address->data + address->len - 2, "/0") == 0)
    {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"%V\" in \"%V\" directive trusts every peer: "
                           "anyone who can connect can forge the header",
                           address, &cmd->name);
    }

    return NGX_OK;
}


/* A scope-token (RFC 6749, 3.3), which the challenge quotes unescaped. */

ngx_int_t
ngx_http_certbound_check_scope(ngx_conf_t *cf, ngx_command_t *cmd,
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
