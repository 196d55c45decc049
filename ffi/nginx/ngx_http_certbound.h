
/*
 * certbound: what the files of the module share.
 *
 *   ngx_http_certbound_module.c     directives, their merging, the module
 *   ngx_http_certbound_handler.c    judges a request, and answers those that are rejected
 *   ngx_http_certbound_peer.c       the thumbprint of the connection's client certificate
 *   ngx_http_certbound_keys.c       the issuers' keys: files, verifiers, re-reading
 *   ngx_http_certbound_variables.c  $certbound_...
 */


#ifndef _NGX_HTTP_CERTBOUND_H_INCLUDED_
#define _NGX_HTTP_CERTBOUND_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include <certbound.h>


#if !(NGX_HTTP_SSL)
#error certbound needs an nginx that is configured --with-http_ssl_module
#endif


/* Most usable keys of one JWK Set: issuers have 1 to 5. Without a "kid" a token makes each of them work. */
#define NGX_HTTP_CERTBOUND_KEYS           64

/* Most bytes of a JWK Set: what the library reads of one. */
#define NGX_HTTP_CERTBOUND_JWKS_LEN       (256 * 1024)

/* Most entries of "certbound_cache". */
#define NGX_HTTP_CERTBOUND_CACHE_MAX      1048576
#define NGX_HTTP_CERTBOUND_CACHE_DEFAULT  1024

/* How often the key files are looked at, in milliseconds. */
#define NGX_HTTP_CERTBOUND_LOOK_INTERVAL  1000


typedef struct ngx_http_certbound_jwks_s  ngx_http_certbound_jwks_t;


/* Where a directive stands: merging comes later, and has to tell. */
typedef struct {
    u_char                          *file;
    ngx_uint_t                       line;
} ngx_http_certbound_place_t;


/* What locations demand, with the issuer's keys. Locations that demand the same share one. */
typedef struct {
    certbound_policy                 policy;
    ngx_uint_t                       cache;
    ngx_http_certbound_jwks_t       *jwks;

    void                            *memory;
    const certbound_verifier        *verifier;

    /* Made of a changed file, to be swapped in when all verifiers of the file have theirs. */
    void                            *new_memory;
    const certbound_verifier        *new_verifier;
} ngx_http_certbound_verifier_t;


typedef struct {
    ngx_array_t                      jwks;    /* ngx_http_certbound_jwks_t * */
} ngx_http_certbound_main_conf_t;


typedef struct {
    ngx_flag_t                       enable;
    ngx_str_t                        jwks;
    ngx_str_t                        issuer;
    ngx_array_t                     *audiences;    /* certbound_text */
    ngx_array_t                     *scopes;       /* certbound_text */
    ngx_uint_t                       algorithms;
    ngx_uint_t                       binding;
    ngx_uint_t                       token_type;
    time_t                           leeway;
    ngx_str_t                        realm;        /* as the challenge has it */
    ngx_int_t                        cache;        /* entries, 0 for none */

    ngx_http_certbound_place_t       enabled_at;
    ngx_http_certbound_place_t       jwks_at;

    ngx_http_certbound_verifier_t   *verifier;
    ngx_str_t                        scope;        /* as the challenge has it */
} ngx_http_certbound_loc_conf_t;


/* What has been found out about a request. */
typedef struct {
    ngx_http_request_t              *request;      /* subrequests share the pool */
    certbound_status                 status;
    certbound_accepted               accepted;     /* if status is CERTBOUND_OK */
} ngx_http_certbound_ctx_t;


/* What has been found out about a connection's client. */
typedef struct {
    certbound_status                 status;       /* why its certificate is refused */
    ngx_uint_t                       certificate;  /* unsigned  certificate:1; */
    u_char                           sha256[CERTBOUND_SHA256_LEN];
    char                             x5t_s256[CERTBOUND_X5T_S256_LEN + 1];
} ngx_http_certbound_peer_t;


ngx_int_t ngx_http_certbound_access_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_certbound_subrequest_handler(ngx_http_request_t *r);
ngx_http_certbound_ctx_t *ngx_http_certbound_get_ctx(ngx_http_request_t *r);

ngx_int_t ngx_http_certbound_init_peers(ngx_conf_t *cf);
ngx_http_certbound_peer_t *ngx_http_certbound_get_peer(ngx_connection_t *c);

ngx_int_t ngx_http_certbound_init_keys(ngx_conf_t *cf,
    ngx_http_certbound_main_conf_t *cmcf);
char *ngx_http_certbound_add_verifier(ngx_conf_t *cf,
    ngx_http_certbound_loc_conf_t *clcf);
ngx_int_t ngx_http_certbound_watch_keys(ngx_http_certbound_main_conf_t *cmcf,
    ngx_cycle_t *cycle);
void ngx_http_certbound_move_watch(ngx_http_certbound_main_conf_t *cmcf);

ngx_int_t ngx_http_certbound_add_variables(ngx_conf_t *cf);
void ngx_http_certbound_flush_variables(ngx_http_request_t *r);


extern ngx_module_t  ngx_http_certbound_module;


#endif /* _NGX_HTTP_CERTBOUND_H_INCLUDED_ */
