
/*
 * certbound: enforces OAuth 2.0 certificate-bound access tokens (RFC 8705).
 *
 * The module itself, and the merging of its directives.
 */


#include "ngx_http_certbound.h"


static ngx_int_t ngx_http_certbound_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_certbound_postconfiguration(ngx_conf_t *cf);
static void *ngx_http_certbound_create_main_conf(ngx_conf_t *cf);
static void ngx_http_certbound_cleanup(void *data);
static void *ngx_http_certbound_create_srv_conf(ngx_conf_t *cf);
static void *ngx_http_certbound_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_certbound_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);
static char *ngx_http_certbound_complete(ngx_conf_t *cf,
    ngx_http_certbound_loc_conf_t *conf);
static char *ngx_http_certbound_incomplete(ngx_conf_t *cf,
    ngx_http_certbound_loc_conf_t *conf, const char *missing);
static ngx_int_t ngx_http_certbound_join_scopes(ngx_conf_t *cf,
    ngx_http_certbound_loc_conf_t *conf);
static ngx_int_t ngx_http_certbound_init_module(ngx_cycle_t *cycle);
static ngx_int_t ngx_http_certbound_init_process(ngx_cycle_t *cycle);


static ngx_http_module_t  ngx_http_certbound_module_ctx = {
    ngx_http_certbound_preconfiguration,   /* preconfiguration */
    ngx_http_certbound_postconfiguration,  /* postconfiguration */

    ngx_http_certbound_create_main_conf,   /* create main configuration */
    NULL,                                  /* init main configuration */

    ngx_http_certbound_create_srv_conf,    /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_certbound_create_loc_conf,    /* create location configuration */
    ngx_http_certbound_merge_loc_conf      /* merge location configuration */
};


ngx_module_t  ngx_http_certbound_module = {
    NGX_MODULE_V1,
    &ngx_http_certbound_module_ctx,        /* module context */
    ngx_http_certbound_commands,           /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    ngx_http_certbound_init_module,        /* init module */
    ngx_http_certbound_init_process,       /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_int_t
ngx_http_certbound_preconfiguration(ngx_conf_t *cf)
{
    if (certbound_abi() != CERTBOUND_ABI) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "certbound: the library has interface version %uD, "
                      "but the module was compiled for version %d",
                      certbound_abi(), CERTBOUND_ABI);
        return NGX_ERROR;
    }

    if (ngx_http_certbound_init_peers(cf) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_certbound_add_variables(cf);
}


static ngx_int_t
ngx_http_certbound_postconfiguration(ngx_conf_t *cf)
{
    ngx_http_handler_pt             *h;
    ngx_http_core_main_conf_t       *core;
    ngx_http_certbound_main_conf_t  *cmcf;

    core = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    h = ngx_array_push(&core->phases[NGX_HTTP_ACCESS_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_certbound_access_handler;

    h = ngx_array_push(&core->phases[NGX_HTTP_PREACCESS_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_certbound_subrequest_handler;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_certbound_module);

    ngx_http_certbound_warn(cf, cmcf);

    return ngx_http_certbound_init_watch(cf, cmcf);
}


static void *
ngx_http_certbound_create_main_conf(ngx_conf_t *cf)
{
    ngx_pool_cleanup_t              *cln;
    ngx_http_certbound_main_conf_t  *cmcf;

    cmcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_certbound_main_conf_t));
    if (cmcf == NULL) {
        return NULL;
    }

    if (ngx_array_init(&cmcf->jwks, cf->pool, 4,
                       sizeof(ngx_http_certbound_jwks_t *))
        != NGX_OK)
    {
        return NULL;
    }

    if (ngx_array_init(&cmcf->directives, cf->pool, 8,
                       sizeof(ngx_http_certbound_directive_t))
        != NGX_OK)
    {
        return NULL;
    }

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_certbound_cleanup;
    cln->data = cmcf;

    return cmcf;
}


static void
ngx_http_certbound_cleanup(void *data)
{
    ngx_http_certbound_main_conf_t  *cmcf = data;

    ngx_uint_t                   i;
    ngx_http_certbound_jwks_t  **files;

    ngx_http_certbound_stop_watch(cmcf);

    files = cmcf->jwks.elts;

    for (i = 0; i < cmcf->jwks.nelts; i++) {

        ngx_http_certbound_free_verifiers(files[i]);

        if (files[i]->text.data) {
            ngx_free(files[i]->text.data);
        }
    }
}


static void *
ngx_http_certbound_create_srv_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_certbound_srv_conf_t));
}


static void *
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
     *     conf->jwks = { 0, NULL };
     *     conf->issuer = { 0, NULL };
     *     conf->realm = { 0, NULL };
     *     conf->enabled_at = { NULL, 0 };
     *     conf->jwks_at = { NULL, 0 };
     *     conf->verifier = NULL;
     *     conf->scope = { 0, NULL };
     *     conf->parent = NULL;
     *     conf->enabled_here = 0;
     *     conf->used = 0;
     */

    conf->enable = NGX_CONF_UNSET;
    conf->audiences = NGX_CONF_UNSET_PTR;
    conf->scopes = NGX_CONF_UNSET_PTR;
    conf->algorithms = NGX_CONF_UNSET_UINT;
    conf->binding = NGX_CONF_UNSET_UINT;
    conf->token_type = NGX_CONF_UNSET_UINT;
    conf->leeway = NGX_CONF_UNSET;
    conf->cache = NGX_CONF_UNSET;

    return conf;
}


static char *
ngx_http_certbound_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_certbound_loc_conf_t  *prev = parent;
    ngx_http_certbound_loc_conf_t  *conf = child;

    conf->parent = prev;

    if (conf->enable == NGX_CONF_UNSET) {
        conf->enabled_at = prev->enabled_at;
    }

    if (conf->jwks.data == NULL) {
        conf->jwks_at = prev->jwks_at;
    }

    ngx_conf_merge_value(conf->enable, prev->enable, 0);
    ngx_conf_merge_str_value(conf->jwks, prev->jwks, "");
    ngx_conf_merge_str_value(conf->issuer, prev->issuer, "");
    ngx_conf_merge_ptr_value(conf->audiences, prev->audiences, NULL);
    ngx_conf_merge_ptr_value(conf->scopes, prev->scopes, NULL);
    ngx_conf_merge_uint_value(conf->algorithms, prev->algorithms, 0);
    ngx_conf_merge_uint_value(conf->binding, prev->binding,
                              CERTBOUND_BINDING_REQUIRED);
    ngx_conf_merge_uint_value(conf->token_type, prev->token_type,
                              CERTBOUND_TOKEN_TYPE_ACCESS_TOKEN);
    ngx_conf_merge_sec_value(conf->leeway, prev->leeway, 0);
    ngx_conf_merge_str_value(conf->realm, prev->realm, "");
    ngx_conf_merge_value(conf->cache, prev->cache,
                         NGX_HTTP_CERTBOUND_CACHE_DEFAULT);

    if (!conf->enable) {
        return NGX_CONF_OK;
    }

    ngx_http_certbound_note_enabled(cf, conf);

    return ngx_http_certbound_complete(cf, conf);
}


static char *
ngx_http_certbound_complete(ngx_conf_t *cf, ngx_http_certbound_loc_conf_t *conf)
{
    if (conf->jwks.len == 0) {
        return ngx_http_certbound_incomplete(cf, conf, "certbound_jwks");
    }

    if (conf->issuer.len == 0) {
        return ngx_http_certbound_incomplete(cf, conf, "certbound_issuer");
    }

    if (conf->audiences == NULL) {
        return ngx_http_certbound_incomplete(cf, conf, "certbound_audience");
    }

    if (ngx_http_certbound_join_scopes(cf, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return ngx_http_certbound_add_verifier(cf, conf);
}


/*
 * A server with locations may leave the missing directives to them.  Requests
 * that match no location are then answered with 500.
 */

static char *
ngx_http_certbound_incomplete(ngx_conf_t *cf,
    ngx_http_certbound_loc_conf_t *conf, const char *missing)
{
    ngx_http_conf_ctx_t       *ctx;
    ngx_http_core_loc_conf_t  *clcf;
    ngx_http_core_srv_conf_t  *cscf;

    ctx = cf->ctx;

    cscf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_core_module);
    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (ctx->loc_conf != cscf->ctx->loc_conf) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"certbound\" is on in %s:%ui, "
                      "but location \"%V\" has no \"%s\"",
                      conf->enabled_at.file, conf->enabled_at.line,
                      &clcf->name, missing);
        return NGX_CONF_ERROR;
    }

    if (clcf->locations == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"certbound\" is on in %s:%ui, "
                      "but server \"%V\" has no \"%s\"",
                      conf->enabled_at.file, conf->enabled_at.line,
                      &cscf->server_name, missing);
        return NGX_CONF_ERROR;
    }

    ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                  "\"certbound\" is on in %s:%ui, "
                  "but server \"%V\" has no \"%s\": requests that match "
                  "no location will be answered with 500",
                  conf->enabled_at.file, conf->enabled_at.line,
                  &cscf->server_name, missing);

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_certbound_join_scopes(ngx_conf_t *cf,
    ngx_http_certbound_loc_conf_t *conf)
{
    size_t           len;
    u_char          *p;
    ngx_uint_t       i;
    certbound_text  *scopes;

    if (conf->scopes == NULL) {
        return NGX_OK;
    }

    scopes = conf->scopes->elts;
    len = 0;

    for (i = 0; i < conf->scopes->nelts; i++) {
        len += scopes[i].len + 1;
    }

    p = ngx_pnalloc(cf->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    conf->scope.data = p;
    conf->scope.len = len - 1;

    for (i = 0; i < conf->scopes->nelts; i++) {
        p = ngx_cpymem(p, scopes[i].data, scopes[i].len);
        *p++ = ' ';
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_certbound_init_module(ngx_cycle_t *cycle)
{
    ngx_http_certbound_main_conf_t  *cmcf;

    cmcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_certbound_module);

    if (cmcf) {
        ngx_http_certbound_move_watch(cmcf);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_certbound_init_process(ngx_cycle_t *cycle)
{
    ngx_http_certbound_main_conf_t  *cmcf;

    if (ngx_process != NGX_PROCESS_WORKER
        && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    cmcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_certbound_module);

    if (cmcf == NULL) {
        return NGX_OK;
    }

    ngx_http_certbound_start_watch(cmcf, cycle);

    return NGX_OK;
}
