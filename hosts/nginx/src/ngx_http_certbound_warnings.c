
/*
 * certbound: warns of configurations that protect nothing, or reject all
 * clients.
 */


#include "ngx_http_certbound_directives.h"


static void ngx_http_certbound_warn_of_return(ngx_conf_t *cf,
    ngx_http_certbound_loc_conf_t *conf);
static void ngx_http_certbound_warn_of_unused(ngx_conf_t *cf,
    ngx_http_certbound_main_conf_t *cmcf);
static ngx_uint_t ngx_http_certbound_is_spare_jwks(
    ngx_http_certbound_directive_t *directive);
static void ngx_http_certbound_warn_of_withdrawn(ngx_conf_t *cf,
    ngx_http_certbound_main_conf_t *cmcf);
static void ngx_http_certbound_warn_of_server(ngx_conf_t *cf,
    ngx_http_core_srv_conf_t *cscf);
static ngx_uint_t ngx_http_certbound_has_tls(ngx_conf_t *cf,
    ngx_http_core_srv_conf_t *cscf);


/* Records the place of a directive. */

ngx_int_t
ngx_http_certbound_note_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_http_certbound_loc_conf_t *conf)
{
    ngx_http_certbound_directive_t  *directive;
    ngx_http_certbound_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_certbound_module);

    directive = ngx_array_push(&cmcf->directives);
    if (directive == NULL) {
        return NGX_ERROR;
    }

    directive->name = cmd->name;
    directive->conf = conf;
    directive->place.file = cf->conf_file->file.name.data;
    directive->place.line = cf->conf_file->line;

    return NGX_OK;
}


/* Called when a level with certbound on is merged. */

void
ngx_http_certbound_note_enabled(ngx_conf_t *cf,
    ngx_http_certbound_loc_conf_t *conf)
{
    ngx_http_certbound_loc_conf_t  *level;
    ngx_http_certbound_srv_conf_t  *cscf;

    for (level = conf; level && !level->used; level = level->parent) {
        level->used = 1;
    }

    cscf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_certbound_module);

    if (conf->forwarded) {
        cscf->forwarded = 1;

    } else if (cscf->enabled == NULL
               || (cscf->enabled->binding == CERTBOUND_BINDING_IF_PRESENT
                   && conf->binding != CERTBOUND_BINDING_IF_PRESENT))
    {
        cscf->enabled = conf;
    }

    ngx_http_certbound_warn_of_return(cf, conf);
}


/*
 * A "return" answers before the access phase.  Errors disclose nothing.
 * Neither do redirects, but "certbound" in the same block is a mistake, while
 * a server that only redirects to "https://" may inherit it.
 */

static void
ngx_http_certbound_warn_of_return(ngx_conf_t *cf,
    ngx_http_certbound_loc_conf_t *conf)
{
    ngx_uint_t                 status;
    ngx_http_conf_ctx_t       *ctx;
    ngx_http_core_loc_conf_t  *clcf;
    ngx_http_core_srv_conf_t  *cscf;

    ctx = cf->ctx;

    cscf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_core_module);
    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->noname) {
        return;
    }

    status = ngx_http_certbound_find_return(cf);

    if (status == 0
        || status >= NGX_HTTP_BAD_REQUEST
        || (status >= NGX_HTTP_SPECIAL_RESPONSE && !conf->enabled_here))
    {
        return;
    }

    if (ctx->loc_conf == cscf->ctx->loc_conf) {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "\"certbound\" is on in %s:%ui, "
                      "but server \"%V\" in %s:%ui has a \"return\", "
                      "which answers before any token is checked",
                      conf->enabled_at.file, conf->enabled_at.line,
                      &cscf->server_name, cscf->file_name, cscf->line);
        return;
    }

    ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                  "\"certbound\" is on in %s:%ui, "
                  "but location \"%V\" of server \"%V\" in %s:%ui has "
                  "a \"return\", which answers before any token is checked",
                  conf->enabled_at.file, conf->enabled_at.line, &clcf->name,
                  &cscf->server_name, cscf->file_name, cscf->line);
}


/* Called after all levels are merged. */

void
ngx_http_certbound_warn(ngx_conf_t *cf, ngx_http_certbound_main_conf_t *cmcf)
{
    ngx_uint_t                   i;
    ngx_http_core_srv_conf_t   **servers;
    ngx_http_core_main_conf_t   *core;

    ngx_http_certbound_warn_of_unused(cf, cmcf);
    ngx_http_certbound_warn_of_withdrawn(cf, cmcf);

    core = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    servers = core->servers.elts;

    for (i = 0; i < core->servers.nelts; i++) {
        ngx_http_certbound_warn_of_server(cf, servers[i]);
    }
}


static void
ngx_http_certbound_warn_of_unused(ngx_conf_t *cf,
    ngx_http_certbound_main_conf_t *cmcf)
{
    ngx_uint_t                       i;
    ngx_http_certbound_directive_t  *directives;

    directives = cmcf->directives.elts;

    for (i = 0; i < cmcf->directives.nelts; i++) {

        if (directives[i].conf->used || directives[i].conf->enable == 1) {

            if (ngx_http_certbound_is_spare_jwks(&directives[i])) {
                ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                              "\"%V\" in %s:%ui is not used: "
                              "each \"certbound_issuer\" names its own file",
                              &directives[i].name, directives[i].place.file,
                              directives[i].place.line);
            }

            continue;
        }

        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "\"%V\" in %s:%ui protects nothing: "
                      "\"certbound\" is off on that level and all below",
                      &directives[i].name, directives[i].place.file,
                      directives[i].place.line);
    }
}


static ngx_uint_t
ngx_http_certbound_is_spare_jwks(ngx_http_certbound_directive_t *directive)
{
    ngx_http_certbound_source_t  *jwks;

    if (ngx_strcmp(directive->name.data, "certbound_jwks") != 0) {
        return 0;
    }

    jwks = directive->conf->jwks;

    return jwks->spare && !jwks->needed;
}


/* An issuer may have withdrawn its keys, but rarely intends to. */

static void
ngx_http_certbound_warn_of_withdrawn(ngx_conf_t *cf,
    ngx_http_certbound_main_conf_t *cmcf)
{
    ngx_uint_t                    i;
    ngx_http_certbound_jwks_t   **files;
    ngx_http_certbound_source_t  *source;

    files = cmcf->jwks.elts;

    for (i = 0; i < cmcf->jwks.nelts; i++) {

        if (files[i]->keys.usable) {
            continue;
        }

        source = files[i]->source;

        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "%V \"%V\" in %s:%ui lists no keys: "
                      "all have been withdrawn, and every token %swill be "
                      "rejected",
                      source->directive, &source->path, source->place.file,
                      source->place.line,
                      files[i]->among_others ? "signed with them " : "");
    }
}


/*
 * Without a client certificate no bound token can be accepted.  It may be that
 * of the connection, or be forwarded.
 */

static void
ngx_http_certbound_warn_of_server(ngx_conf_t *cf,
    ngx_http_core_srv_conf_t *cscf)
{
    const char                     *reason, *consequence;
    ngx_http_ssl_srv_conf_t        *sscf;
    ngx_http_certbound_loc_conf_t  *enabled;
    ngx_http_certbound_srv_conf_t  *conf;

    conf = cscf->ctx->srv_conf[ngx_http_certbound_module.ctx_index];
    enabled = conf->enabled;

    if (enabled == NULL) {
        return;
    }

    sscf = cscf->ctx->srv_conf[ngx_http_ssl_module.ctx_index];

    if (!ngx_http_certbound_has_tls(cf, cscf)) {
        reason = "has no \"listen\" with \"ssl\"";

    } else if (sscf->verify == 0) {
        reason = "requests no client certificates, "
                 "as \"ssl_verify_client\" is off";

    } else {
        return;
    }

    consequence = "every token will be rejected";

    if (enabled->binding == CERTBOUND_BINDING_IF_PRESENT) {
        consequence = "every bound token will be rejected, and unbound tokens "
                      "accepted from any client "
                      "(\"certbound_binding if_present\")";
    }

    ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                  "\"certbound\" is on in %s:%ui, "
                  "but server \"%V\" in %s:%ui %s: %s%s",
                  enabled->enabled_at.file, enabled->enabled_at.line,
                  &cscf->server_name, cscf->file_name, cscf->line,
                  reason, consequence,
                  conf->forwarded ? ", except where certificates are forwarded"
                                  : "");
}


static ngx_uint_t
ngx_http_certbound_has_tls(ngx_conf_t *cf, ngx_http_core_srv_conf_t *cscf)
{
    ngx_uint_t                   i, j, k;
    ngx_http_conf_addr_t        *addrs;
    ngx_http_conf_port_t        *ports;
    ngx_http_core_srv_conf_t   **servers;
    ngx_http_core_main_conf_t   *core;

#if (nginx_version < 1025001)
    ngx_http_ssl_srv_conf_t     *sscf;

    sscf = cscf->ctx->srv_conf[ngx_http_ssl_module.ctx_index];

    if (sscf->enable) {
        return 1;
    }
#endif

    core = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    if (core->ports == NULL) {
        return 0;
    }

    ports = core->ports->elts;

    for (i = 0; i < core->ports->nelts; i++) {
        addrs = ports[i].addrs.elts;

        for (j = 0; j < ports[i].addrs.nelts; j++) {

#if (nginx_version >= 1025000)
            if (!addrs[j].opt.ssl && !addrs[j].opt.quic) {
                continue;
            }
#else
            if (!addrs[j].opt.ssl) {
                continue;
            }
#endif

            servers = addrs[j].servers.elts;

            for (k = 0; k < addrs[j].servers.nelts; k++) {
                if (servers[k] == cscf) {
                    return 1;
                }
            }
        }
    }

    return 0;
}
