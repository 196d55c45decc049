
/*
 * certbound: prepares the keys of JWK Sets.
 *
 * All verifiers share the keys of a file: the tables of the keys cost memory
 * and time, a verifier costs hardly any.
 */


#include "ngx_http_certbound.h"


typedef struct {
    ngx_http_certbound_jwks_t  *jwks;
    ngx_uint_t                  level;
    ngx_log_t                  *log;
} ngx_http_certbound_unusable_t;


static ngx_int_t ngx_http_certbound_count_keys(
    ngx_http_certbound_jwks_t *jwks, ngx_str_t *text, size_t *usable,
    ngx_http_certbound_failure_t *failure, ngx_uint_t level, ngx_log_t *log);
static void ngx_http_certbound_log_unusable_key(void *context, size_t index,
    certbound_text kid, uint32_t reason);
static u_char *ngx_http_certbound_escape(u_char *dst, u_char *last,
    certbound_text *text);


/* Returns the JWK Set of a file, and reads it on first use. */

ngx_http_certbound_jwks_t *
ngx_http_certbound_get_jwks(ngx_conf_t *cf, ngx_http_certbound_source_t *source)
{
    u_char                            buf[NGX_MAX_CONF_ERRSTR], *last;
    ngx_uint_t                        i;
    ngx_http_certbound_jwks_t        *jwks, **files, **slot;
    ngx_http_certbound_failure_t      failure;
    ngx_http_certbound_main_conf_t   *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_certbound_module);

    files = cmcf->jwks.elts;

    for (i = 0; i < cmcf->jwks.nelts; i++) {
        if (files[i]->path.len == source->path.len
            && ngx_strncmp(files[i]->path.data, source->path.data,
                           source->path.len)
               == 0)
        {
            return files[i];
        }
    }

    jwks = ngx_pcalloc(cf->pool, sizeof(ngx_http_certbound_jwks_t));
    if (jwks == NULL) {
        return NULL;
    }

    if (ngx_array_init(&jwks->verifiers, cf->pool, 4,
                       sizeof(ngx_http_certbound_verifier_t *))
        != NGX_OK)
    {
        return NULL;
    }

    jwks->source = source;
    jwks->path = source->path;

    slot = ngx_array_push(&cmcf->jwks);
    if (slot == NULL) {
        return NULL;
    }

    *slot = jwks;

    if (ngx_http_certbound_read_jwks(jwks, &jwks->text, &failure, cf->log)
        == NGX_OK
        && ngx_http_certbound_make_keys(jwks, &jwks->text, &failure,
                                        NGX_LOG_WARN, cf->log)
           == NGX_OK)
    {
        ngx_http_certbound_swap_keys(jwks);
        return jwks;
    }

    last = ngx_http_certbound_format_failure(buf, buf + sizeof(buf), &failure);

    ngx_log_error(NGX_LOG_EMERG, cf->log, failure.err,
                  "%V \"%V\" in %s:%ui: %*s",
                  source->directive, &source->path, source->place.file,
                  source->place.line, (size_t) (last - buf), buf);

    return NULL;
}


/* No verifier may still refer to the keys. */

void
ngx_http_certbound_free_jwks(ngx_http_certbound_main_conf_t *cmcf)
{
    ngx_uint_t                   i;
    ngx_http_certbound_jwks_t  **files;

    files = cmcf->jwks.elts;

    for (i = 0; i < cmcf->jwks.nelts; i++) {

        if (files[i]->keys.memory) {
            ngx_free(files[i]->keys.memory);
        }

        if (files[i]->text.data) {
            ngx_free(files[i]->text.data);
        }
    }
}


/*
 * Prepares the keys of a JWK Set.  They stay unused until they are swapped with
 * the old ones.  A JWK Set that lists no keys withdraws all of them.
 */

ngx_int_t
ngx_http_certbound_make_keys(ngx_http_certbound_jwks_t *jwks, ngx_str_t *text,
    ngx_http_certbound_failure_t *failure, ngx_uint_t level, ngx_log_t *log)
{
    size_t                      size;
    ngx_http_certbound_keys_t  *keys;

    keys = &jwks->new_keys;

    if (ngx_http_certbound_count_keys(jwks, text, &keys->usable, failure,
                                      level, log)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    /* servers have the memory: large tables verify new tokens fastest */

    failure->status = certbound_keys_size((char *) text->data, text->len,
                                          CERTBOUND_TABLES_LARGE, &size);
    if (failure->status != CERTBOUND_OK) {
        return NGX_ERROR;
    }

    keys->memory = ngx_http_certbound_alloc(size, failure, log);
    if (keys->memory == NULL) {
        return NGX_ERROR;
    }

    failure->status = certbound_keys_init(keys->memory, size,
                                          (char *) text->data, text->len,
                                          CERTBOUND_TABLES_LARGE, NULL, NULL,
                                          &keys->keys);

    if (failure->status != CERTBOUND_OK) {
        ngx_http_certbound_discard_keys(jwks);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* No verifier may still refer to the old keys. */

void
ngx_http_certbound_swap_keys(ngx_http_certbound_jwks_t *jwks)
{
    if (jwks->keys.memory) {
        ngx_free(jwks->keys.memory);
    }

    jwks->keys = jwks->new_keys;

    ngx_memzero(&jwks->new_keys, sizeof(ngx_http_certbound_keys_t));
}


void
ngx_http_certbound_discard_keys(ngx_http_certbound_jwks_t *jwks)
{
    if (jwks->new_keys.memory) {
        ngx_free(jwks->new_keys.memory);
    }

    ngx_memzero(&jwks->new_keys, sizeof(ngx_http_certbound_keys_t));
}


/* Counts the usable keys, and logs the reason for each unusable one. */

static ngx_int_t
ngx_http_certbound_count_keys(ngx_http_certbound_jwks_t *jwks, ngx_str_t *text,
    size_t *usable, ngx_http_certbound_failure_t *failure, ngx_uint_t level,
    ngx_log_t *log)
{
    ngx_http_certbound_unusable_t  unusable;

    ngx_memzero(failure, sizeof(ngx_http_certbound_failure_t));

    unusable.jwks = jwks;
    unusable.level = level;
    unusable.log = log;

    failure->status = certbound_jwks_count((char *) text->data, text->len,
                                           ngx_http_certbound_log_unusable_key,
                                           &unusable, usable);

    if (failure->status == CERTBOUND_OK && *usable > NGX_HTTP_CERTBOUND_KEYS) {
        failure->status = CERTBOUND_KEY_SET_FULL;
    }

    return (failure->status == CERTBOUND_OK) ? NGX_OK : NGX_ERROR;
}


static void
ngx_http_certbound_log_unusable_key(void *context, size_t index,
    certbound_text kid, uint32_t reason)
{
    ngx_http_certbound_unusable_t  *unusable = context;

    u_char  name[256], *last;

    last = ngx_http_certbound_escape(name, name + sizeof(name), &kid);

    ngx_log_error(unusable->level, unusable->log, 0,
                  "certbound: key %uz \"%*s\" of \"%V\" is unusable: "
                  "%s: %s; expected %s; %s",
                  index, (size_t) (last - name), name, &unusable->jwks->path,
                  certbound_status_name(reason),
                  certbound_status_found(reason),
                  certbound_status_wanted(reason),
                  certbound_status_remedy(reason));
}


/* Escapes like the access log, and truncates to the buffer. */

static u_char *
ngx_http_certbound_escape(u_char *dst, u_char *last, certbound_text *text)
{
    u_char         ch;
    size_t         i;
    static u_char  hex[] = "0123456789ABCDEF";

    for (i = 0; i < text->len && last - dst >= 4; i++) {
        ch = (u_char) text->data[i];

        if (ch < 0x20 || ch >= 0x7f || ch == '"' || ch == '\\') {
            *dst++ = '\\';
            *dst++ = 'x';
            *dst++ = hex[ch >> 4];
            *dst++ = hex[ch & 0xf];

        } else {
            *dst++ = ch;
        }
    }

    return dst;
}
