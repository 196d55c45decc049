
/*
 * certbound: shared memory, with the JWK Sets that workers have loaded.
 *
 * A worker that replaces a dead one starts with the keys of the configuration,
 * and the file may be unusable by then.  It gets the newest keys from here.
 */


#include "ngx_http_certbound.h"


/* Shared memory for one JWK Set: the old one, the new one, and overhead. */
#define NGX_HTTP_CERTBOUND_SHARED_SIZE    (3 * 256 * 1024)


static ngx_int_t ngx_http_certbound_init_zone(ngx_shm_zone_t *zone, void *data);


ngx_int_t
ngx_http_certbound_init_shared(ngx_conf_t *cf,
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
        shared[i].loaded = ngx_time();
        shared[i].usable = files[i]->keys.usable;

        files[i]->shared = &shared[i];
    }

    return NGX_OK;
}


/* Returns the memory of a zone that consists of one piece, or NULL. */

void *
ngx_http_certbound_get_shared(ngx_shm_zone_t *zone, size_t size)
{
    ngx_slab_pool_t  *shpool;

    shpool = (ngx_slab_pool_t *) zone->shm.addr;

    if (!zone->shm.exists) {
        shpool->data = ngx_slab_calloc(shpool, size);
    }

    return shpool->data;
}


/* Shares the loaded JWK Set with workers that can no longer read it. */

void
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
        shared->loaded = ngx_time();
        shared->usable = jwks->keys.usable;

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

void
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
