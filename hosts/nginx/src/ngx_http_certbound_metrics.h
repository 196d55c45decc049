
/*
 * certbound: counters in shared memory, and their text for Prometheus.
 *
 *   ngx_http_certbound_zone.c          "certbound_status_zone", the counters
 *   ngx_http_certbound_metrics.c       "certbound_metrics", all samples
 *   ngx_http_certbound_metrics_text.c  the format of the text
 */


#ifndef _NGX_HTTP_CERTBOUND_METRICS_H_INCLUDED_
#define _NGX_HTTP_CERTBOUND_METRICS_H_INCLUDED_


#include "ngx_http_certbound.h"


/* Every certbound_status is less: the subjects' hundreds end with 10. */
#define NGX_HTTP_CERTBOUND_STATUSES  1200

/*
 * Minimum size of a zone.  The counters need a third of it; nginx's other zones
 * have the same minimum.
 */
#define NGX_HTTP_CERTBOUND_ZONE_MIN  (8 * ngx_pagesize)


/* Where the response to an introspection came from. */
enum {
    NGX_HTTP_CERTBOUND_INTROSPECTION_ANSWERED = 0,
    NGX_HTTP_CERTBOUND_INTROSPECTION_CACHED,
    NGX_HTTP_CERTBOUND_INTROSPECTION_FAILED,
    NGX_HTTP_CERTBOUND_INTROSPECTIONS
};


/* Shared by all workers.  A reload keeps them. */
typedef struct {
    ngx_atomic_t                     verdicts[NGX_HTTP_CERTBOUND_STATUSES];
    ngx_atomic_t                     hits;
    ngx_atomic_t                     misses;
    ngx_atomic_t            introspections[NGX_HTTP_CERTBOUND_INTROSPECTIONS];
} ngx_http_certbound_counters_t;


/* The zone of a level. */
struct ngx_http_certbound_zone_s {
    ngx_str_t                        name;
    ngx_http_certbound_counters_t   *counters;
};


/* A text in buffers of one page, which grows. */
typedef struct {
    ngx_pool_t                      *pool;
    ngx_chain_t                     *chain;
    ngx_chain_t                    **next;
    ngx_buf_t                       *buf;
    off_t                            len;
    unsigned                         failed:1;
} ngx_http_certbound_text_t;


char *ngx_http_certbound_status_zone(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
void ngx_http_certbound_count_verdict(ngx_http_certbound_loc_conf_t *conf,
    certbound_status status);
uint64_t ngx_http_certbound_get_hits(ngx_http_certbound_loc_conf_t *conf,
    certbound_cache *cache);
void ngx_http_certbound_count_lookup(ngx_http_certbound_loc_conf_t *conf,
    certbound_cache *cache, uint64_t hits);
void ngx_http_certbound_count_introspection(
    ngx_http_certbound_loc_conf_t *conf, ngx_uint_t result);

char *ngx_http_certbound_metrics(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
ngx_int_t ngx_http_certbound_check_metrics(ngx_conf_t *cf,
    ngx_http_certbound_main_conf_t *cmcf);

void ngx_http_certbound_write_family(ngx_http_certbound_text_t *text,
    const char *name, const char *type, const char *help);
void ngx_http_certbound_write_sample(ngx_http_certbound_text_t *text,
    const char *name, const char *label, ngx_str_t *value,
    const char *second_label, const char *second_value,
    ngx_atomic_uint_t number);


#endif /* _NGX_HTTP_CERTBOUND_METRICS_H_INCLUDED_ */
