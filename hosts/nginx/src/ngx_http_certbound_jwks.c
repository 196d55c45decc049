
/*
 * certbound: reads a JWK Set from its file.
 */


#include "ngx_http_certbound.h"


/* Maximum size of a JWK Set, in bytes: the library's limit. */
#define NGX_HTTP_CERTBOUND_JWKS_LEN  (256 * 1024)


static ngx_int_t ngx_http_certbound_read_fd(ngx_fd_t fd, ngx_str_t *text,
    ngx_http_certbound_failure_t *failure, ngx_log_t *log);
static void ngx_http_certbound_get_file(ngx_http_certbound_file_t *file,
    ngx_file_info_t *fi);


/*
 * Reads the file into memory that the caller must free, and records the state
 * of the file.
 */

ngx_int_t
ngx_http_certbound_read_jwks(ngx_http_certbound_jwks_t *jwks, ngx_str_t *text,
    ngx_http_certbound_failure_t *failure, ngx_log_t *log)
{
    time_t            now;
    ngx_fd_t          fd;
    ngx_int_t         rc;
    ngx_file_info_t   fi;

    ngx_memzero(failure, sizeof(ngx_http_certbound_failure_t));

    /* retry after a failure, even if the file does not change */

    ngx_memzero(&jwks->file, sizeof(ngx_http_certbound_file_t));

    /* a pipe must not block the worker */

    fd = ngx_open_file(jwks->path.data, NGX_FILE_RDONLY|NGX_FILE_NONBLOCK,
                       NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        failure->err = ngx_errno;
        failure->action = ngx_open_file_n " failed";
        return NGX_ERROR;
    }

    rc = NGX_ERROR;

    if (ngx_fd_info(fd, &fi) == NGX_FILE_ERROR) {
        failure->err = ngx_errno;
        failure->action = ngx_fd_info_n " failed";
        goto done;
    }

    ngx_http_certbound_get_file(&failure->file, &fi);

    if (!ngx_is_file(&fi)) {
        failure->action = "it is not a regular file";

        if (ngx_is_dir(&fi)) {
            failure->action = "it is a directory";
        }

        goto done;
    }

    if (ngx_file_size(&fi) > NGX_HTTP_CERTBOUND_JWKS_LEN) {
        failure->status = CERTBOUND_JSON_TOO_LONG;
        goto done;
    }

    rc = ngx_http_certbound_read_fd(fd, text, failure, log);

    if (rc == NGX_OK) {
        jwks->file = failure->file;

        /* file times may have a resolution of two seconds */

        now = time(NULL);
        jwks->recent = (now - 2 <= jwks->file.modified.tv_sec
                       || now - 2 <= jwks->file.changed.tv_sec);
    }

done:

    if (ngx_close_file(fd) == NGX_FILE_ERROR) {
        ngx_log_error(NGX_LOG_ALERT, log, ngx_errno,
                      ngx_close_file_n " \"%V\" failed", &jwks->path);
    }

    return rc;
}


static ngx_int_t
ngx_http_certbound_read_fd(ngx_fd_t fd, ngx_str_t *text,
    ngx_http_certbound_failure_t *failure, ngx_log_t *log)
{
    size_t    len;
    u_char   *data;
    ssize_t   n;

    /* one more byte, to detect a growing file */

    data = ngx_http_certbound_alloc(NGX_HTTP_CERTBOUND_JWKS_LEN + 1, failure,
                                    log);
    if (data == NULL) {
        return NGX_ERROR;
    }

    for (len = 0; len <= NGX_HTTP_CERTBOUND_JWKS_LEN; len += n) {

        n = ngx_read_fd(fd, data + len, NGX_HTTP_CERTBOUND_JWKS_LEN + 1 - len);

        if (n == -1) {
            failure->err = ngx_errno;
            failure->action = ngx_read_fd_n " failed";
            ngx_free(data);
            return NGX_ERROR;
        }

        if (n == 0) {
            text->data = data;
            text->len = len;
            return NGX_OK;
        }
    }

    failure->status = CERTBOUND_JSON_TOO_LONG;
    ngx_free(data);

    return NGX_ERROR;
}


/* Returns whether the file is unchanged since it was read. */

ngx_uint_t
ngx_http_certbound_same_file(ngx_http_certbound_file_t *file,
    ngx_file_info_t *fi)
{
    ngx_http_certbound_file_t  now;

    ngx_http_certbound_get_file(&now, fi);

    return ngx_memcmp(file, &now, sizeof(ngx_http_certbound_file_t)) == 0;
}


static void
ngx_http_certbound_get_file(ngx_http_certbound_file_t *file,
    ngx_file_info_t *fi)
{
    /* clears padding, for ngx_memcmp() */

    ngx_memzero(file, sizeof(ngx_http_certbound_file_t));

    file->device = fi->st_dev;
    file->inode = fi->st_ino;
    file->size = fi->st_size;

#if (NGX_DARWIN)
    file->modified = fi->st_mtimespec;
    file->changed = fi->st_ctimespec;
#else
    file->modified = fi->st_mtim;
    file->changed = fi->st_ctim;
#endif
}
