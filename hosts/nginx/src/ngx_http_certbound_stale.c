
/*
 * certbound: discards values that nginx has kept from before a verdict.
 *
 * nginx evaluates the variable of a "map" once per request.  Its value does not
 * follow the claims if an "if", "limit_req" or the location of an earlier
 * verdict has used it: a "map" that lists what it rejects would accept all.
 */


#include "ngx_http_certbound.h"


static ngx_uint_t ngx_http_certbound_has_claims(ngx_http_request_t *r);
static void ngx_http_certbound_discard_claims(ngx_http_request_t *r);
static ngx_uint_t ngx_http_certbound_discard_dependents(ngx_http_request_t *r,
    ngx_http_variable_value_t *scratch);
static ngx_uint_t ngx_http_certbound_may_depend(ngx_http_request_t *r,
    ngx_uint_t index);
static ngx_uint_t ngx_http_certbound_depends(ngx_http_request_t *r,
    ngx_http_variable_value_t *scratch, ngx_uint_t index);


/*
 * Called after each verdict.  Discards the values of our variables and of those
 * that depend on them, directly or through others.
 */

ngx_int_t
ngx_http_certbound_discard_stale(ngx_http_request_t *r)
{
    ngx_http_variable_value_t       *scratch;
    ngx_http_core_main_conf_t       *core;
    ngx_http_certbound_captures_t    captures;

    if (!ngx_http_certbound_has_claims(r)) {

        /* nothing can depend on a variable that has not been evaluated */

        return NGX_OK;
    }

    core = ngx_http_get_module_main_conf(r, ngx_http_core_module);

    scratch = ngx_palloc(r->pool, core->variables.nelts
                                  * sizeof(ngx_http_variable_value_t));
    if (scratch == NULL) {

        /* our values remain, so that the next verdict looks again */

        return NGX_ERROR;
    }

    ngx_http_certbound_discard_claims(r);

    ngx_http_certbound_save_captures(r, &captures);

    /* a round finds what depends on those that the former one has discarded */

    while (ngx_http_certbound_discard_dependents(r, scratch)) { /* void */ }

    ngx_http_certbound_restore_captures(r, &captures);

    return NGX_OK;
}


/* Returns whether one of our variables has a value. */

static ngx_uint_t
ngx_http_certbound_has_claims(ngx_http_request_t *r)
{
    ngx_int_t                       *index;
    ngx_uint_t                       i;
    ngx_http_variable_value_t       *v;
    ngx_http_certbound_main_conf_t  *cmcf;

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_certbound_module);

    index = cmcf->variable_indexes.elts;

    for (i = 0; i < cmcf->variable_indexes.nelts; i++) {
        v = &r->variables[index[i]];

        if (v->valid || v->not_found) {
            return 1;
        }
    }

    return 0;
}


static void
ngx_http_certbound_discard_claims(ngx_http_request_t *r)
{
    ngx_int_t                       *index;
    ngx_uint_t                       i;
    ngx_http_variable_value_t       *v;
    ngx_http_certbound_main_conf_t  *cmcf;

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_certbound_module);

    index = cmcf->variable_indexes.elts;

    for (i = 0; i < cmcf->variable_indexes.nelts; i++) {
        v = &r->variables[index[i]];

        v->valid = 0;
        v->not_found = 0;
    }
}


static ngx_uint_t
ngx_http_certbound_discard_dependents(ngx_http_request_t *r,
    ngx_http_variable_value_t *scratch)
{
    ngx_uint_t                  i, found;
    ngx_http_core_main_conf_t  *core;

    core = ngx_http_get_module_main_conf(r, ngx_http_core_module);

    found = 0;

    for (i = 0; i < core->variables.nelts; i++) {

        if (ngx_http_certbound_may_depend(r, i)
            && ngx_http_certbound_depends(r, scratch, i))
        {
            r->variables[i].valid = 0;
            r->variables[i].not_found = 0;
            found = 1;
        }
    }

    return found;
}


/*
 * nginx does not know which variables depend on which, and discarding all would
 * lose named captures and "auth_request_set", whose handlers return nothing.
 * Only changeable variables, such as those of "map", are evaluated again:
 * others may have side effects.  The data of a variable of "set" is its index,
 * instead of an address; nginx would log that it is uninitialized.
 */

static ngx_uint_t
ngx_http_certbound_may_depend(ngx_http_request_t *r, ngx_uint_t index)
{
    ngx_http_variable_t        *variables;
    ngx_http_variable_value_t  *v;
    ngx_http_core_main_conf_t  *core;

    core = ngx_http_get_module_main_conf(r, ngx_http_core_module);

    variables = core->variables.elts;
    v = &r->variables[index];

    return (v->valid || v->not_found)
           && (variables[index].flags & NGX_HTTP_VAR_CHANGEABLE)
           && variables[index].data != index;
}


/*
 * Evaluates the variable again in a copy of the request's values, in which ours
 * have none, and returns whether that has evaluated one of ours.
 */

static ngx_uint_t
ngx_http_certbound_depends(ngx_http_request_t *r,
    ngx_http_variable_value_t *scratch, ngx_uint_t index)
{
    ngx_uint_t                  depends;
    ngx_http_core_main_conf_t  *core;
    ngx_http_variable_value_t  *variables;

    core = ngx_http_get_module_main_conf(r, ngx_http_core_module);

    variables = r->variables;

    ngx_memcpy(scratch, variables, core->variables.nelts
                                   * sizeof(ngx_http_variable_value_t));

    scratch[index].valid = 0;
    scratch[index].not_found = 0;

    r->variables = scratch;

    (void) ngx_http_get_indexed_variable(r, index);

    depends = ngx_http_certbound_has_claims(r);

    r->variables = variables;

    return depends;
}


/*
 * The captures of a "location" or "rewrite".  A regular expression of a "map"
 * would replace them before "proxy_pass" uses them.
 */

void
ngx_http_certbound_save_captures(ngx_http_request_t *r,
    ngx_http_certbound_captures_t *saved)
{
#if (NGX_PCRE)
    saved->captures = r->captures;
    saved->ncaptures = r->ncaptures;
    saved->data = r->captures_data;
    saved->realloc = r->realloc_captures;

    r->realloc_captures = 1;
#endif
}


void
ngx_http_certbound_restore_captures(ngx_http_request_t *r,
    ngx_http_certbound_captures_t *saved)
{
#if (NGX_PCRE)
    r->captures = saved->captures;
    r->ncaptures = saved->ncaptures;
    r->captures_data = saved->data;
    r->realloc_captures = saved->realloc;
#endif
}
