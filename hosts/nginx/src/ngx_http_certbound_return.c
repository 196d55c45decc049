
/*
 * certbound: finds a "return", which answers before the access phase.
 */


#include "ngx_http_certbound_directives.h"


/*
 * The beginning of the rewrite module's location configuration.  No header of
 * nginx declares it, but it has never changed.  If it does, the tests of the
 * "return" warning fail; the module reads it only if it looks like an array of
 * bytes.
 */

typedef struct {
    ngx_array_t                     *codes;
} ngx_http_certbound_rewrite_conf_t;


static ngx_array_t *ngx_http_certbound_get_codes(ngx_conf_t *cf);


/*
 * Returns the status of the first "return" of this level outside any "if", or
 * 0.  An unknown code ends the search: that of "rewrite", of "set" with
 * a variable in its value, whose codes differ between versions and
 * distributions, or of another module.  The search may miss a "return", but
 * never finds one that does not answer.
 */

ngx_uint_t
ngx_http_certbound_find_return(ngx_conf_t *cf)
{
    size_t                          size;
    u_char                         *p, *last;
    ngx_array_t                    *codes;
    ngx_http_script_code_pt         code;
    ngx_http_script_if_code_t      *branch;
    ngx_http_script_return_code_t  *ret;

    codes = ngx_http_certbound_get_codes(cf);
    if (codes == NULL) {
        return 0;
    }

    p = codes->elts;
    last = p + codes->nelts;

    while ((size_t) (last - p) >= sizeof(ngx_http_script_code_pt)) {

        code = *(ngx_http_script_code_pt *) p;

        if (code == ngx_http_script_return_code) {
            ret = (ngx_http_script_return_code_t *) p;
            return ret->status;
        }

        if (code == ngx_http_script_if_code) {
            branch = (ngx_http_script_if_code_t *) p;
            size = branch->next;

        } else if (code == ngx_http_script_var_code
                   || code == ngx_http_script_set_var_code)
        {
            size = sizeof(ngx_http_script_var_code_t);

        } else if (code == ngx_http_script_var_set_handler_code) {
            size = sizeof(ngx_http_script_var_handler_code_t);

        } else if (code == ngx_http_script_value_code) {
            size = sizeof(ngx_http_script_value_code_t);

        } else if (code == ngx_http_script_equal_code
                   || code == ngx_http_script_not_equal_code)
        {
            size = sizeof(uintptr_t);

#if (NGX_PCRE)
        } else if (code == ngx_http_script_regex_start_code
                   && ((ngx_http_script_regex_code_t *) p)->test)
        {
            size = sizeof(ngx_http_script_regex_code_t);
#endif

        } else {
            return 0;
        }

        if (size == 0 || size > (size_t) (last - p)) {
            return 0;
        }

        p += size;
    }

    return 0;
}


/* Returns the rewrite module's codes at this level, or NULL without any. */

static ngx_array_t *
ngx_http_certbound_get_codes(ngx_conf_t *cf)
{
    ngx_uint_t                          i;
    ngx_array_t                        *codes;
    ngx_module_t                       *module;
    ngx_http_conf_ctx_t                *ctx;
    ngx_http_certbound_rewrite_conf_t  *rewrite;

    ctx = cf->ctx;

    for (i = 0; cf->cycle->modules[i]; i++) {
        module = cf->cycle->modules[i];

        if (module->type != NGX_HTTP_MODULE
            || ngx_strcmp(module->name, "ngx_http_rewrite_module") != 0)
        {
            continue;
        }

        rewrite = ctx->loc_conf[module->ctx_index];

        if (rewrite == NULL || rewrite->codes == NULL) {
            return NULL;
        }

        /* bytes, as ngx_http_script_start_code() creates them */

        codes = rewrite->codes;

        return (codes->size == 1 && codes->nelts <= codes->nalloc) ? codes
                                                                   : NULL;
    }

    return NULL;
}
