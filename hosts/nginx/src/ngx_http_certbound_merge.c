
/*
 * certbound: creates, merges and completes the configurations of locations.
 */


#include "ngx_http_certbound_directives.h"
#include "ngx_http_certbound_introspection.h"
#include "ngx_http_certbound_rules.h"


static char *ngx_http_certbound_complete(ngx_conf_t *cf,
    ngx_http_certbound_loc_conf_t *conf);
static ngx_uint_t ngx_http_certbound_needs_jwks(
    ngx_http_certbound_loc_conf_t *conf);
static char *ngx_http_certbound_incomplete(ngx_conf_t *cf,
    ngx_http_certbound_loc_conf_t *conf, const char *missing);


void *
ngx_http_certbound_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_certbound_loc_conf_t  *conf;

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_http_certbound_loc_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     conf->jwks = NULL;
     *     conf->issuers = NULL;
     *     conf->scopes = NULL;
     *     conf->claims = NULL;
     *     conf->requirements = NULL;
     *     conf->realm = { 0, NULL };
     *     conf->metadata = { 0, NULL };
     *     conf->forwarded = NULL;
     *     conf->proxies = NULL;
     *     conf->introspection = { 0, NULL };
     *     conf->endpoint = NULL;
     *     conf->enabled_at = { NULL, 0 };
     *     conf->verifier = NULL;
     *     conf->zone = NULL;
     *     conf->parent = NULL;
     *     conf->enabled_here = 0;
     *     conf->used = 0;
     */

    conf->enable = NGX_CONF_UNSET;
    conf->audiences = NGX_CONF_UNSET_PTR;
    conf->algorithms = NGX_CONF_UNSET_UINT;
    conf->binding = NGX_CONF_UNSET_UINT;
    conf->token_type = NGX_CONF_UNSET_UINT;
    conf->leeway = NGX_CONF_UNSET;
    conf->cache = NGX_CONF_UNSET;
    conf->introspect = NGX_CONF_UNSET_UINT;
    conf->introspection_cache = NGX_CONF_UNSET;

    return conf;
}


char *
ngx_http_certbound_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_certbound_loc_conf_t  *prev = parent;
    ngx_http_certbound_loc_conf_t  *conf = child;

    conf->parent = prev;

    if (conf->enable == NGX_CONF_UNSET) {
        conf->enabled_at = prev->enabled_at;
    }

    if (conf->jwks == NULL) {
        conf->jwks = prev->jwks;
    }

    if (conf->issuers == NULL) {
        conf->issuers = prev->issuers;
    }

    if (conf->scopes == NULL) {
        conf->scopes = prev->scopes;
    }

    if (conf->requirements == NULL) {
        conf->requirements = prev->requirements;
    }

    if (conf->zone == NULL) {
        conf->zone = prev->zone;
    }

    if (ngx_http_certbound_merge_claims(cf, prev, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (conf->forwarded == NULL) {
        conf->forwarded = prev->forwarded;
    }

    if (conf->proxies == NULL) {
        conf->proxies = prev->proxies;
    }

    ngx_conf_merge_value(conf->enable, prev->enable, 0);
    ngx_conf_merge_ptr_value(conf->audiences, prev->audiences, NULL);
    ngx_conf_merge_uint_value(conf->algorithms, prev->algorithms, 0);
    ngx_conf_merge_uint_value(conf->binding, prev->binding,
                              CERTBOUND_BINDING_REQUIRED);
    ngx_conf_merge_uint_value(conf->token_type, prev->token_type,
                              CERTBOUND_TOKEN_TYPE_ACCESS_TOKEN);
    ngx_conf_merge_sec_value(conf->leeway, prev->leeway, 0);
    ngx_conf_merge_str_value(conf->realm, prev->realm, "");
    ngx_conf_merge_str_value(conf->metadata, prev->metadata, "");
    ngx_conf_merge_value(conf->cache, prev->cache,
                         NGX_HTTP_CERTBOUND_CACHE_DEFAULT);

    if (ngx_http_certbound_merge_introspection(cf, prev, conf) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    if (!conf->enable) {
        return NGX_CONF_OK;
    }

    ngx_http_certbound_note_enabled(cf, conf);

    return ngx_http_certbound_complete(cf, conf);
}


static char *
ngx_http_certbound_complete(ngx_conf_t *cf, ngx_http_certbound_loc_conf_t *conf)
{
    if (ngx_http_certbound_needs_jwks(conf)) {

        if (conf->jwks == NULL) {
            return ngx_http_certbound_incomplete(cf, conf, "certbound_jwks");
        }

        conf->jwks->needed = 1;

    } else if (conf->jwks) {
        conf->jwks->spare = 1;
    }

    if (conf->issuers == NULL) {
        return ngx_http_certbound_incomplete(cf, conf, "certbound_issuer");
    }

    if (conf->audiences == NULL) {
        return ngx_http_certbound_incomplete(cf, conf, "certbound_audience");
    }

    if (conf->forwarded && conf->proxies == NULL) {
        return ngx_http_certbound_incomplete(cf, conf,
                                             "certbound_trusted_proxy");
    }

    if (conf->proxies && conf->forwarded == NULL) {
        return ngx_http_certbound_incomplete(cf, conf, "certbound_forwarded");
    }

    if (ngx_http_certbound_add_endpoint(cf, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return ngx_http_certbound_add_verifier(cf, conf);
}


/* Issuers that name no file have the keys of "certbound_jwks". */

static ngx_uint_t
ngx_http_certbound_needs_jwks(ngx_http_certbound_loc_conf_t *conf)
{
    ngx_uint_t                    i;
    ngx_http_certbound_issuer_t  *issuer;

    if (conf->issuers == NULL) {
        return 1;
    }

    issuer = conf->issuers->elts;

    for (i = 0; i < conf->issuers->nelts; i++) {
        if (issuer[i].source == NULL) {
            return 1;
        }
    }

    return 0;
}


/*
 * A server with locations may leave the missing directives to them.  Requests
 * that match no location are then answered with 500.
 */

static char *
ngx_http_certbound_incomplete(ngx_conf_t *cf,
    ngx_http_certbound_loc_conf_t *conf, const char *missing)
{
    ngx_str_t                 *name;
    const char                *level;
    ngx_http_conf_ctx_t       *ctx;
    ngx_http_core_loc_conf_t  *clcf;
    ngx_http_core_srv_conf_t  *cscf;

    ctx = cf->ctx;

    cscf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_core_module);
    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    level = "location";
    name = &clcf->name;

    if (ctx->loc_conf == cscf->ctx->loc_conf) {
        level = "server";
        name = &cscf->server_name;

        if (clcf->locations) {
            ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                          "\"certbound\" is on in %s:%ui, "
                          "but server \"%V\" has no \"%s\": requests that "
                          "match no location will be answered with 500",
                          conf->enabled_at.file, conf->enabled_at.line,
                          name, missing);
            return NGX_CONF_OK;
        }
    }

    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                  "\"certbound\" is on in %s:%ui, "
                  "but %s \"%V\" has no \"%s\"",
                  conf->enabled_at.file, conf->enabled_at.line,
                  level, name, missing);

    return NGX_CONF_ERROR;
}
