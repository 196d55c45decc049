
/*
 * certbound: checks the locations for introspection when nginx starts.
 *
 * Where regular expressions or nested locations decide, only a question shows
 * where it leads.
 */


#include "ngx_http_certbound_introspection.h"


static ngx_http_core_loc_conf_t *ngx_http_certbound_find_location(
    ngx_http_core_loc_conf_t *server, ngx_str_t *uri);
static ngx_http_core_loc_conf_t *ngx_http_certbound_find_static_location(
    ngx_http_location_tree_node_t *node, ngx_str_t *uri, ngx_uint_t *exact);


/* Called after all locations are merged and sorted. */

ngx_int_t
ngx_http_certbound_check_locations(ngx_conf_t *cf,
    ngx_http_certbound_main_conf_t *cmcf)
{
    ngx_uint_t                       i;
    const char                      *wrong;
    ngx_http_core_loc_conf_t        *server, *location;
    ngx_http_core_srv_conf_t        *cscf;
    ngx_http_certbound_loc_conf_t   *clcf;
    ngx_http_certbound_endpoint_t  **endpoints;

    endpoints = cmcf->endpoints.elts;

    for (i = 0; i < cmcf->endpoints.nelts; i++) {
        cscf = endpoints[i]->server;
        server = cscf->ctx->loc_conf[ngx_http_core_module.ctx_index];

        location = ngx_http_certbound_find_location(server,
                                                    &endpoints[i]->uri);
        if (location == NULL) {
            continue;
        }

        clcf = location->loc_conf[ngx_http_certbound_module.ctx_index];

        if (location == server) {
            wrong = "no location for it: add one";

        } else if (clcf->enable) {
            wrong = "\"certbound\" on in its location: "
                    "set \"certbound off\" there";

        } else if (!location->internal) {
            wrong = "its location open to clients: set \"internal\" there";

        } else {
            continue;
        }

        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"certbound_introspection\" asks \"%V\", "
                      "but server \"%V\" in %s:%ui has %s",
                      &endpoints[i]->uri, &cscf->server_name, cscf->file_name,
                      cscf->line, wrong);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/*
 * Returns the location that this path leads to, the server if there is none, or
 * NULL if it is not known.
 */

static ngx_http_core_loc_conf_t *
ngx_http_certbound_find_location(ngx_http_core_loc_conf_t *server,
    ngx_str_t *uri)
{
    ngx_uint_t                 exact;
    ngx_http_core_loc_conf_t  *location;

    location = ngx_http_certbound_find_static_location(server->static_locations,
                                                       uri, &exact);
    if (exact) {
        return location;
    }

#if (NGX_PCRE)

    if (server->regex_locations && (location == NULL || !location->noregex)) {
        return NULL;
    }

    if (location && location->regex_locations) {
        return NULL;
    }

#endif

    if (location == NULL) {
        return server;
    }

    return location->static_locations ? NULL : location;
}


/* As nginx does for a request. */

static ngx_http_core_loc_conf_t *
ngx_http_certbound_find_static_location(ngx_http_location_tree_node_t *node,
    ngx_str_t *uri, ngx_uint_t *exact)
{
    size_t                     len, n;
    u_char                    *p;
    ngx_int_t                  rc;
    ngx_http_core_loc_conf_t  *location;

    p = uri->data;
    len = uri->len;
    location = NULL;

    *exact = 0;

    while (node) {
        n = ngx_min(len, (size_t) node->len);

        rc = ngx_filename_cmp(p, node->name, n);

        if (rc != 0) {
            node = (rc < 0) ? node->left : node->right;
            continue;
        }

        if (len > (size_t) node->len) {

            if (node->inclusive) {
                location = node->inclusive;
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

            if (node->exact) {
                *exact = 1;
                return node->exact;
            }

            return node->inclusive;
        }

        node = node->left;
    }

    return location;
}
