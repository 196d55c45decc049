
/*
 * certbound: limits the rate of log lines about introspection, over all
 * workers.
 *
 * An endpoint that is down fails every request, and the first line of a second
 * says as much as all of them.
 */


#include "ngx_http_certbound_introspection.h"


/* At most one line of each status in this time, in milliseconds. */
#define NGX_HTTP_CERTBOUND_LINE_INTERVAL  1000

#define NGX_HTTP_CERTBOUND_LINE_FIRST     CERTBOUND_INTROSPECTION_UNAVAILABLE
#define NGX_HTTP_CERTBOUND_LINE_LAST      CERTBOUND_INTROSPECTION_MALFORMED
#define NGX_HTTP_CERTBOUND_LINES                                             \
    (NGX_HTTP_CERTBOUND_LINE_LAST - NGX_HTTP_CERTBOUND_LINE_FIRST + 1)


static ngx_int_t ngx_http_certbound_init_lines_zone(ngx_shm_zone_t *zone,
    void *data);


ngx_int_t
ngx_http_certbound_init_lines(ngx_conf_t *cf,
    ngx_http_certbound_main_conf_t *cmcf)
{
    ngx_str_t  name = ngx_string("certbound_introspection");

    if (cmcf->endpoints.nelts == 0) {
        return NGX_OK;
    }

    cmcf->lines_zone = ngx_shared_memory_add(cf, &name, 8 * ngx_pagesize,
                                             &ngx_http_certbound_module);
    if (cmcf->lines_zone == NULL) {
        return NGX_ERROR;
    }

    cmcf->lines_zone->init = ngx_http_certbound_init_lines_zone;

    return NGX_OK;
}


static ngx_int_t
ngx_http_certbound_init_lines_zone(ngx_shm_zone_t *zone, void *data)
{
    if (data) {

        /* a reload */

        zone->data = data;
        return NGX_OK;
    }

    /* the time of the last line of each status */

    zone->data = ngx_http_certbound_get_shared(zone, NGX_HTTP_CERTBOUND_LINES
                                                     * sizeof(ngx_atomic_t));

    return zone->data ? NGX_OK : NGX_ERROR;
}


ngx_uint_t
ngx_http_certbound_may_log(ngx_http_request_t *r, certbound_status status)
{
    ngx_atomic_t                    *last;
    ngx_atomic_uint_t                before, now;
    ngx_http_certbound_main_conf_t  *cmcf;

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_certbound_module);

    if (cmcf->lines_zone == NULL
        || status < NGX_HTTP_CERTBOUND_LINE_FIRST
        || status > NGX_HTTP_CERTBOUND_LINE_LAST)
    {
        return 1;
    }

    last = cmcf->lines_zone->data;
    last += status - NGX_HTTP_CERTBOUND_LINE_FIRST;

    before = *last;
    now = ngx_current_msec;

    /* never 0, which is before the first line; workers' clocks may differ */

    now = now ? now : 1;

    if (before
        && (ngx_atomic_int_t) (now - before) < NGX_HTTP_CERTBOUND_LINE_INTERVAL)
    {
        return 0;
    }

    return ngx_atomic_cmp_set(last, before, now);
}
