
/*
 * certbound: why keys or verifiers are not loaded.
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
