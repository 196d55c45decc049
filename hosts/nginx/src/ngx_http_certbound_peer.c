
/*
 * certbound: the thumbprint of the connection's client certificate.
 *
 * It is computed for the first request of a connection, and stored with the
 * connection's SSL object, which the streams of HTTP/2 and HTTP/3 share.  It
 * cannot change: nginx allows no renegotiation, and never requests
 * a certificate after the handshake.  No request header is consulted.
 */


#include "ngx_http_certbound.h"


static certbound_status ngx_http_certbound_read_peer(ngx_connection_t *c,
    ngx_http_certbound_client_t *peer);
static void ngx_http_certbound_free_peer(void *parent, void *ptr,
    CRYPTO_EX_DATA *ad, int idx, long argl, void *argp);


static int  ngx_http_certbound_peer_index = -1;

static ngx_http_certbound_client_t  ngx_http_certbound_no_peer;


ngx_int_t
ngx_http_certbound_init_peers(ngx_conf_t *cf)
{
    if (ngx_http_certbound_peer_index != -1) {
        return NGX_OK;
    }

    ngx_http_certbound_peer_index = SSL_get_ex_new_index(0, NULL, NULL, NULL,
                                                 ngx_http_certbound_free_peer);

    if (ngx_http_certbound_peer_index == -1) {
        ngx_ssl_error(NGX_LOG_EMERG, cf->log, 0,
                      "SSL_get_ex_new_index() failed");
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* Returns NULL if it cannot determine whether there is a certificate. */

ngx_http_certbound_client_t *
ngx_http_certbound_get_peer(ngx_connection_t *c)
{
    ngx_http_certbound_client_t  *peer;

    if (c->ssl == NULL) {
        return &ngx_http_certbound_no_peer;
    }

    peer = SSL_get_ex_data(c->ssl->connection, ngx_http_certbound_peer_index);

    if (peer) {
        return peer;
    }

    peer = ngx_calloc(sizeof(ngx_http_certbound_client_t), c->log);
    if (peer == NULL) {
        return NULL;
    }

    peer->status = ngx_http_certbound_read_peer(c, peer);

    if (SSL_set_ex_data(c->ssl->connection, ngx_http_certbound_peer_index, peer)
        == 0)
    {
        ngx_ssl_error(NGX_LOG_ALERT, c->log, 0, "SSL_set_ex_data() failed");
        ngx_free(peer);
        return NULL;
    }

    return peer;
}


static certbound_status
ngx_http_certbound_read_peer(ngx_connection_t *c,
    ngx_http_certbound_client_t *peer)
{
    int                len;
    X509              *cert;
    u_char            *der;
    certbound_status   status;

    cert = SSL_get_peer_certificate(c->ssl->connection);
    if (cert == NULL) {
        return CERTBOUND_OK;
    }

    peer->certificate = 1;

    der = NULL;
    len = i2d_X509(cert, &der);
    X509_free(cert);

    if (len < 0) {
        ngx_ssl_error(NGX_LOG_ALERT, c->log, 0, "i2d_X509() failed");
        return CERTBOUND_TLS_FAILURE;
    }

    status = certbound_thumbprint_from_der(der, len, peer->sha256);
    OPENSSL_free(der);

    if (status != CERTBOUND_OK) {
        return status;
    }

    return certbound_thumbprint_x5t_s256(peer->sha256, peer->x5t_s256);
}


static void
ngx_http_certbound_free_peer(void *parent, void *ptr, CRYPTO_EX_DATA *ad,
    int idx, long argl, void *argp)
{
    if (ptr) {
        ngx_free(ptr);
    }
}
