
/*
 * certbound: the counters as text for Prometheus, in its format 0.0.4.
 *
 * Counters appear from the start, so that the first event is an increase.
 */


#include "ngx_http_certbound_metrics.h"


static ngx_int_t ngx_http_certbound_metrics_handler(ngx_http_request_t *r);
static void ngx_http_certbound_write_verdicts(ngx_http_certbound_text_t *text,
    ngx_http_certbound_main_conf_t *cmcf);
static ngx_uint_t ngx_http_certbound_is_possible(ngx_uint_t status);
static void ngx_http_certbound_write_counters(ngx_http_certbound_text_t *text,
    ngx_http_certbound_main_conf_t *cmcf);
static void ngx_http_certbound_write_files(ngx_http_certbound_text_t *text,
    ngx_http_certbound_main_conf_t *cmcf);


static const char  *ngx_http_certbound_introspections[] = {
    "answered", "cached", "failed"
};


char *
ngx_http_certbound_metrics(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_core_loc_conf_t        *clcf;
    ngx_http_certbound_main_conf_t  *cmcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->handler == ngx_http_certbound_metrics_handler) {
        return "is duplicate";
    }

    clcf->handler = ngx_http_certbound_metrics_handler;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_certbound_module);

    cmcf->metrics_at.file = cf->conf_file->file.name.data;
    cmcf->metrics_at.line = cf->conf_file->line;

    return NGX_CONF_OK;
}


/* The zone may be in a later line than "certbound_metrics". */

ngx_int_t
ngx_http_certbound_check_metrics(ngx_conf_t *cf,
    ngx_http_certbound_main_conf_t *cmcf)
{
    if (cmcf->metrics_at.file == NULL || cmcf->zones.nelts) {
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                  "\"certbound_metrics\" in %s:%ui needs a "
                  "\"certbound_status_zone\", which counts",
                  cmcf->metrics_at.file, cmcf->metrics_at.line);

    return NGX_ERROR;
}


static ngx_int_t
ngx_http_certbound_metrics_handler(ngx_http_request_t *r)
{
    ngx_int_t                        rc;
    ngx_http_certbound_text_t        text;
    ngx_http_certbound_main_conf_t  *cmcf;

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    ngx_memzero(&text, sizeof(ngx_http_certbound_text_t));

    text.pool = r->pool;
    text.next = &text.chain;

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_certbound_module);

    ngx_http_certbound_write_verdicts(&text, cmcf);
    ngx_http_certbound_write_counters(&text, cmcf);
    ngx_http_certbound_write_files(&text, cmcf);

    if (text.failed) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    *text.next = NULL;

    text.buf->last_buf = (r == r->main) ? 1 : 0;
    text.buf->last_in_chain = 1;

    /* the length is that of "text/plain": no filter appends a charset */

    ngx_str_set(&r->headers_out.content_type,
                "text/plain; version=0.0.4; charset=utf-8");
    r->headers_out.content_type_len = sizeof("text/plain") - 1;
    r->headers_out.content_type_lowcase = NULL;

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = text.len;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    return ngx_http_output_filter(r, text.chain);
}


static void
ngx_http_certbound_write_verdicts(ngx_http_certbound_text_t *text,
    ngx_http_certbound_main_conf_t *cmcf)
{
    ngx_uint_t                   i, status;
    ngx_atomic_uint_t            count;
    ngx_http_certbound_zone_t  **zones;

    const char  *name = "certbound_verdicts_total";

    ngx_http_certbound_write_family(text, name, "counter",
                                    "Verdicts on requests: ok, or the error.");

    zones = cmcf->zones.elts;

    for (i = 0; i < cmcf->zones.nelts; i++) {

        for (status = 0; status < NGX_HTTP_CERTBOUND_STATUSES; status++) {

            count = zones[i]->counters->verdicts[status];

            if (count == 0 && !ngx_http_certbound_is_possible(status)) {
                continue;
            }

            ngx_http_certbound_write_sample(text, name, "zone", &zones[i]->name,
                                            "verdict",
                                            certbound_status_name(status),
                                            count);
        }
    }
}


/* Most errors of this server concern its configuration, not a request. */

static ngx_uint_t
ngx_http_certbound_is_possible(ngx_uint_t status)
{
    switch (status) {

    case CERTBOUND_NOT_INITIALISED:
    case CERTBOUND_OUT_OF_MEMORY:
    case CERTBOUND_TLS_FAILURE:
    case CERTBOUND_PANIC:
        return 1;

    default:
        return certbound_status_http_status(status)
               != NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
}


static void
ngx_http_certbound_write_counters(ngx_http_certbound_text_t *text,
    ngx_http_certbound_main_conf_t *cmcf)
{
    const char                     *name;
    ngx_uint_t                      i, n;
    ngx_http_certbound_zone_t     **zones;
    ngx_http_certbound_counters_t  *counters;

    zones = cmcf->zones.elts;

    name = "certbound_cache_lookups_total";

    ngx_http_certbound_write_family(text, name, "counter",
                                    "Tokens that were looked up in the cache. "
                                    "After a miss the token is verified.");

    for (i = 0; i < cmcf->zones.nelts; i++) {
        counters = zones[i]->counters;

        ngx_http_certbound_write_sample(text, name, "zone", &zones[i]->name,
                                        "result", "hit", counters->hits);
        ngx_http_certbound_write_sample(text, name, "zone", &zones[i]->name,
                                        "result", "miss", counters->misses);
    }

    name = "certbound_unknown_key_ids_total";

    ngx_http_certbound_write_family(text, name, "counter",
                                    "Tokens with a kid that no key has.");

    for (i = 0; i < cmcf->zones.nelts; i++) {
        counters = zones[i]->counters;

        ngx_http_certbound_write_sample(text, name, "zone", &zones[i]->name,
                                        NULL, NULL,
                                        counters->verdicts
                                                      [CERTBOUND_KEY_UNKNOWN]);
    }

    name = "certbound_introspections_total";

    ngx_http_certbound_write_family(text, name, "counter",
                                    "Introspections of tokens: answered by the "
                                    "issuer, cached, or failed.");

    for (i = 0; i < cmcf->zones.nelts; i++) {
        counters = zones[i]->counters;

        for (n = 0; n < NGX_HTTP_CERTBOUND_INTROSPECTIONS; n++) {
            ngx_http_certbound_write_sample(text, name, "zone",
                                          &zones[i]->name, "result",
                                          ngx_http_certbound_introspections[n],
                                          counters->introspections[n]);
        }
    }
}


static void
ngx_http_certbound_write_files(ngx_http_certbound_text_t *text,
    ngx_http_certbound_main_conf_t *cmcf)
{
    time_t                        loaded;
    const char                   *name;
    ngx_uint_t                    i;
    ngx_http_certbound_jwks_t   **files;

    if (cmcf->jwks.nelts == 0) {
        return;
    }

    files = cmcf->jwks.elts;

    name = "certbound_keys_age_seconds";

    ngx_http_certbound_write_family(text, name, "gauge",
                                    "Time since the keys in use were loaded.");

    for (i = 0; i < cmcf->jwks.nelts; i++) {
        loaded = (time_t) files[i]->shared->loaded;

        /* the clock may have been set back */

        ngx_http_certbound_write_sample(text, name, "file", &files[i]->path,
                                        NULL, NULL,
                                        ngx_max(ngx_time() - loaded, 0));
    }

    name = "certbound_keys";

    ngx_http_certbound_write_family(text, name, "gauge",
                                    "Keys in use. 0 if all are withdrawn.");

    for (i = 0; i < cmcf->jwks.nelts; i++) {
        ngx_http_certbound_write_sample(text, name, "file", &files[i]->path,
                                        NULL, NULL, files[i]->shared->usable);
    }

    name = "certbound_keys_rejected";

    ngx_http_certbound_write_family(text, name, "gauge",
                                    "1 if the file is unusable, so that older "
                                    "keys remain in use.");

    for (i = 0; i < cmcf->jwks.nelts; i++) {
        ngx_http_certbound_write_sample(text, name, "file", &files[i]->path,
                                        NULL, NULL,
                                        files[i]->shared->rejected);
    }
}
