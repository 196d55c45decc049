
/*
 * certbound: why keys or verifiers are not loaded, and the log lines about
 * loading.
 */


#include "ngx_http_certbound.h"


/* Allocates memory, or records the failure. */

void *
ngx_http_certbound_alloc(size_t size, ngx_http_certbound_failure_t *failure,
    ngx_log_t *log)
{
    void  *p;

    p = ngx_alloc(size, log);
    if (p == NULL) {
        failure->err = NGX_ENOMEM;
        failure->action = "malloc() failed";
    }

    return p;
}


ngx_uint_t
ngx_http_certbound_same_failure(ngx_http_certbound_failure_t *one,
    ngx_http_certbound_failure_t *other)
{
    return one->action == other->action
           && one->err == other->err
           && one->status == other->status
           && ngx_memcmp(&one->file, &other->file,
                         sizeof(ngx_http_certbound_file_t))
              == 0;
}


u_char *
ngx_http_certbound_format_failure(u_char *buf, u_char *last,
    ngx_http_certbound_failure_t *failure)
{
    if (failure->status == CERTBOUND_OK) {
        return ngx_slprintf(buf, last, "%s", failure->action);
    }

    if (failure->status == CERTBOUND_KEY_SET_FULL) {

        /* the library's text refers to its interface */

        return ngx_slprintf(buf, last,
                            "%s: the JWK Set has too many usable keys; "
                            "expected at most %d; "
                            "ask the issuer to publish fewer",
                            certbound_status_name(failure->status),
                            NGX_HTTP_CERTBOUND_KEYS);
    }

    return ngx_slprintf(buf, last, "%s: %s; expected %s; %s",
                        certbound_status_name(failure->status),
                        certbound_status_found(failure->status),
                        certbound_status_wanted(failure->status),
                        certbound_status_remedy(failure->status));
}


/* An issuer may withdraw all of its keys, but rarely intends to. */

void
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


void
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
