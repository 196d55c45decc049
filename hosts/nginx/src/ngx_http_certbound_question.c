
/*
 * certbound: asks the issuer about a token, in a subrequest to the
 * introspection location.
 */


#include "ngx_http_certbound_introspection.h"


static ngx_int_t ngx_http_certbound_init_headers(ngx_http_request_t *r,
    ngx_http_headers_in_t *headers);
static ngx_table_elt_t *ngx_http_certbound_add_header(
    ngx_http_headers_in_t *headers, const char *name, const char *lowcase_name,
    const char *value);
static void ngx_http_certbound_forget_question(void *data);


/*
 * Sends nothing of the client's method, headers and body, whatever the location
 * passes on.  Returns NULL if the subrequest cannot be created.
 */

ngx_http_certbound_question_t *
ngx_http_certbound_ask(ngx_http_request_t *r, ngx_str_t *uri, ngx_str_t *token)
{
    ngx_http_cleanup_t             *cln;
    ngx_http_request_t             *sr;
    ngx_http_headers_in_t           headers;
    ngx_http_request_body_t        *body;
    ngx_http_post_subrequest_t     *ps;
    ngx_http_certbound_question_t  *question;

    question = ngx_pcalloc(r->pool, sizeof(ngx_http_certbound_question_t));
    if (question == NULL) {
        return NULL;
    }

    question->request = r;
    question->token = *token;
    question->status = CERTBOUND_OK;
    question->action = r->connection->log->action;

    question->timeout.handler = ngx_http_certbound_give_up;
    question->timeout.data = r->connection;
    question->timeout.log = r->connection->log;

    ps = ngx_palloc(r->pool, sizeof(ngx_http_post_subrequest_t));
    if (ps == NULL) {
        return NULL;
    }

    ps->handler = ngx_http_certbound_answered;
    ps->data = question;

    if (ngx_http_certbound_init_headers(r, &headers) != NGX_OK) {
        return NULL;
    }

    /* an empty one, so that nginx does not read that of the client */

    body = ngx_pcalloc(r->pool, sizeof(ngx_http_request_body_t));
    if (body == NULL) {
        return NULL;
    }

    cln = ngx_http_cleanup_add(r, 0);
    if (cln == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_certbound_forget_question;
    cln->data = question;

    if (ngx_http_subrequest(r, uri, NULL, &sr, ps,
                            NGX_HTTP_SUBREQUEST_BACKGROUND)
        != NGX_OK)
    {
        return NULL;
    }

    sr->method = NGX_HTTP_POST;
    ngx_str_set(&sr->method_name, "POST");

    sr->headers_in = headers;
    sr->headers_in.headers.last = &sr->headers_in.headers.part;
    sr->request_body = body;
    sr->discard_body = 0;

    question->subrequest = sr;

    ngx_add_timer(&question->timeout, NGX_HTTP_CERTBOUND_RESPONSE_TIMEOUT);

    return question;
}


static ngx_int_t
ngx_http_certbound_init_headers(ngx_http_request_t *r,
    ngx_http_headers_in_t *headers)
{
    ngx_memzero(headers, sizeof(ngx_http_headers_in_t));

    headers->server = r->headers_in.server;
    headers->content_length_n = -1;
    headers->keep_alive_n = -1;

    if (ngx_list_init(&headers->headers, r->pool, 2, sizeof(ngx_table_elt_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    headers->content_type = ngx_http_certbound_add_header(headers,
                                        "Content-Type", "content-type",
                                        "application/x-www-form-urlencoded");
    if (headers->content_type == NULL) {
        return NGX_ERROR;
    }

    if (ngx_http_certbound_add_header(headers, "Accept", "accept",
                                      "application/json")
        == NULL)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_table_elt_t *
ngx_http_certbound_add_header(ngx_http_headers_in_t *headers, const char *name,
    const char *lowcase_name, const char *value)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&headers->headers);
    if (h == NULL) {
        return NULL;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));

    h->key.data = (u_char *) name;
    h->key.len = ngx_strlen(name);
    h->value.data = (u_char *) value;
    h->value.len = ngx_strlen(value);
    h->lowcase_key = (u_char *) lowcase_name;
    h->hash = ngx_hash_key(h->lowcase_key, h->key.len);

    return h;
}


/* The client's request has ended, perhaps before the response. */

static void
ngx_http_certbound_forget_question(void *data)
{
    ngx_http_certbound_question_t  *question = data;

    question->done = 1;

    if (question->timeout.timer_set) {
        ngx_del_timer(&question->timeout);
    }
}
