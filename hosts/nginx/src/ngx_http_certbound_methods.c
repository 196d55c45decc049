
/*
 * certbound: the methods that "certbound_scope" may name.
 */


#include "ngx_http_certbound_directives.h"
#include "ngx_http_certbound_rules.h"


typedef struct {
    ngx_str_t                        name;
    ngx_uint_t                       bit;
} ngx_http_certbound_method_t;


static ngx_uint_t ngx_http_certbound_find_method(ngx_str_t *name);


/* As in "limit_except": those whose name nginx knows, and passes on. */

static ngx_http_certbound_method_t  ngx_http_certbound_methods[] = {
    { ngx_string("GET"), NGX_HTTP_GET },
    { ngx_string("HEAD"), NGX_HTTP_HEAD },
    { ngx_string("POST"), NGX_HTTP_POST },
    { ngx_string("PUT"), NGX_HTTP_PUT },
    { ngx_string("PATCH"), NGX_HTTP_PATCH },
    { ngx_string("DELETE"), NGX_HTTP_DELETE },
    { ngx_string("OPTIONS"), NGX_HTTP_OPTIONS },
    { ngx_string("MKCOL"), NGX_HTTP_MKCOL },
    { ngx_string("COPY"), NGX_HTTP_COPY },
    { ngx_string("MOVE"), NGX_HTTP_MOVE },
    { ngx_string("PROPFIND"), NGX_HTTP_PROPFIND },
    { ngx_string("PROPPATCH"), NGX_HTTP_PROPPATCH },
    { ngx_string("LOCK"), NGX_HTTP_LOCK },
    { ngx_string("UNLOCK"), NGX_HTTP_UNLOCK },
    { ngx_null_string, 0 }
};


/* The response to HEAD discloses what is in the header of that to GET. */

ngx_int_t
ngx_http_certbound_read_methods(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_str_t list, ngx_uint_t *methods)
{
    u_char      *p, *last;
    ngx_str_t    name;
    ngx_uint_t   bit, bits;

    bits = 0;
    p = list.data;
    last = list.data + list.len;

    for ( ;; ) {

        name.data = p;

        while (p < last && *p != ',') {
            p++;
        }

        name.len = p - name.data;

        bit = ngx_http_certbound_find_method(&name);

        if (bit == 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid method \"%V\" in \"%V\" directive, "
                               "it must be one of GET, HEAD, POST, PUT, PATCH, "
                               "DELETE, OPTIONS, MKCOL, COPY, MOVE, PROPFIND, "
                               "PROPPATCH, LOCK, UNLOCK",
                               &name, &cmd->name);
            return NGX_ERROR;
        }

        if (bits & bit) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "duplicate method \"%V\" in \"%V\" directive",
                               &name, &cmd->name);
            return NGX_ERROR;
        }

        bits |= bit;

        if (p == last) {
            break;
        }

        p++;
    }

    if (bits & NGX_HTTP_GET) {
        bits |= NGX_HTTP_HEAD;
    }

    *methods = bits;

    return NGX_OK;
}


static ngx_uint_t
ngx_http_certbound_find_method(ngx_str_t *name)
{
    ngx_http_certbound_method_t  *method;

    for (method = ngx_http_certbound_methods; method->bit; method++) {

        if (method->name.len == name->len
            && ngx_memcmp(method->name.data, name->data, name->len) == 0)
        {
            return method->bit;
        }
    }

    return 0;
}


/* Returns whether one of these methods has no name here. */

ngx_uint_t
ngx_http_certbound_has_unnamed(ngx_uint_t methods)
{
    ngx_http_certbound_method_t  *method;

    for (method = ngx_http_certbound_methods; method->bit; method++) {
        methods &= ~method->bit;
    }

    return methods != 0;
}
