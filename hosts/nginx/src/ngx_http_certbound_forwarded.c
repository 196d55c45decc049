
/*
 * certbound: the client certificate that a trusted proxy forwards in a header.
 *
 * From a trusted peer only the header counts.  It belongs to one request: the
 * next request on the connection may be another client's.  From other peers the
 * header is ignored.
 */


#include "ngx_http_certbound.h"


static ngx_int_t ngx_http_certbound_is_trusted(ngx_connection_t *c,
    ngx_array_t *proxies);
static certbound_status ngx_http_certbound_read_forwarded(
    ngx_http_request_t *r, ngx_http_certbound_forwarded_t *forwarded,
    ngx_http_certbound_client_t *client);
static void ngx_http_certbound_trim(ngx_str_t *value);


static ngx_http_certbound_client_t  ngx_http_certbound_no_client;


/*
 * Returns the client, with or without a certificate, or NULL if it cannot
 * determine which.
 */

ngx_http_certbound_client_t *
ngx_http_certbound_get_client(ngx_http_request_t *r)
{
    ngx_http_certbound_client_t    *client;
    ngx_http_certbound_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_certbound_module);

    if (clcf->forwarded == NULL || clcf->proxies == NULL) {
        return ngx_http_certbound_get_peer(r->connection);
    }

    switch (ngx_http_certbound_is_trusted(r->connection, clcf->proxies)) {

    case NGX_OK:
        break;

    case NGX_DECLINED:
        return ngx_http_certbound_get_peer(r->connection);

    default: /* NGX_ERROR */

        /*
         * Neither source may count.  The connection has been reset, which is
         * no internal error, so bound tokens are rejected as without one.
         */

        return &ngx_http_certbound_no_client;
    }

    /* an upgraded connection may have overwritten the header */

    if (r->upstream && r->upstream->upgrade) {
        return &ngx_http_certbound_no_client;
    }

    client = ngx_pcalloc(r->pool, sizeof(ngx_http_certbound_client_t));
    if (client == NULL) {
        return NULL;
    }

    client->status = ngx_http_certbound_read_forwarded(r, clcf->forwarded,
                                                       client);

    return client;
}


/*
 * Returns whether the peer is one of these proxies.  The realip module replaces
 * c->sockaddr by what a header claims, so the system is asked.  It does not
 * replace the address of a QUIC connection, only those of its streams.
 */

static ngx_int_t
ngx_http_certbound_is_trusted(ngx_connection_t *c, ngx_array_t *proxies)
{
    socklen_t        socklen;
    ngx_sockaddr_t   sa;

#if (NGX_QUIC)
    if (c->quic) {
        return ngx_cidr_match(c->quic->parent->sockaddr, proxies);
    }
#endif

    ngx_memzero(&sa, sizeof(ngx_sockaddr_t));
    socklen = sizeof(ngx_sockaddr_t);

    if (getpeername(c->fd, &sa.sockaddr, &socklen) == -1) {
        ngx_log_error(NGX_LOG_INFO, c->log, ngx_socket_errno,
                      "certbound: getpeername() failed");
        return NGX_ERROR;
    }

    return ngx_cidr_match(&sa.sockaddr, proxies);
}


static certbound_status
ngx_http_certbound_read_forwarded(ngx_http_request_t *r,
    ngx_http_certbound_forwarded_t *forwarded,
    ngx_http_certbound_client_t *client)
{
    void              *scratch;
    size_t             len;
    ngx_str_t          value;
    certbound_status   status;

    switch (ngx_http_certbound_find_header(r, &forwarded->header, &value)) {

    case NGX_OK:
        break;

    case NGX_DECLINED:
        return CERTBOUND_OK;

    default: /* NGX_ERROR */
        return CERTBOUND_FORWARDED_AMBIGUOUS;
    }

    ngx_http_certbound_trim(&value);

    len = certbound_forwarded_scratch_len(value.len);

    scratch = ngx_alloc(ngx_max(len, 1), r->connection->log);
    if (scratch == NULL) {
        return CERTBOUND_OUT_OF_MEMORY;
    }

    status = certbound_thumbprint_from_forwarded(forwarded->format,
                                                 (char *) value.data, value.len,
                                                 scratch, len, client->sha256);
    ngx_free(scratch);

    if (status == CERTBOUND_FORWARDED_MISSING) {
        return CERTBOUND_OK;
    }

    if (status != CERTBOUND_OK) {
        return status;
    }

    client->certificate = 1;

    return certbound_thumbprint_x5t_s256(client->sha256, client->x5t_s256);
}


/* nginx removes spaces around a value, but no tabs, and neither in HTTP/2. */

static void
ngx_http_certbound_trim(ngx_str_t *value)
{
    u_char  *first, *last;

    first = value->data;
    last = value->data + value->len;

    while (first < last && (*first == ' ' || *first == '\t')) {
        first++;
    }

    while (first < last && (last[-1] == ' ' || last[-1] == '\t')) {
        last--;
    }

    value->data = first;
    value->len = last - first;
}
