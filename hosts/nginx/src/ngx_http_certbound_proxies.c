
/*
 * certbound: the directives for certificates that a proxy forwards.
 */


#include "ngx_http_certbound_directives.h"


static ngx_int_t ngx_http_certbound_check_header(ngx_conf_t *cf,
    ngx_command_t *cmd, ngx_str_t *name);
static ngx_int_t ngx_http_certbound_check_proxy(ngx_conf_t *cf,
    ngx_command_t *cmd, ngx_str_t *address, ngx_cidr_t *cidr);
#if (NGX_HAVE_INET6)
static void ngx_http_certbound_unmap(ngx_cidr_t *cidr);
#endif
static ngx_uint_t ngx_http_certbound_is_every_peer(ngx_cidr_t *cidr);


char *
ngx_http_certbound_forwarded(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_certbound_loc_conf_t  *clcf = conf;

    ngx_str_t                       *value;
    ngx_http_certbound_forwarded_t  *forwarded;

    if (clcf->forwarded) {
        return "is duplicate";
    }

    if (ngx_http_certbound_begin_directive(cf, cmd, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    forwarded = ngx_palloc(cf->pool, sizeof(ngx_http_certbound_forwarded_t));
    if (forwarded == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    if (certbound_forwarded_from_name((char *) value[1].data, value[1].len,
                                      &forwarded->format)
        != CERTBOUND_OK)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"%V\" directive, "
                           "it must be one of rfc9440, xfcc, pem, base64",
                           &value[1], &cmd->name);
        return NGX_CONF_ERROR;
    }

    if (ngx_http_certbound_check_header(cf, cmd, &value[2]) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    forwarded->header = value[2];
    clcf->forwarded = forwarded;

    return NGX_CONF_OK;
}


/* A field-name (RFC 9110, 5.1). */

static ngx_int_t
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


char *
ngx_http_certbound_proxies(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_certbound_loc_conf_t  *clcf = conf;

    ngx_str_t   *value;
    ngx_uint_t   i;
    ngx_cidr_t  *cidr;

    if (clcf->proxies) {
        return "is duplicate";
    }

    if (ngx_http_certbound_begin_directive(cf, cmd, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    clcf->proxies = ngx_array_create(cf->pool, cf->args->nelts - 1,
                                     sizeof(ngx_cidr_t));
    if (clcf->proxies == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        cidr = ngx_array_push(clcf->proxies);
        if (cidr == NULL) {
            return NGX_CONF_ERROR;
        }

        if (ngx_http_certbound_check_proxy(cf, cmd, &value[i], cidr)
            != NGX_OK)
        {
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


/* An address, a CIDR, or "unix:". */

static ngx_int_t
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

#if (NGX_HAVE_INET6)
    ngx_http_certbound_unmap(cidr);
#endif

    if (ngx_http_certbound_is_every_peer(cidr)) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"%V\" in \"%V\" directive trusts every peer: "
                           "anyone who can connect can forge the header",
                           address, &cmd->name);
    }

    return NGX_OK;
}


#if (NGX_HAVE_INET6)

/*
 * A socket for both families reports IPv4 peers as "::ffff:192.0.2.1", which
 * ngx_cidr_match() compares with IPv4 networks only.
 */

static void
ngx_http_certbound_unmap(ngx_cidr_t *cidr)
{
    in_addr_t  addr, mask;

    if (cidr->family != AF_INET6
        || !IN6_IS_ADDR_V4MAPPED(&cidr->u.in6.addr))
    {
        return;
    }

    /* the mask has at least 96 bits, because ngx_ptocidr() has applied it */

    ngx_memcpy(&addr, &cidr->u.in6.addr.s6_addr[12], sizeof(in_addr_t));
    ngx_memcpy(&mask, &cidr->u.in6.mask.s6_addr[12], sizeof(in_addr_t));

    cidr->family = AF_INET;
    cidr->u.in.addr = addr;
    cidr->u.in.mask = mask;
}

#endif


static ngx_uint_t
ngx_http_certbound_is_every_peer(ngx_cidr_t *cidr)
{
#if (NGX_HAVE_INET6)
    if (cidr->family == AF_INET6) {
        return IN6_IS_ADDR_UNSPECIFIED(&cidr->u.in6.mask);
    }
#endif

    return cidr->u.in.mask == 0;
}
