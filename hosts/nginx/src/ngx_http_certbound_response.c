
/*
 * certbound: receives the response of the introspection location.
 *
 * Filters take the response from the subrequest before any other filter, and
 * pass nothing on.
 */


#include "ngx_http_certbound_introspection.h"


static ngx_int_t ngx_http_certbound_header_filter(ngx_http_request_t *r);
static ngx_int_t ngx_http_certbound_body_filter(ngx_http_request_t *r,
    ngx_chain_t *in);
static void ngx_http_certbound_append(ngx_http_certbound_question_t *question,
    u_char *data, size_t len);
static void ngx_http_certbound_fail(ngx_http_certbound_question_t *question,
    certbound_status status, const char *detail);
static void ngx_http_certbound_wake(ngx_http_certbound_question_t *question);


static ngx_http_output_header_filter_pt  ngx_http_next_header_filter;
static ngx_http_output_body_filter_pt    ngx_http_next_body_filter;


void
ngx_http_certbound_init_filters(ngx_http_certbound_main_conf_t *cmcf)
{
    if (cmcf->endpoints.nelts == 0) {
        return;
    }

    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_certbound_header_filter;

    ngx_http_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_http_certbound_body_filter;
}


/*
 * Returns the question of the subrequest that asks it, or NULL.  Redirects
 * clear the contexts of modules, but not the handler.
 */

ngx_http_certbound_question_t *
ngx_http_certbound_get_question(ngx_http_request_t *r)
{
    if (r->post_subrequest == NULL
        || r->post_subrequest->handler != ngx_http_certbound_answered)
    {
        return NULL;
    }

    return r->post_subrequest->data;
}


/*
 * With certbound on, the location would ask itself.  If clients could send
 * requests there, they would ask the issuer in the name of this server.
 */

ngx_int_t
ngx_http_certbound_check_subrequest(ngx_http_request_t *r,
    ngx_http_certbound_question_t *question)
{
    ngx_http_core_loc_conf_t       *core;
    ngx_http_certbound_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_certbound_module);
    core = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (clcf->enable) {
        ngx_http_certbound_fail(question, CERTBOUND_INTROSPECTION_UNAVAILABLE,
                                "\"certbound\" is on in the introspection "
                                "location: set \"certbound off\" there");
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (!core->internal && !core->named) {
        ngx_http_certbound_fail(question, CERTBOUND_INTROSPECTION_UNAVAILABLE,
                                "the introspection location is open to "
                                "clients, or does not exist: "
                                "set \"internal\" there");
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return NGX_DECLINED;
}


static ngx_int_t
ngx_http_certbound_header_filter(ngx_http_request_t *r)
{
    ngx_http_certbound_question_t  *question;

    question = ngx_http_certbound_get_question(r);

    if (question == NULL) {
        return ngx_http_next_header_filter(r);
    }

    r->header_sent = 1;

    if (r->headers_out.status == NGX_HTTP_SWITCHING_PROTOCOLS) {
        return NGX_HTTP_BAD_GATEWAY;
    }

    if (r->headers_out.content_length_n > NGX_HTTP_CERTBOUND_RESPONSE_MAX) {
        ngx_http_certbound_fail(question, CERTBOUND_INTROSPECTION_TOO_LONG,
                                NULL);
        return NGX_HTTP_BAD_GATEWAY;
    }

    if (r->upstream) {

        /*
         * A buffered response would go to a file of any length before we see
         * it, because a background subrequest is never the active one.
         */

        r->upstream->buffering = 0;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_certbound_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_buf_t                      *b;
    ngx_http_certbound_question_t  *question;

    question = ngx_http_certbound_get_question(r);

    if (question == NULL) {
        return ngx_http_next_body_filter(r, in);
    }

    for ( /* void */ ; in; in = in->next) {
        b = in->buf;

        if (ngx_buf_in_memory(b)) {
            ngx_http_certbound_append(question, b->pos, b->last - b->pos);
            b->pos = b->last;

        } else if (b->in_file) {
            ngx_http_certbound_fail(question,
                                    CERTBOUND_INTROSPECTION_UNAVAILABLE,
                                    "the response comes from a file: "
                                    "remove \"proxy_cache\", and use "
                                    "\"certbound_introspection_cache\"");
            b->file_pos = b->file_last;
        }

        if (b->last_buf || b->last_in_chain) {
            question->complete = 1;
        }
    }

    return NGX_OK;
}


static void
ngx_http_certbound_append(ngx_http_certbound_question_t *question, u_char *data,
    size_t len)
{
    size_t      size;
    u_char     *p;
    ngx_str_t  *response;

    if (question->status != CERTBOUND_OK || question->done || len == 0) {
        return;
    }

    response = &question->response;

    if (len > NGX_HTTP_CERTBOUND_RESPONSE_MAX - response->len) {
        ngx_http_certbound_fail(question, CERTBOUND_INTROSPECTION_TOO_LONG,
                                NULL);

        /*
         * An error of a filter would close the connection of the client, so
         * the upstream is closed after this event.
         */

        ngx_add_timer(&question->timeout, 1);
        return;
    }

    if (len > question->size - response->len) {
        size = ngx_max(question->size * 2, response->len + len);
        size = ngx_max(size, 2048);

        p = ngx_palloc(question->request->pool, size);
        if (p == NULL) {
            ngx_http_certbound_fail(question, CERTBOUND_OUT_OF_MEMORY, NULL);
            return;
        }

        if (response->len) {
            ngx_memcpy(p, response->data, response->len);
            ngx_pfree(question->request->pool, response->data);
        }

        response->data = p;
        question->size = size;
    }

    ngx_memcpy(response->data + response->len, data, len);
    response->len += len;
}


/*
 * The subrequest has ended.  Its errors are those of the response, and must
 * neither reach the client nor end its request.
 */

ngx_int_t
ngx_http_certbound_answered(ngx_http_request_t *r, void *data, ngx_int_t rc)
{
    ngx_http_certbound_question_t  *question = data;

    ngx_uint_t         status;
    ngx_connection_t  *c;

    c = r->connection;

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, c->log, 0,
                   "certbound: answered: %i, status %ui",
                   rc, r->headers_out.status);

    if (!question->done) {

        if (question->status == CERTBOUND_OK) {
            (void) ngx_http_certbound_check_subrequest(r, question);
        }

        status = (rc >= NGX_HTTP_SPECIAL_RESPONSE) ? (ngx_uint_t) rc
                                                   : r->headers_out.status;

        if (question->status != CERTBOUND_OK) {

            /* the first failure is the cause of all others */

        } else if (status >= NGX_HTTP_INTERNAL_SERVER_ERROR
                   || status == NGX_HTTP_TOO_MANY_REQUESTS)
        {
            question->http_status = status;
            ngx_http_certbound_fail(question,
                                    CERTBOUND_INTROSPECTION_UNAVAILABLE, NULL);

        } else if (status && status != NGX_HTTP_OK) {
            question->http_status = status;
            ngx_http_certbound_fail(question, CERTBOUND_INTROSPECTION_REFUSED,
                                    NULL);

        } else if (rc != NGX_OK || !question->complete) {
            ngx_http_certbound_fail(question,
                                    CERTBOUND_INTROSPECTION_UNAVAILABLE,
                                    "the response ended too early");
        }

        ngx_http_certbound_wake(question);
    }

    return (c->error || c->timedout) ? rc : NGX_OK;
}


/* The response is too long, or not complete in time. */

void
ngx_http_certbound_give_up(ngx_event_t *ev)
{
    ngx_connection_t               *c;
    ngx_http_request_t             *sr;
    ngx_http_cleanup_pt             cleanup;
    ngx_http_certbound_question_t  *question;

    question = (ngx_http_certbound_question_t *)
                   ((u_char *) ev
                    - offsetof(ngx_http_certbound_question_t, timeout));

    sr = question->subrequest;
    c = sr->connection;

    ngx_http_set_log_request(c->log, sr);

    if (question->status == CERTBOUND_OK) {
        ngx_http_certbound_fail(question, CERTBOUND_INTROSPECTION_UNAVAILABLE,
                                "no complete response in time");
    }

    ngx_http_certbound_wake(question);

    if (sr->upstream && sr->upstream->cleanup) {

        /*
         * Closes the upstream, and ends the subrequest without calling us.
         * A subrequest without an upstream ends by itself; until then the
         * client's request is kept, but is answered now.
         */

        sr->read_event_handler = ngx_http_request_empty_handler;
        sr->write_event_handler = ngx_http_request_empty_handler;

        cleanup = *sr->upstream->cleanup;
        cleanup(sr);
    }

    ngx_http_run_posted_requests(c);
}


static void
ngx_http_certbound_fail(ngx_http_certbound_question_t *question,
    certbound_status status, const char *detail)
{
    question->status = status;
    question->detail = detail;
}


/* Continues with the request that waits. */

static void
ngx_http_certbound_wake(ngx_http_certbound_question_t *question)
{
    ngx_http_request_t  *r;

    r = question->request;

    question->done = 1;

    if (question->timeout.timer_set) {
        ngx_del_timer(&question->timeout);
    }

    /* the upstream's would be misleading */

    r->connection->log->action = question->action;

    /* this allocates nothing, so it cannot fail and leave r waiting */

    (void) ngx_http_post_request(r, &question->posted);
}
