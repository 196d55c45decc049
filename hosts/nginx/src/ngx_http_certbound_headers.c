
/*
 * certbound: finds headers.
 */


#include "ngx_http_certbound.h"


/*
 * Finds the value of a header of the request.  Returns NGX_DECLINED without
 * such a header, and NGX_ERROR if there are several.
 */

ngx_int_t
ngx_http_certbound_find_header(ngx_http_request_t *r, ngx_str_t *name,
    ngx_str_t *value)
{
    ngx_int_t         rc;
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *header;

    rc = NGX_DECLINED;

    part = &r->headers_in.headers.part;
    i = 0;

    while ((header = ngx_http_certbound_next_header(&part, &i)) != NULL) {

        if (header->hash == 0
            || header->key.len != name->len
            || ngx_strncasecmp(header->key.data, name->data, name->len) != 0)
        {
            continue;
        }

        if (rc == NGX_OK) {
            return NGX_ERROR;
        }

        *value = header->value;
        rc = NGX_OK;
    }

    return rc;
}


/* Returns the header at this place in a list, or NULL after the last one. */

ngx_table_elt_t *
ngx_http_certbound_next_header(ngx_list_part_t **part, ngx_uint_t *i)
{
    ngx_table_elt_t  *header;

    while (*i >= (*part)->nelts) {

        if ((*part)->next == NULL) {
            return NULL;
        }

        *part = (*part)->next;
        *i = 0;
    }

    header = (*part)->elts;

    return &header[(*i)++];
}
