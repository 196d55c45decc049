
/*
 * certbound: enforces OAuth 2.0 certificate-bound access tokens (RFC 8705).
 *
 * The module itself: what nginx calls when it starts.
 */


#include "ngx_http_certbound_directives.h"
#include "ngx_http_certbound_introspection.h"
#include "ngx_http_certbound_metrics.h"


static ngx_int_t ngx_http_certbound_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_certbound_postconfiguration(ngx_conf_t *cf);
static void *ngx_http_certbound_create_main_conf(ngx_conf_t *cf);
static void ngx_http_certbound_cleanup(void *data);
static void *ngx_http_certbound_create_srv_conf(ngx_conf_t *cf);
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

    if (ngx_http_certbound_add_token(cf) != NGX_OK) {
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

    if (ngx_http_certbound_check_metrics(cf, cmcf) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_certbound_warn(cf, cmcf);

    ngx_http_certbound_init_filters(cmcf);

    if (ngx_http_certbound_check_endpoints(cf, cmcf) != NGX_OK
        || ngx_http_certbound_init_lines(cf, cmcf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_certbound_init_shared(cf, cmcf);
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

    if (ngx_array_init(&cmcf->verifiers, cf->pool, 4,
                       sizeof(ngx_http_certbound_verifier_t *))
        != NGX_OK)
    {
        return NULL;
    }

    if (ngx_array_init(&cmcf->variables, cf->pool, 4, sizeof(ngx_str_t))
        != NGX_OK)
    {
        return NULL;
    }

    if (ngx_array_init(&cmcf->variable_indexes, cf->pool, 16, sizeof(ngx_int_t))
        != NGX_OK)
    {
        return NULL;
    }

    if (ngx_array_init(&cmcf->zones, cf->pool, 1,
                       sizeof(ngx_http_certbound_zone_t *))
        != NGX_OK)
    {
        return NULL;
    }

    if (ngx_array_init(&cmcf->endpoints, cf->pool, 4,
                       sizeof(ngx_http_certbound_endpoint_t *))
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

    ngx_http_certbound_stop_watch(cmcf);
    ngx_http_certbound_free_verifiers(cmcf);
    ngx_http_certbound_free_jwks(cmcf);
    ngx_http_certbound_free_endpoints(cmcf);
}


static void *
ngx_http_certbound_create_srv_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_certbound_srv_conf_t));
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
