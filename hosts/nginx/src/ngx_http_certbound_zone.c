
/*
 * certbound: counters in shared memory.
 *
 * Each request adds to those of the level that has judged it.  They are updated
 * without a lock, and nothing is allocated after the start.
 */


#include "ngx_http_certbound_directives.h"
#include "ngx_http_certbound_metrics.h"


static ngx_int_t ngx_http_certbound_read_zone_size(ngx_conf_t *cf,
    ngx_command_t *cmd, ngx_str_t *name, ngx_str_t *value, size_t *size);
static ngx_int_t ngx_http_certbound_init_counters(ngx_shm_zone_t *zone,
    void *data);


/* Its address distinguishes these zones from that of the JWK Sets. */
static ngx_uint_t  ngx_http_certbound_zone_tag;


char *
ngx_http_certbound_status_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_certbound_loc_conf_t  *clcf = conf;

    size_t                            size;
    ngx_str_t                        *value;
    ngx_shm_zone_t                   *shm_zone;
    ngx_http_certbound_zone_t        *zone, **slot;
    ngx_http_certbound_main_conf_t   *cmcf;

    if (clcf->zone) {
        return "is duplicate";
    }

    if (ngx_http_certbound_begin_directive(cf, cmd, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    if (ngx_http_certbound_check_text(cf, cmd, &value[1]) != NGX_OK
        || ngx_http_certbound_read_zone_size(cf, cmd, &value[1], &value[2],
                                             &size)
           != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    shm_zone = ngx_shared_memory_add(cf, &value[1], size,
                                     &ngx_http_certbound_zone_tag);
    if (shm_zone == NULL) {
        return NGX_CONF_ERROR;
    }

    if (shm_zone->data) {

        /* another level counts there too */

        clcf->zone = shm_zone->data;
        return NGX_CONF_OK;
    }

    zone = ngx_pcalloc(cf->pool, sizeof(ngx_http_certbound_zone_t));
    if (zone == NULL) {
        return NGX_CONF_ERROR;
    }

    zone->name = value[1];

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_certbound_module);

    slot = ngx_array_push(&cmcf->zones);
    if (slot == NULL) {
        return NGX_CONF_ERROR;
    }

    *slot = zone;

    shm_zone->init = ngx_http_certbound_init_counters;
    shm_zone->data = zone;

    clcf->zone = zone;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_certbound_read_zone_size(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_str_t *name, ngx_str_t *value, size_t *size)
{
    ssize_t  n;

    n = ngx_parse_size(value);

    if (n == NGX_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid size \"%V\" in \"%V\" directive, "
                           "it must be a size such as \"64k\"",
                           value, &cmd->name);
        return NGX_ERROR;
    }

    if (n < (ssize_t) NGX_HTTP_CERTBOUND_ZONE_MIN) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "zone \"%V\" in \"%V\" directive is too small, "
                           "it must have at least %uik",
                           name, &cmd->name,
                           (ngx_uint_t) NGX_HTTP_CERTBOUND_ZONE_MIN / 1024);
        return NGX_ERROR;
    }

    *size = n;

    return NGX_OK;
}


static ngx_int_t
ngx_http_certbound_init_counters(ngx_shm_zone_t *shm_zone, void *data)
{
    ngx_http_certbound_zone_t  *zone = shm_zone->data;
    ngx_http_certbound_zone_t  *old = data;

    if (old) {

        /* a reload with the same name and size */

        zone->counters = old->counters;
        return NGX_OK;
    }

    zone->counters = ngx_http_certbound_get_shared(shm_zone,
                                        sizeof(ngx_http_certbound_counters_t));

    return zone->counters ? NGX_OK : NGX_ERROR;
}


void
ngx_http_certbound_count_verdict(ngx_http_certbound_loc_conf_t *conf,
    certbound_status status)
{
    if (conf->zone && status < NGX_HTTP_CERTBOUND_STATUSES) {
        (void) ngx_atomic_fetch_add(&conf->zone->counters->verdicts[status], 1);
    }
}


/* How often the cache had a token, to compare after another lookup. */

uint64_t
ngx_http_certbound_get_hits(ngx_http_certbound_loc_conf_t *conf,
    certbound_cache *cache)
{
    certbound_cache_statistics  statistics;

    if (conf->zone == NULL
        || certbound_cache_count(cache, &statistics) != CERTBOUND_OK)
    {
        return 0;
    }

    return statistics.hits;
}


/* A lookup that has emptied the cache for other keys is a miss. */

void
ngx_http_certbound_count_lookup(ngx_http_certbound_loc_conf_t *conf,
    certbound_cache *cache, uint64_t hits)
{
    ngx_http_certbound_counters_t  *counters;

    if (conf->zone == NULL) {
        return;
    }

    counters = conf->zone->counters;

    if (ngx_http_certbound_get_hits(conf, cache) > hits) {
        (void) ngx_atomic_fetch_add(&counters->hits, 1);

    } else {
        (void) ngx_atomic_fetch_add(&counters->misses, 1);
    }
}


/* The result is one of NGX_HTTP_CERTBOUND_INTROSPECTION_... */

void
ngx_http_certbound_count_introspection(ngx_http_certbound_loc_conf_t *conf,
    ngx_uint_t result)
{
    if (conf->zone && result < NGX_HTTP_CERTBOUND_INTROSPECTIONS) {
        (void) ngx_atomic_fetch_add(&conf->zone->counters
                                     ->introspections[result], 1);
    }
}
