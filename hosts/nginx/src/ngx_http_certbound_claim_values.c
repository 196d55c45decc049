
/*
 * certbound: the values of variables for claims.
 */


#include "ngx_http_certbound_rules.h"


typedef struct {
    u_char                          *start;
    u_char                          *pos;
    u_char                          *last;
    unsigned                         unfit:1;
} ngx_http_certbound_list_t;


static void ngx_http_certbound_simplify_zero(certbound_text *number);
static ngx_int_t ngx_http_certbound_join(ngx_http_request_t *r,
    certbound_accepted *accepted, ngx_array_t *path, certbound_text *text);
static void ngx_http_certbound_join_element(void *context,
    certbound_claim element);


ngx_int_t
ngx_http_certbound_named_claim_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_int_t                    rc;
    certbound_claim              value;
    certbound_accepted          *accepted;
    ngx_http_certbound_ctx_t    *ctx;
    ngx_http_certbound_claim_t  *claim;

    v->not_found = 1;

    accepted = ngx_http_certbound_get_accepted(r);
    if (accepted == NULL) {
        return NGX_OK;
    }

    ctx = ngx_http_certbound_get_ctx(r);

    claim = ngx_http_certbound_find_claim(ctx->conf->claims, data);

    if (claim == NULL
        || certbound_accepted_claim_at(accepted, claim->path.elts,
                                       claim->path.nelts, &value)
           != CERTBOUND_OK)
    {
        return NGX_OK;
    }

    switch (value.kind) {

    case CERTBOUND_CLAIM_STRING:
        rc = ngx_http_certbound_fits_header(&value.text) ? NGX_OK
                                                         : NGX_DECLINED;
        break;

    case CERTBOUND_CLAIM_NUMBER:
        ngx_http_certbound_simplify_zero(&value.text);
        rc = NGX_OK;
        break;

    case CERTBOUND_CLAIM_BOOLEAN:
        rc = NGX_OK;
        break;

    case CERTBOUND_CLAIM_ARRAY:
        rc = ngx_http_certbound_join(r, accepted, &claim->path, &value.text);
        break;

    default: /* CERTBOUND_CLAIM_NULL, CERTBOUND_CLAIM_OBJECT */
        rc = NGX_DECLINED;
    }

    if (rc != NGX_OK) {
        return (rc == NGX_DECLINED) ? NGX_OK : NGX_ERROR;
    }

    v->data = (u_char *) value.text.data;
    v->len = value.text.len;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


ngx_http_certbound_claim_t *
ngx_http_certbound_find_claim(ngx_array_t *claims, ngx_uint_t variable)
{
    ngx_uint_t                   i;
    ngx_http_certbound_claim_t  *claim;

    if (claims == NULL) {
        return NULL;
    }

    claim = claims->elts;

    for (i = 0; i < claims->nelts; i++) {
        if (claim[i].variable == variable) {
            return &claim[i];
        }
    }

    return NULL;
}


/*
 * JSON has many texts for zero, such as "-0" and "0.0e5".  What compares the
 * variable with "0", as "certbound_require" does, would miss the others.
 */

static void
ngx_http_certbound_simplify_zero(certbound_text *number)
{
    size_t  i;
    u_char  ch;

    for (i = 0; i < number->len; i++) {
        ch = (u_char) number->data[i];

        if (ch >= '1' && ch <= '9') {
            return;
        }

        if (ch == 'e' || ch == 'E') {
            break;
        }
    }

    number->data = "0";
    number->len = 1;
}


/*
 * Joins the elements of an array.  Returns NGX_DECLINED if the text could be
 * that of another array.
 */

static ngx_int_t
ngx_http_certbound_join(ngx_http_request_t *r, certbound_accepted *accepted,
    ngx_array_t *path, certbound_text *text)
{
    ngx_http_certbound_list_t  list;

    /* the JSON text is longer: it has brackets, and its strings quotes */

    list.start = ngx_pnalloc(r->pool, text->len);
    if (list.start == NULL) {
        return NGX_ERROR;
    }

    list.pos = list.start;
    list.last = list.start + text->len;
    list.unfit = 0;

    if (certbound_accepted_elements_at(accepted, path->elts, path->nelts,
                                       ngx_http_certbound_join_element, &list)
        != CERTBOUND_OK
        || list.unfit)
    {
        return NGX_DECLINED;
    }

    text->data = (char *) list.start;
    text->len = list.pos - list.start;

    return NGX_OK;
}


/* An empty element, or one with spaces, would look like none or several. */

static void
ngx_http_certbound_join_element(void *context, certbound_claim element)
{
    ngx_http_certbound_list_t  *list = context;

    certbound_text  *text;

    text = &element.text;

    switch (element.kind) {

    case CERTBOUND_CLAIM_NUMBER:
        ngx_http_certbound_simplify_zero(text);
        break;

    case CERTBOUND_CLAIM_STRING:
    case CERTBOUND_CLAIM_BOOLEAN:
        break;

    default:
        list->unfit = 1;
        return;
    }

    if (text->len == 0
        || ngx_strlchr((u_char *) text->data, (u_char *) text->data + text->len,
                       ' ')
           != NULL
        || !ngx_http_certbound_fits_header(text)
        || (size_t) (list->last - list->pos) <= text->len)
    {
        list->unfit = 1;
        return;
    }

    if (list->pos != list->start) {
        *list->pos++ = ' ';
    }

    list->pos = ngx_cpymem(list->pos, text->data, text->len);
}
