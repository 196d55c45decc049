
/*
 * certbound: checks the locations for introspection when nginx starts.
 *
 * Where regular expressions or nested locations decide, only a question shows
 * where it leads.
 */


#include "ngx_http_certbound_introspection.h"


static const char *ngx_http_certbound_describe_mistake(
    ngx_http_core_loc_conf_t *server, ngx_str_t *uri);
static ngx_int_t ngx_http_certbound_find_location(
    ngx_http_core_loc_conf_t *server, ngx_str_t *uri,
    ngx_http_core_loc_conf_t **location);
static ngx_int_t ngx_http_certbound_find_static_location(
    ngx_http_location_tree_node_t *node, ngx_str_t *uri,
    ngx_http_core_loc_conf_t **location);


/* Called after all locations are merged and sorted. */

ngx_int_t
ngx_http_certbound_check_endpoints(ngx_conf_t *cf,
    ngx_http_certbound_main_conf_t *cmcf)
{
    ngx_uint_t                       i;
    const char                      *wrong;
    ngx_http_core_loc_conf_t        *server;
    ngx_http_core_srv_conf_t        *cscf;
    ngx_http_certbound_endpoint_t  **endpoints;

    endpoints = cmcf->endpoints.elts;

    for (i = 0; i < cmcf->endpoints.nelts; i++) {
        cscf = endpoints[i]->server;
        server = cscf->ctx->loc_conf[ngx_http_core_module.ctx_index];

        wrong = ngx_http_certbound_describe_mistake(server, &endpoints[i]->uri);

        if (wrong) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "\"certbound_introspection\" asks \"%V\", "
                          "but server \"%V\" in %s:%ui has %s",
                          &endpoints[i]->uri, &cscf->server_name,
                          cscf->file_name, cscf->line, wrong);
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* Returns what is wrong with the location that this path leads to, or NULL. */

static const char *
ngx_http_certbound_describe_mistake(ngx_http_core_loc_conf_t *server,
    ngx_str_t *uri)
{
    ngx_http_core_loc_conf_t       *location;
    ngx_http_certbound_loc_conf_t  *clcf;

    switch (ngx_http_certbound_find_location(server, uri, &location)) {

    case NGX_DECLINED:
        return "no location for it: add one";

    case NGX_DONE:
        return "its location with a slash at the end, to which nginx "
               "redirects: remove that slash, or add one to the path";

    case NGX_AGAIN:
        return NULL;

    default: /* NGX_OK */
        break;
    }

    clcf = location->loc_conf[ngx_http_certbound_module.ctx_index];

    if (clcf->enable) {
        return "\"certbound\" on in its location: "
               "set \"certbound off\" there";
    }

    if (!location->internal) {
        return "its location open to clients: set \"internal\" there";
    }

    return NULL;
}


/*
 * Finds the location that this path leads to.  Returns NGX_DECLINED if there is
 * none, NGX_DONE if nginx redirects to it, or NGX_AGAIN if that depends on
 * regular expressions or nested locations.
 */

static ngx_int_t
ngx_http_certbound_find_location(ngx_http_core_loc_conf_t *server,
    ngx_str_t *uri, ngx_http_core_loc_conf_t **location)
{
    ngx_int_t  rc;

    rc = ngx_http_certbound_find_static_location(server->static_locations, uri,
                                                 location);

    if (rc == NGX_OK || rc == NGX_DONE) {
        return rc;
    }

#if (NGX_PCRE)

    if (server->regex_locations
        && (rc == NGX_DECLINED || !(*location)->noregex))
    {
        return NGX_AGAIN;
    }

    if (rc == NGX_AGAIN && (*location)->regex_locations) {
        return NGX_AGAIN;
    }

#endif

    if (rc == NGX_DECLINED) {
        return NGX_DECLINED;
    }

    return (*location)->static_locations ? NGX_AGAIN : NGX_OK;
}


/*
 * As nginx does for a request.  Returns NGX_OK for an exact location, NGX_AGAIN
 * for one that may contain others, NGX_DONE for a redirect, or
 * NGX_DECLINED.
 */

static ngx_int_t
ngx_http_certbound_find_static_location(ngx_http_location_tree_node_t *node,
    ngx_str_t *uri, ngx_http_core_loc_conf_t **location)
{
    size_t      len, n;
    u_char     *p;
    ngx_int_t   rc, rv;

    p = uri->data;
    len = uri->len;
    rv = NGX_DECLINED;

    *location = NULL;

    while (node) {
        n = ngx_min(len, (size_t) node->len);

        rc = ngx_filename_cmp(p, node->name, n);

        if (rc != 0) {
            node = (rc < 0) ? node->left : node->right;
            continue;
        }

        if (len > (size_t) node->len) {

            if (node->inclusive) {
                *location = node->inclusive;
                rv = NGX_AGAIN;

                node = node->tree;
                p += n;
                len -= n;

            } else {

                /* exact only */

                node = node->right;
            }

            continue;
        }

        if (len == (size_t) node->len) {
            *location = node->exact ? node->exact : node->inclusive;

            return node->exact ? NGX_OK : NGX_AGAIN;
        }

        if (len + 1 == (size_t) node->len && node->auto_redirect) {
            rv = NGX_DONE;
        }

        node = node->left;
    }

    return rv;
}
