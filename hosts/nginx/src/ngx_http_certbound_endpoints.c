
/*
 * certbound: the directives for introspection, and the endpoints with the
 * responses that workers cache.
 */


#include "ngx_http_certbound_directives.h"
#include "ngx_http_certbound_introspection.h"


static ngx_http_certbound_endpoint_t *ngx_http_certbound_get_endpoint(
    ngx_conf_t *cf, ngx_str_t *uri);


/* "off" removes an inherited location, like that of "auth_request". */

char *
ngx_http_certbound_introspection(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_certbound_loc_conf_t  *clcf = conf;

    ngx_str_t   *value;
    const char  *wrong;

    if (clcf->introspection.data) {
        return "is duplicate";
    }

    if (ngx_http_certbound_begin_directive(cf, cmd, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0) {
        ngx_str_set(&clcf->introspection, "");
        return NGX_CONF_OK;
    }

    wrong = NULL;

    if (value[1].data[0] != '/') {
        wrong = "it must be \"off\" or the path of an internal location, "
                "such as \"/introspect\"";

    } else if (ngx_strlchr(value[1].data, value[1].data + value[1].len, '?')) {
        wrong = "it must be a path without a query: "
                "put the query into \"proxy_pass\"";
    }

    if (wrong) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"%V\" directive, %s",
                           &value[1], &cmd->name, wrong);
        return NGX_CONF_ERROR;
    }

    clcf->introspection = value[1];

    return NGX_CONF_OK;
}


char *
ngx_http_certbound_introspection_time(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_certbound_loc_conf_t  *clcf = conf;

    ngx_str_t  *value;

    if (clcf->introspection_cache != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    if (ngx_http_certbound_begin_directive(cf, cmd, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0) {
        clcf->introspection_cache = 0;
        return NGX_CONF_OK;
    }

    if (ngx_http_certbound_read_time(cf, cmd, "\"off\" or a time",
                                     NGX_HTTP_CERTBOUND_RESPONSE_AGE_MAX,
                                     "a revocation has no effect before",
                                     &clcf->introspection_cache)
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_http_certbound_merge_introspection(ngx_conf_t *cf,
    ngx_http_certbound_loc_conf_t *prev, ngx_http_certbound_loc_conf_t *conf)
{
    const char  *spare;

    if (conf->introspection.data == NULL) {
        conf->introspection = prev->introspection;
    }

    ngx_conf_merge_uint_value(conf->introspect, prev->introspect,
                              NGX_HTTP_CERTBOUND_OPAQUE);
    ngx_conf_merge_value(conf->introspection_cache, prev->introspection_cache,
                         0);

    if (!conf->enable || conf->introspection.data) {
        return NGX_CONF_OK;
    }

    /* with "off" the others are ignored on purpose */

    spare = NULL;

    if (conf->introspect == NGX_HTTP_CERTBOUND_ALL) {
        spare = "certbound_introspect all";

    } else if (conf->introspection_cache) {
        spare = "certbound_introspection_cache";
    }

    if (spare) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"%s\" has no effect where \"certbound\" of %s:%ui "
                      "is on: the level has no \"certbound_introspection\"",
                      spare, conf->enabled_at.file, conf->enabled_at.line);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* Called for each level with certbound on. */

ngx_int_t
ngx_http_certbound_add_endpoint(ngx_conf_t *cf,
    ngx_http_certbound_loc_conf_t *conf)
{
    ngx_uint_t                      entries;
    ngx_http_certbound_endpoint_t  *endpoint;

    if (conf->introspection.len == 0) {
        return NGX_OK;
    }

    endpoint = ngx_http_certbound_get_endpoint(cf, &conf->introspection);
    if (endpoint == NULL) {
        return NGX_ERROR;
    }

    conf->endpoint = endpoint;

    if (conf->introspection_cache) {
        entries = conf->cache ? conf->cache : NGX_HTTP_CERTBOUND_CACHE_DEFAULT;
        entries = ngx_min(entries, NGX_HTTP_CERTBOUND_RESPONSES_CACHED_MAX);

        endpoint->seconds = ngx_max(endpoint->seconds,
                                    conf->introspection_cache);
        endpoint->entries = ngx_max(endpoint->entries, entries);
    }

    return NGX_OK;
}


/* Two servers may have different locations of the same name. */

static ngx_http_certbound_endpoint_t *
ngx_http_certbound_get_endpoint(ngx_conf_t *cf, ngx_str_t *uri)
{
    ngx_uint_t                       i;
    ngx_http_core_srv_conf_t        *server;
    ngx_http_certbound_endpoint_t  **endpoints, **slot;
    ngx_http_certbound_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_certbound_module);
    server = ngx_http_conf_get_module_srv_conf(cf, ngx_http_core_module);

    endpoints = cmcf->endpoints.elts;

    for (i = 0; i < cmcf->endpoints.nelts; i++) {
        if (endpoints[i]->server == server
            && endpoints[i]->uri.len == uri->len
            && ngx_memcmp(endpoints[i]->uri.data, uri->data, uri->len) == 0)
        {
            return endpoints[i];
        }
    }

    slot = ngx_array_push(&cmcf->endpoints);
    if (slot == NULL) {
        return NULL;
    }

    *slot = ngx_pcalloc(cf->pool, sizeof(ngx_http_certbound_endpoint_t));
    if (*slot == NULL) {
        return NULL;
    }

    (*slot)->uri = *uri;
    (*slot)->server = server;

    return *slot;
}


/*
 * Returns the responses that this worker has accepted, or NULL.  They are
 * allocated for the first one, because the master process needs none.
 */

certbound_introspection_cache *
ngx_http_certbound_get_responses(ngx_http_certbound_endpoint_t *endpoint,
    ngx_log_t *log)
{
    size_t  size;

    if (endpoint->cache || endpoint->seconds == 0 || endpoint->no_memory) {
        return endpoint->cache;
    }

    size = certbound_introspection_cache_size(endpoint->entries,
                                           NGX_HTTP_CERTBOUND_RESPONSE_CACHED);

    endpoint->memory = ngx_alloc(size, log);

    if (endpoint->memory == NULL
        || certbound_introspection_cache_init(endpoint->memory, size,
                                            NGX_HTTP_CERTBOUND_RESPONSE_CACHED,
                                            &endpoint->cache)
           != CERTBOUND_OK)
    {
        ngx_log_error(NGX_LOG_WARN, log, 0,
                      "certbound: no memory for a cache of %ui responses of "
                      "\"%V\"; the issuer is asked each time",
                      endpoint->entries, &endpoint->uri);

        endpoint->no_memory = 1;
    }

    return endpoint->cache;
}


void
ngx_http_certbound_free_endpoints(ngx_http_certbound_main_conf_t *cmcf)
{
    ngx_uint_t                       i;
    ngx_http_certbound_endpoint_t  **endpoints;

    endpoints = cmcf->endpoints.elts;

    for (i = 0; i < cmcf->endpoints.nelts; i++) {
        if (endpoints[i]->memory) {
            ngx_free(endpoints[i]->memory);
        }
    }
}
