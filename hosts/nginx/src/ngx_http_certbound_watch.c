
/*
 * certbound: reloads changed JWK Sets, in each worker.
 */


#include "ngx_http_certbound.h"


/* In milliseconds.  A change must be detected within 5 seconds. */
#define NGX_HTTP_CERTBOUND_POLL_INTERVAL  1000


static void ngx_http_certbound_poll_handler(ngx_event_t *ev);
static void ngx_http_certbound_poll(ngx_http_certbound_main_conf_t *cmcf,
    ngx_uint_t first, ngx_log_t *log);
static ngx_int_t ngx_http_certbound_poll_file(ngx_http_certbound_jwks_t *jwks,
    ngx_uint_t first, ngx_log_t *log);


/* Debug logs expect a connection in the data of an event. */
static ngx_event_t       ngx_http_certbound_event;
static ngx_connection_t  ngx_http_certbound_connection;


void
ngx_http_certbound_start_watch(ngx_http_certbound_main_conf_t *cmcf,
    ngx_cycle_t *cycle)
{
    if (cmcf->jwks.nelts == 0 && ngx_process == NGX_PROCESS_WORKER) {
        return;
    }

    ngx_http_certbound_poll(cmcf, 1, cycle->log);

    ngx_http_certbound_connection.fd = (ngx_socket_t) -1;
    ngx_http_certbound_connection.data = cmcf;

    ngx_http_certbound_event.handler = ngx_http_certbound_poll_handler;
    ngx_http_certbound_event.data = &ngx_http_certbound_connection;
    ngx_http_certbound_event.log = cycle->log;

    /* runs in a worker that shuts down, but does not delay its exit */

    ngx_http_certbound_event.cancelable = 1;

    ngx_add_timer(&ngx_http_certbound_event, NGX_HTTP_CERTBOUND_POLL_INTERVAL);
}


/* Without a master process a reload keeps the process and its timer. */

void
ngx_http_certbound_move_watch(ngx_http_certbound_main_conf_t *cmcf)
{
    if (ngx_http_certbound_event.timer_set) {
        ngx_http_certbound_connection.data = cmcf;
    }
}


void
ngx_http_certbound_stop_watch(ngx_http_certbound_main_conf_t *cmcf)
{
    if (ngx_http_certbound_event.timer_set
        && ngx_http_certbound_connection.data == cmcf)
    {
        ngx_del_timer(&ngx_http_certbound_event);
    }
}


static void
ngx_http_certbound_poll_handler(ngx_event_t *ev)
{
    ngx_connection_t  *c = ev->data;

    ev->log = ngx_cycle->log;

    ngx_http_certbound_poll(c->data, 0, ev->log);

    ngx_add_timer(ev, NGX_HTTP_CERTBOUND_POLL_INTERVAL);
}


static void
ngx_http_certbound_poll(ngx_http_certbound_main_conf_t *cmcf, ngx_uint_t first,
    ngx_log_t *log)
{
    ngx_int_t                    rc;
    ngx_uint_t                   i;
    ngx_slab_pool_t             *shpool;
    ngx_http_certbound_jwks_t  **files;

    if (cmcf->zone == NULL) {
        return;
    }

    shpool = (ngx_slab_pool_t *) cmcf->zone->shm.addr;
    files = cmcf->jwks.elts;

    for (i = 0; i < cmcf->jwks.nelts; i++) {

        rc = ngx_http_certbound_poll_file(files[i], first, log);

        files[i]->shared->rejected = (rc == NGX_ERROR);

        switch (rc) {

        case NGX_OK:
            ngx_http_certbound_share(files[i], shpool, log);
            break;

        case NGX_ERROR:
            ngx_http_certbound_load_shared(files[i], shpool, log);
            break;

        default: /* NGX_DECLINED */
            break;
        }
    }
}


/*
 * Returns NGX_OK if it loaded new keys, NGX_DECLINED if the keys are already in
 * use, NGX_ERROR if the file is unusable.
 */

static ngx_int_t
ngx_http_certbound_poll_file(ngx_http_certbound_jwks_t *jwks, ngx_uint_t first,
    ngx_log_t *log)
{
    ngx_str_t                     text;
    ngx_uint_t                    same;
    ngx_file_info_t               fi;
    ngx_http_certbound_failure_t  failure;

    if (!first && !jwks->recent
        && ngx_file_info(jwks->path.data, &fi) != NGX_FILE_ERROR
        && ngx_http_certbound_same_file(&jwks->file, &fi))
    {
        return jwks->rejected ? NGX_ERROR : NGX_DECLINED;
    }

    if (ngx_http_certbound_read_jwks(jwks, &text, &failure, log) != NGX_OK) {

        if (ngx_http_certbound_same_failure(&failure, &jwks->failure)) {
            return NGX_ERROR;
        }

        jwks->failure = failure;
        ngx_str_null(&text);
        same = 0;

    } else {
        ngx_memzero(&jwks->failure, sizeof(ngx_http_certbound_failure_t));

        same = (jwks->text.data
                && jwks->text.len == text.len
                && ngx_memcmp(jwks->text.data, text.data, text.len) == 0);
    }

    if (same) {
        ngx_free(text.data);
        return jwks->rejected ? NGX_ERROR : NGX_DECLINED;
    }

    if (jwks->text.data) {
        ngx_free(jwks->text.data);
    }

    jwks->text = text;

    if (text.data
        && ngx_http_certbound_renew_verifiers(jwks, &text, &failure, log)
           == NGX_OK)
    {
        jwks->rejected = 0;

        ngx_http_certbound_log_loaded(jwks, "re-read", log);

        return NGX_OK;
    }

    jwks->rejected = 1;

    ngx_http_certbound_log_not_loaded(jwks, &failure, log);

    if (failure.err == NGX_ENOMEM && jwks->text.data) {

        /*
         * The file may be good, and withdraw a key: forget that it was read,
         * so that the next poll tries again.
         */

        ngx_free(jwks->text.data);
        ngx_str_null(&jwks->text);

        jwks->recent = 1;
    }

    return NGX_ERROR;
}
