
/*
 * certbound: reloads changed JWK Sets, in each worker.
 *
 * A worker also copies the JWK Set that it loads to shared memory.  A worker
 * that replaces a dead one starts with the keys of the configuration, and the
 * file may be unusable by then.
 */


#include "ngx_http_certbound.h"


/* In milliseconds.  A change must be detected within 5 seconds. */
#define NGX_HTTP_CERTBOUND_POLL_INTERVAL  1000

/* Shared memory for one JWK Set: the old one, the new one, and overhead. */
#define NGX_HTTP_CERTBOUND_SHARED_SIZE    (3 * 256 * 1024)


static ngx_int_t ngx_http_certbound_init_zone(ngx_shm_zone_t *zone, void *data);
static void ngx_http_certbound_poll_handler(ngx_event_t *ev);
static void ngx_http_certbound_poll(ngx_http_certbound_main_conf_t *cmcf,
    ngx_uint_t first, ngx_log_t *log);
static ngx_int_t ngx_http_certbound_poll_file(ngx_http_certbound_jwks_t *jwks,
    ngx_uint_t first, ngx_log_t *log);
static void ngx_http_certbound_log_loaded(ngx_http_certbound_jwks_t *jwks,
    const char *how, ngx_log_t *log);
static void ngx_http_certbound_log_not_loaded(ngx_http_certbound_jwks_t *jwks,
    ngx_http_certbound_failure_t *failure, ngx_log_t *log);
static void ngx_http_certbound_share(ngx_http_certbound_jwks_t *jwks,
    ngx_slab_pool_t *shpool, ngx_log_t *log);
static void ngx_http_certbound_load_shared(ngx_http_certbound_jwks_t *jwks,
    ngx_slab_pool_t *shpool, ngx_log_t *log);


/* Debug logs expect a connection in the data of an event. */
static ngx_event_t       ngx_http_certbound_event;
static ngx_connection_t  ngx_http_certbound_connection;


ngx_int_t
ngx_http_certbound_init_watch(ngx_conf_t *cf,
    ngx_http_certbound_main_conf_t *cmcf)
{
    ngx_str_t  name = ngx_string("certbound_jwks");

    if (cmcf->jwks.nelts == 0) {
        return NGX_OK;
    }

    cmcf->zone = ngx_shared_memory_add(cf, &name,
                           cmcf->jwks.nelts * NGX_HTTP_CERTBOUND_SHARED_SIZE,
                           &ngx_http_certbound_module);
    if (cmcf->zone == NULL) {
        return NGX_ERROR;
    }

    cmcf->zone->init = ngx_http_certbound_init_zone;
    cmcf->zone->data = cmcf;

    /* a new configuration reads the files itself */

    cmcf->zone->noreuse = 1;

    return NGX_OK;
}


static ngx_int_t
ngx_http_certbound_init_zone(ngx_shm_zone_t *zone, void *data)
{
    ngx_http_certbound_main_conf_t  *cmcf = zone->data;

    ngx_uint_t                    i;
    ngx_slab_pool_t              *shpool;
    ngx_http_certbound_jwks_t   **files;
    ngx_http_certbound_shared_t  *shared;

    shpool = (ngx_slab_pool_t *) zone->shm.addr;
    files = cmcf->jwks.elts;

    shared = ngx_slab_calloc(shpool, cmcf->jwks.nelts
                                     * sizeof(ngx_http_certbound_shared_t));
    if (shared == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < cmcf->jwks.nelts; i++) {
        files[i]->shared = &shared[i];
    }

    return NGX_OK;
}


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
    ngx_uint_t                   i;
    ngx_slab_pool_t             *shpool;
    ngx_http_certbound_jwks_t  **files;

    if (cmcf->zone == NULL) {
        return;
    }

    shpool = (ngx_slab_pool_t *) cmcf->zone->shm.addr;
    files = cmcf->jwks.elts;

    for (i = 0; i < cmcf->jwks.nelts; i++) {

        switch (ngx_http_certbound_poll_file(files[i], first, log)) {

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


/* An issuer may withdraw all of its keys, but rarely intends to. */

static void
ngx_http_certbound_log_loaded(ngx_http_certbound_jwks_t *jwks, const char *how,
    ngx_log_t *log)
{
    if (jwks->keys.usable == 0) {
        ngx_log_error(NGX_LOG_ERR, log, 0,
                      "certbound: keys of \"%V\" %s: the JWK Set lists no "
                      "keys: all are withdrawn, and every token %sis rejected",
                      &jwks->path, how,
                      jwks->among_others ? "signed with them " : "");
        return;
    }

    ngx_log_error(NGX_LOG_NOTICE, log, 0,
                  "certbound: keys of \"%V\" %s: %uz usable",
                  &jwks->path, how, jwks->keys.usable);
}


static void
ngx_http_certbound_log_not_loaded(ngx_http_certbound_jwks_t *jwks,
    ngx_http_certbound_failure_t *failure, ngx_log_t *log)
{
    u_char  buf[NGX_MAX_CONF_ERRSTR], *last;

    last = ngx_http_certbound_format_failure(buf, buf + sizeof(buf), failure);

    ngx_log_error(NGX_LOG_ERR, log, failure->err,
                  "certbound: keys of \"%V\" not loaded: %*s; "
                  "the old keys remain in use",
                  &jwks->path, (size_t) (last - buf), buf);
}


/* Shares the loaded JWK Set with workers that can no longer read it. */

static void
ngx_http_certbound_share(ngx_http_certbound_jwks_t *jwks,
    ngx_slab_pool_t *shpool, ngx_log_t *log)
{
    ngx_str_t                    *text, *old;
    ngx_http_certbound_shared_t  *shared;

    shared = jwks->shared;

    ngx_shmtx_lock(&shpool->mutex);

    old = shared->text;

    if (old == NULL
        || old->len != jwks->text.len
        || ngx_memcmp(old->data, jwks->text.data, old->len) != 0)
    {
        text = ngx_slab_alloc_locked(shpool,
                                     sizeof(ngx_str_t) + jwks->text.len);
        if (text == NULL) {
            ngx_shmtx_unlock(&shpool->mutex);
            ngx_log_error(NGX_LOG_ALERT, log, 0,
                          "certbound: keys of \"%V\" do not fit into "
                          "shared memory", &jwks->path);
            return;
        }

        text->data = (u_char *) text + sizeof(ngx_str_t);
        text->len = jwks->text.len;
        ngx_memcpy(text->data, jwks->text.data, text->len);

        /* a worker may be killed at any point here */

        shared->text = text;
        shared->generation++;

        if (old) {
            ngx_slab_free_locked(shpool, old);
        }
    }

    jwks->generation = shared->generation;

    ngx_shmtx_unlock(&shpool->mutex);
}


/* Loads the JWK Set that another worker has shared, if it is newer. */

static void
ngx_http_certbound_load_shared(ngx_http_certbound_jwks_t *jwks,
    ngx_slab_pool_t *shpool, ngx_log_t *log)
{
    ngx_str_t                     text;
    ngx_atomic_uint_t             generation;
    ngx_http_certbound_shared_t  *shared;
    ngx_http_certbound_failure_t  failure;

    shared = jwks->shared;

    if (jwks->generation == shared->generation) {
        return;
    }

    ngx_shmtx_lock(&shpool->mutex);

    text.len = shared->text->len;
    text.data = ngx_alloc(ngx_max(text.len, 1), log);

    if (text.data == NULL) {
        ngx_shmtx_unlock(&shpool->mutex);
        return;
    }

    ngx_memcpy(text.data, shared->text->data, text.len);

    generation = shared->generation;

    ngx_shmtx_unlock(&shpool->mutex);

    if (ngx_http_certbound_renew_verifiers(jwks, &text, &failure, log)
        == NGX_OK)
    {
        jwks->generation = generation;

        ngx_http_certbound_log_loaded(jwks, "copied from another worker", log);

    } else {

        /* without memory the next poll tries again */

        if (failure.err != NGX_ENOMEM) {
            jwks->generation = generation;
        }

        ngx_http_certbound_log_not_loaded(jwks, &failure, log);
    }

    ngx_free(text.data);
}
