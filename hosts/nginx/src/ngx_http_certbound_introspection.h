
/*
 * certbound: types and functions for introspection (RFC 7662).
 *
 *   ngx_http_certbound_endpoints.c      the directives, and the endpoints
 *   ngx_http_certbound_location.c       checks the locations at the start
 *   ngx_http_certbound_introspect.c     judges the responses about tokens
 *   ngx_http_certbound_question.c       asks, in a subrequest
 *   ngx_http_certbound_response.c       receives the response
 *   ngx_http_certbound_token.c          $certbound_token
 *   ngx_http_certbound_lines.c          limits the rate of log lines
 *
 * A request waits in its phase for the subrequest, which is a background one:
 * it may belong to any subrequest, active or not, and sends nothing to the
 * client.
 */


#ifndef _NGX_HTTP_CERTBOUND_INTROSPECTION_H_INCLUDED_
#define _NGX_HTTP_CERTBOUND_INTROSPECTION_H_INCLUDED_


#include "ngx_http_certbound.h"


/*
 * Maximum length of a response.  Usual ones have less than 2 KiB, those with
 * the roles of a user perhaps 20 KiB.
 */
#define NGX_HTTP_CERTBOUND_RESPONSE_MAX     65536

/* Responses up to this length are cached: 1024 of them take 2 MiB. */
#define NGX_HTTP_CERTBOUND_RESPONSE_CACHED  2048

/*
 * Maximum number of cached responses of an endpoint, in each worker: 32 MiB.
 * "certbound_cache" allows more entries, because its entries are small.
 */
#define NGX_HTTP_CERTBOUND_RESPONSES_CACHED_MAX   16384

/*
 * Maximum "certbound_introspection_cache", in seconds: a revoked token is
 * accepted for this long.  Most access tokens live no longer.
 */
#define NGX_HTTP_CERTBOUND_RESPONSE_AGE_MAX   3600

/*
 * The time for a whole response, in milliseconds.  Timeouts of nginx such as
 * "proxy_read_timeout" apply between two operations, which an endpoint that
 * sends single bytes could prolong without end.
 */
#define NGX_HTTP_CERTBOUND_RESPONSE_TIMEOUT 10000

/* "certbound_introspect" */
#define NGX_HTTP_CERTBOUND_OPAQUE           0
#define NGX_HTTP_CERTBOUND_ALL              1


/* An introspection location of a server, and the last responses from there. */
struct ngx_http_certbound_endpoint_s {
    ngx_str_t                            uri;
    ngx_http_core_srv_conf_t            *server;

    /* the maximum of all levels that use it, 0 for no cache */
    time_t                               seconds;
    ngx_uint_t                           entries;

    void                                *memory;
    certbound_introspection_cache       *cache;
    unsigned                             no_memory:1;
};


/* A question about a token. */
struct ngx_http_certbound_question_s {
    ngx_http_request_t                  *request;     /* waits */
    ngx_http_request_t                  *subrequest;
    ngx_http_posted_request_t            posted;      /* wakes the request */
    ngx_event_t                          timeout;
    char                                *action;      /* for the log */

    ngx_str_t                            token;
    ngx_str_t                            response;
    size_t                               size;        /* of its memory */

    certbound_status                     status;      /* CERTBOUND_OK so far */
    const char                          *detail;
    ngx_uint_t                           http_status;

    unsigned                             accepted:1;  /* by the verifier */
    unsigned                             complete:1;
    unsigned                             done:1;
};


char *ngx_http_certbound_introspection(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_certbound_introspection_time(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
char *ngx_http_certbound_merge_introspection(ngx_conf_t *cf,
    ngx_http_certbound_loc_conf_t *prev, ngx_http_certbound_loc_conf_t *conf);
ngx_int_t ngx_http_certbound_add_endpoint(ngx_conf_t *cf,
    ngx_http_certbound_loc_conf_t *conf);
certbound_introspection_cache *ngx_http_certbound_get_responses(
    ngx_http_certbound_endpoint_t *endpoint, ngx_log_t *log);
void ngx_http_certbound_free_endpoints(ngx_http_certbound_main_conf_t *cmcf);

ngx_int_t ngx_http_certbound_check_endpoints(ngx_conf_t *cf,
    ngx_http_certbound_main_conf_t *cmcf);

ngx_int_t ngx_http_certbound_introspect(ngx_http_request_t *r,
    ngx_http_certbound_loc_conf_t *clcf, ngx_http_certbound_ctx_t *ctx,
    ngx_str_t *token);
void ngx_http_certbound_conclude(ngx_http_request_t *r,
    ngx_http_certbound_loc_conf_t *clcf, ngx_http_certbound_ctx_t *ctx);
u_char *ngx_http_certbound_write_detail(ngx_http_request_t *r,
    ngx_http_certbound_ctx_t *ctx, u_char *buf, u_char *last);

ngx_http_certbound_question_t *ngx_http_certbound_ask(ngx_http_request_t *r,
    ngx_str_t *uri, ngx_str_t *token);

void ngx_http_certbound_init_filters(ngx_http_certbound_main_conf_t *cmcf);
ngx_int_t ngx_http_certbound_answered(ngx_http_request_t *r, void *data,
    ngx_int_t rc);
void ngx_http_certbound_give_up(ngx_event_t *ev);
ngx_http_certbound_question_t *ngx_http_certbound_get_question(
    ngx_http_request_t *r);
ngx_int_t ngx_http_certbound_check_subrequest(ngx_http_request_t *r,
    ngx_http_certbound_question_t *question);

ngx_int_t ngx_http_certbound_add_token(ngx_conf_t *cf);

ngx_int_t ngx_http_certbound_init_lines(ngx_conf_t *cf,
    ngx_http_certbound_main_conf_t *cmcf);
ngx_uint_t ngx_http_certbound_may_log(ngx_http_request_t *r,
    certbound_status status);


#endif /* _NGX_HTTP_CERTBOUND_INTROSPECTION_H_INCLUDED_ */
