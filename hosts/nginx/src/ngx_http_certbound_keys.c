
/*
 * certbound: prepares the keys of a JWK Set.
 *
 * All verifiers of a file share its keys: the tables of the keys cost memory
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
