
/*
 * certbound: the issuers' keys.
 *
 * Each file named by "certbound_jwks" is read when the configuration is, and
 * each worker looks every second whether it has changed.  A verifier is made
 * of a file for each policy that uses it.  All verifiers of a file change
 * together, or none does.
 */


#include "ngx_http_certbound.h"


/* What tells one state of a file from another. */
typedef struct {
    dev_t                            device;
    ino_t                            inode;
    off_t                            size;
    struct timespec                  modified;
    struct timespec                  changed;
} ngx_http_certbound_file_t;


/* Why a file cannot be read: the system's word, or the library's. */
typedef struct {
    const char                      *action;
    ngx_err_t                        err;
    certbound_status                 status;
    ngx_http_certbound_file_t        file;
} ngx_http_certbound_failure_t;


struct ngx_http_certbound_jwks_s {
    ngx_str_t                        path;
    ngx_array_t                      verifiers;
                                         /* ngx_http_certbound_verifier_t * */

    /* the file as it was read last, whether it was taken or not */
    ngx_http_certbound_file_t        file;
    ngx_str_t                        text;
    ngx_http_certbound_failure_t     failure;

    /* so new that it may have changed again without a sign of it */
    unsigned                         young:1;

    size_t                           usable;
};


typedef struct {
    ngx_http_certbound_jwks_t       *jwks;
    ngx_log_t                       *log;
    ngx_uint_t                       level;
} ngx_http_certbound_passed_over_t;


static ngx_http_certbound_jwks_t *ngx_http_certbound_get_jwks(ngx_conf_t *cf,
    ngx_http_certbound_loc_conf_t *clcf);
static ngx_uint_t ngx_http_certbound_same_policy(
    ngx_http_certbound_verifier_t *verifier,
    ngx_http_certbound_loc_conf_t *clcf);
static ngx_uint_t ngx_http_certbound_same_texts(const certbound_text *texts,
    size_t n, ngx_array_t *other);

static ngx_int_t ngx_http_certbound_read_file(ngx_http_certbound_jwks_t *jwks,
    ngx_str_t *text, ngx_http_certbound_failure_t *failure, ngx_log_t *log);
static ngx_int_t ngx_http_certbound_count_keys(ngx_http_certbound_jwks_t *jwks,
    size_t *usable, ngx_http_certbound_failure_t *failure, ngx_uint_t level,
    ngx_log_t *log);
static void ngx_http_certbound_tell_passed_over(void *context, size_t index,
    certbound_text kid, uint32_t reason);
static u_char *ngx_http_certbound_escape(u_char *dst, u_char *last,
    certbound_text *text);
static ngx_int_t ngx_http_certbound_make_verifier(
    ngx_http_certbound_verifier_t *verifier, ngx_str_t *text, size_t usable,
    ngx_http_certbound_failure_t *failure, ngx_log_t *log);
static void ngx_http_certbound_swap_verifier(
    ngx_http_certbound_verifier_t *verifier);

static void ngx_http_certbound_look_handler(ngx_event_t *ev);
static void ngx_http_certbound_look(ngx_http_certbound_jwks_t *jwks,
    ngx_uint_t first, ngx_log_t *log);
static ngx_int_t ngx_http_certbound_take(ngx_http_certbound_jwks_t *jwks,
    ngx_http_certbound_failure_t *failure, ngx_log_t *log);
static void ngx_http_certbound_not_taken(ngx_http_certbound_jwks_t *jwks,
    ngx_http_certbound_failure_t *failure, ngx_log_t *log);
static u_char *ngx_http_certbound_tell_failure(u_char *buf, u_char *last,
    ngx_http_certbound_failure_t *failure);
static ngx_uint_t ngx_http_certbound_same_failure(
    ngx_http_certbound_failure_t *one, ngx_http_certbound_failure_t *other);
static void ngx_http_certbound_get_file(ngx_http_certbound_file_t *file,
    ngx_file_info_t *fi);
static ngx_uint_t ngx_http_certbound_same_file(ngx_http_certbound_file_t *one,
    ngx_http_certbound_file_t *other);
static void ngx_http_certbound_free_keys(void *data);


/* One for the process.  Its data is a connection because debug logs take it for one; that one's data is the main configuration. */
static ngx_event_t       ngx_http_certbound_look_event;
static ngx_connection_t  ngx_http_certbound_look_connection;


ngx_int_t
ngx_http_certbound_init_keys(ngx_conf_t *cf,
    ngx_http_certbound_main_conf_t *cmcf)
{
    ngx_pool_cleanup_t  *cln;

    if (ngx_array_init(&cmcf->jwks, cf->pool, 4,
                       sizeof(ngx_http_certbound_jwks_t *))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_http_certbound_free_keys;
    cln->data = cmcf;

    return NGX_OK;
}


/* Gives the location a verifier: its own, or that of one with the same policy. */

char *
ngx_http_certbound_add_verifier(ngx_conf_t *cf,
    ngx_http_certbound_loc_conf_t *clcf)
{
    u_char                           buf[NGX_MAX_CONF_ERRSTR], *last;
    ngx_uint_t                       i;
    certbound_policy                *policy;
    ngx_http_certbound_jwks_t       *jwks;
    ngx_http_certbound_failure_t     failure;
    ngx_http_certbound_verifier_t   *verifier, **verifiers, **slot;

    jwks = ngx_http_certbound_get_jwks(cf, clcf);
    if (jwks == NULL) {
        return NGX_CONF_ERROR;
    }

    verifiers = jwks->verifiers.elts;

    for (i = 0; i < jwks->verifiers.nelts; i++) {
        if (ngx_http_certbound_same_policy(verifiers[i], clcf)) {
            clcf->verifier = verifiers[i];
            return NGX_CONF_OK;
        }
    }

    verifier = ngx_pcalloc(cf->pool, sizeof(ngx_http_certbound_verifier_t));
    if (verifier == NULL) {
        return NGX_CONF_ERROR;
    }

    verifier->jwks = jwks;
    verifier->cache = clcf->cache;

    policy = &verifier->policy;

    policy->size = sizeof(certbound_policy);
    policy->issuer.data = (char *) clcf->issuer.data;
    policy->issuer.len = clcf->issuer.len;
    policy->audiences = clcf->audiences->elts;
    policy->audiences_len = clcf->audiences->nelts;

    if (clcf->scopes) {
        policy->required_scopes = clcf->scopes->elts;
        policy->required_scopes_len = clcf->scopes->nelts;
    }

    policy->leeway_seconds = clcf->leeway;
    policy->algorithms = clcf->algorithms;
    policy->binding = clcf->binding;
    policy->token_type = clcf->token_type;

    if (ngx_http_certbound_make_verifier(verifier, &jwks->text, jwks->usable,
                                         &failure, cf->log)
        != NGX_OK)
    {
        last = ngx_http_certbound_tell_failure(buf, buf + sizeof(buf),
                                               &failure);

        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"certbound\" in %s:%ui: %*s",
                      clcf->enabled_at.file, clcf->enabled_at.line,
                      (size_t) (last - buf), buf);

        return NGX_CONF_ERROR;
    }

    slot = ngx_array_push(&jwks->verifiers);
    if (slot == NULL) {
        ngx_free(verifier->new_memory);
        return NGX_CONF_ERROR;
    }

    *slot = verifier;

    ngx_http_certbound_swap_verifier(verifier);

    clcf->verifier = verifier;

    return NGX_CONF_OK;
}


/* The file of this name: read now, or for another location before. */

static ngx_http_certbound_jwks_t *
ngx_http_certbound_get_jwks(ngx_conf_t *cf, ngx_http_certbound_loc_conf_t *clcf)
{
    u_char                            buf[NGX_MAX_CONF_ERRSTR], *last;
    ngx_uint_t                        i;
    ngx_http_certbound_jwks_t        *jwks, **files, **slot;
    ngx_http_certbound_failure_t      failure;
    ngx_http_certbound_main_conf_t   *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_certbound_module);

    files = cmcf->jwks.elts;

    for (i = 0; i < cmcf->jwks.nelts; i++) {
        if (files[i]->path.len == clcf->jwks.len
            && ngx_strncmp(files[i]->path.data, clcf->jwks.data,
                           clcf->jwks.len)
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

    jwks->path = clcf->jwks;

    slot = ngx_array_push(&cmcf->jwks);
    if (slot == NULL) {
        return NULL;
    }

    *slot = jwks;

    if (ngx_http_certbound_read_file(jwks, &jwks->text, &failure, cf->log)
        == NGX_OK
        && ngx_http_certbound_count_keys(jwks, &jwks->usable, &failure,
                                         NGX_LOG_WARN, cf->log)
           == NGX_OK)
    {
        return jwks;
    }

    last = ngx_http_certbound_tell_failure(buf, buf + sizeof(buf), &failure);

    ngx_log_error(NGX_LOG_EMERG, cf->log, failure.err,
                  "certbound_jwks \"%V\" in %s:%ui: %*s",
                  &jwks->path, clcf->jwks_at.file, clcf->jwks_at.line,
                  (size_t) (last - buf), buf);

    return NULL;
}


static ngx_uint_t
ngx_http_certbound_same_policy(ngx_http_certbound_verifier_t *verifier,
    ngx_http_certbound_loc_conf_t *clcf)
{
    certbound_policy  *policy;

    policy = &verifier->policy;

    return verifier->cache == (ngx_uint_t) clcf->cache
           && policy->leeway_seconds == (uint64_t) clcf->leeway
           && policy->algorithms == clcf->algorithms
           && policy->binding == clcf->binding
           && policy->token_type == clcf->token_type
           && policy->issuer.len == clcf->issuer.len
           && ngx_memcmp(policy->issuer.data, clcf->issuer.data,
                         clcf->issuer.len)
              == 0
           && ngx_http_certbound_same_texts(policy->audiences,
                                            policy->audiences_len,
                                            clcf->audiences)
           && ngx_http_certbound_same_texts(policy->required_scopes,
                                            policy->required_scopes_len,
                                            clcf->scopes);
}


static ngx_uint_t
ngx_http_certbound_same_texts(const certbound_text *texts, size_t n,
    ngx_array_t *other)
{
    size_t           i;
    certbound_text  *others;

    if (other == NULL) {
        return n == 0;
    }

    if (n != other->nelts) {
        return 0;
    }

    others = other->elts;

    for (i = 0; i < n; i++) {
        if (texts[i].len != others[i].len
            || ngx_memcmp(texts[i].data, others[i].data, texts[i].len) != 0)
        {
            return 0;
        }
    }

    return 1;
}


/*
 * Reads the file into memory that the caller frees, and remembers which state
 * of the file that was.
 */

static ngx_int_t
ngx_http_certbound_read_file(ngx_http_certbound_jwks_t *jwks, ngx_str_t *text,
    ngx_http_certbound_failure_t *failure, ngx_log_t *log)
{
    size_t            len;
    time_t            now;
    u_char           *data;
    ssize_t           n;
    ngx_fd_t          fd;
    ngx_file_info_t   fi;

    ngx_memzero(failure, sizeof(ngx_http_certbound_failure_t));
    ngx_memzero(&jwks->file, sizeof(ngx_http_certbound_file_t));

    data = NULL;

    /* a pipe in its place must not stop the worker */

    fd = ngx_open_file(jwks->path.data, NGX_FILE_RDONLY|NGX_FILE_NONBLOCK,
                       NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        failure->err = ngx_errno;
        failure->action = ngx_open_file_n " failed";
        return NGX_ERROR;
    }

    if (ngx_fd_info(fd, &fi) == NGX_FILE_ERROR) {
        failure->err = ngx_errno;
        failure->action = ngx_fd_info_n " failed";
        goto failed;
    }

    ngx_http_certbound_get_file(&failure->file, &fi);

    jwks->file = failure->file;

    now = time(NULL);
    jwks->young = (now - 2 <= jwks->file.modified.tv_sec
                   || now - 2 <= jwks->file.changed.tv_sec);

    if (!ngx_is_file(&fi)) {
        failure->action = "it is not a regular file";
        goto failed;
    }

    if (ngx_file_size(&fi) > NGX_HTTP_CERTBOUND_JWKS_LEN) {
        failure->status = CERTBOUND_JSON_TOO_LONG;
        goto failed;
    }

    /* one more, to notice a file that grows */

    data = ngx_alloc(NGX_HTTP_CERTBOUND_JWKS_LEN + 1, log);
    if (data == NULL) {
        failure->err = NGX_ENOMEM;
        failure->action = "malloc() failed";
        goto failed;
    }

    for (len = 0; len <= NGX_HTTP_CERTBOUND_JWKS_LEN; len += n) {

        n = ngx_read_fd(fd, data + len, NGX_HTTP_CERTBOUND_JWKS_LEN + 1 - len);

        if (n == -1) {
            failure->err = ngx_errno;
            failure->action = ngx_read_fd_n " failed";
            goto failed;
        }

        if (n == 0) {
            break;
        }
    }

    if (len > NGX_HTTP_CERTBOUND_JWKS_LEN) {
        failure->status = CERTBOUND_JSON_TOO_LONG;
        goto failed;
    }

    if (ngx_close_file(fd) == NGX_FILE_ERROR) {
        ngx_log_error(NGX_LOG_ALERT, log, ngx_errno,
                      ngx_close_file_n " \"%V\" failed", &jwks->path);
    }

    text->data = data;
    text->len = len;

    return NGX_OK;

failed:

    /* to be tried again, whether the file changes or not */

    ngx_memzero(&jwks->file, sizeof(ngx_http_certbound_file_t));

    if (data) {
        ngx_free(data);
    }

    if (ngx_close_file(fd) == NGX_FILE_ERROR) {
        ngx_log_error(NGX_LOG_ALERT, log, ngx_errno,
                      ngx_close_file_n " \"%V\" failed", &jwks->path);
    }

    return NGX_ERROR;
}


static ngx_int_t
ngx_http_certbound_count_keys(ngx_http_certbound_jwks_t *jwks, size_t *usable,
    ngx_http_certbound_failure_t *failure, ngx_uint_t level, ngx_log_t *log)
{
    ngx_http_certbound_passed_over_t  passed_over;

    ngx_memzero(failure, sizeof(ngx_http_certbound_failure_t));

    passed_over.jwks = jwks;
    passed_over.log = log;
    passed_over.level = level;

    failure->status = certbound_jwks_count((char *) jwks->text.data,
                                           jwks->text.len,
                                           ngx_http_certbound_tell_passed_over,
                                           &passed_over, usable);

    if (failure->status == CERTBOUND_OK
        && *usable > NGX_HTTP_CERTBOUND_KEYS)
    {
        failure->status = CERTBOUND_KEY_SET_FULL;
    }

    return (failure->status == CERTBOUND_OK) ? NGX_OK : NGX_ERROR;
}


static void
ngx_http_certbound_tell_passed_over(void *context, size_t index,
    certbound_text kid, uint32_t reason)
{
    ngx_http_certbound_passed_over_t  *passed_over = context;

    u_char  *last;
    u_char   name[NGX_HTTP_CERTBOUND_KEYS * 4];

    last = ngx_http_certbound_escape(name, name + sizeof(name), &kid);

    ngx_log_error(passed_over->level, passed_over->log, 0,
                  "certbound: key %uz \"%*s\" of \"%V\" passed over: "
                  "%s: %s; wanted %s; %s",
                  index, (size_t) (last - name), name, &passed_over->jwks->path,
                  certbound_status_name(reason),
                  certbound_status_found(reason),
                  certbound_status_wanted(reason),
                  certbound_status_remedy(reason));
}


/* Escapes as the access log does, and cuts what does not fit. */

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


/* Makes the next verifier of a policy, beside the one in use. */

static ngx_int_t
ngx_http_certbound_make_verifier(ngx_http_certbound_verifier_t *verifier,
    ngx_str_t *text, size_t usable, ngx_http_certbound_failure_t *failure,
    ngx_log_t *log)
{
    size_t  size;

    ngx_memzero(failure, sizeof(ngx_http_certbound_failure_t));

    failure->status = certbound_verifier_size(&verifier->policy, usable, &size);
    if (failure->status != CERTBOUND_OK) {
        return NGX_ERROR;
    }

    verifier->new_memory = ngx_alloc(size, log);
    if (verifier->new_memory == NULL) {
        failure->status = CERTBOUND_NULL_ARGUMENT;
        return NGX_ERROR;
    }

    failure->status = certbound_verifier_init(verifier->new_memory, size,
                                              &verifier->policy,
                                              (char *) text->data, text->len,
                                              &verifier->new_verifier);

    if (failure->status != CERTBOUND_OK) {
        ngx_free(verifier->new_memory);
        verifier->new_memory = NULL;
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void
ngx_http_certbound_swap_verifier(ngx_http_certbound_verifier_t *verifier)
{
    /* no request is being verified: that is done in one go */

    if (verifier->memory) {
        ngx_free(verifier->memory);
    }

    verifier->memory = verifier->new_memory;
    verifier->verifier = verifier->new_verifier;

    verifier->new_memory = NULL;
    verifier->new_verifier = NULL;
}


/*
 * Begins to watch the files in this process.  It may be one that replaces
 * a worker, long after the configuration was read.
 */

ngx_int_t
ngx_http_certbound_watch_keys(ngx_http_certbound_main_conf_t *cmcf,
    ngx_cycle_t *cycle)
{
    ngx_uint_t                   i;
    ngx_http_certbound_jwks_t  **files;

    files = cmcf->jwks.elts;

    for (i = 0; i < cmcf->jwks.nelts; i++) {
        ngx_http_certbound_look(files[i], 1, cycle->log);
    }

    ngx_http_certbound_look_connection.fd = (ngx_socket_t) -1;
    ngx_http_certbound_look_connection.data = cmcf;

    ngx_http_certbound_look_event.handler = ngx_http_certbound_look_handler;
    ngx_http_certbound_look_event.data = &ngx_http_certbound_look_connection;
    ngx_http_certbound_look_event.log = cycle->log;

    /* it does not keep a worker that shuts down, but goes on as long as that lives */
    ngx_http_certbound_look_event.cancelable = 1;

    ngx_add_timer(&ngx_http_certbound_look_event,
                  NGX_HTTP_CERTBOUND_LOOK_INTERVAL);

    return NGX_OK;
}


/* Without a master process, a new configuration does not begin a new one. */

void
ngx_http_certbound_move_watch(ngx_http_certbound_main_conf_t *cmcf)
{
    if (ngx_http_certbound_look_event.timer_set) {
        ngx_http_certbound_look_connection.data = cmcf;
    }
}


static void
ngx_http_certbound_look_handler(ngx_event_t *ev)
{
    ngx_uint_t                       i;
    ngx_connection_t                *c;
    ngx_http_certbound_jwks_t      **files;
    ngx_http_certbound_main_conf_t  *cmcf;

    c = ev->data;
    cmcf = c->data;

    ev->log = ngx_cycle->log;

    files = cmcf->jwks.elts;

    for (i = 0; i < cmcf->jwks.nelts; i++) {
        ngx_http_certbound_look(files[i], 0, ev->log);
    }

    ngx_add_timer(ev, NGX_HTTP_CERTBOUND_LOOK_INTERVAL);
}


/* Looks whether the file has changed, and takes it if so. */

static void
ngx_http_certbound_look(ngx_http_certbound_jwks_t *jwks, ngx_uint_t first,
    ngx_log_t *log)
{
    ngx_str_t                     text;
    ngx_file_info_t               fi;
    ngx_http_certbound_file_t     file;
    ngx_http_certbound_failure_t  failure;

    if (!first && !jwks->young
        && ngx_file_info(jwks->path.data, &fi) != NGX_FILE_ERROR)
    {
        ngx_http_certbound_get_file(&file, &fi);

        if (ngx_http_certbound_same_file(&file, &jwks->file)) {
            return;
        }
    }

    if (ngx_http_certbound_read_file(jwks, &text, &failure, log) != NGX_OK) {

        if (ngx_http_certbound_same_failure(&failure, &jwks->failure)) {
            return;
        }

        ngx_http_certbound_not_taken(jwks, &failure, log);

        jwks->failure = failure;

        /* when the file is back, it is taken and said so, even if it is the same */

        if (jwks->text.data) {
            ngx_free(jwks->text.data);
            ngx_str_null(&jwks->text);
        }

        return;
    }

    ngx_memzero(&jwks->failure, sizeof(ngx_http_certbound_failure_t));

    if (jwks->text.data) {

        if (jwks->text.len == text.len
            && ngx_memcmp(jwks->text.data, text.data, text.len) == 0)
        {
            ngx_free(text.data);
            return;
        }

        ngx_free(jwks->text.data);
    }

    jwks->text = text;

    if (ngx_http_certbound_take(jwks, &failure, log) != NGX_OK) {
        ngx_http_certbound_not_taken(jwks, &failure, log);
        return;
    }

    ngx_log_error(NGX_LOG_NOTICE, log, 0,
                  "certbound: keys of \"%V\" re-read: %uz usable",
                  &jwks->path, jwks->usable);
}


/* Makes verifiers of the file's text for all its policies, and changes them if that went well. */

static ngx_int_t
ngx_http_certbound_take(ngx_http_certbound_jwks_t *jwks,
    ngx_http_certbound_failure_t *failure, ngx_log_t *log)
{
    size_t                           usable;
    ngx_uint_t                       i;
    ngx_http_certbound_verifier_t  **verifiers;

    if (ngx_http_certbound_count_keys(jwks, &usable, failure, NGX_LOG_NOTICE,
                                      log)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    verifiers = jwks->verifiers.elts;

    for (i = 0; i < jwks->verifiers.nelts; i++) {

        if (ngx_http_certbound_make_verifier(verifiers[i], &jwks->text, usable,
                                             failure, log)
            != NGX_OK)
        {
            while (i--) {
                ngx_free(verifiers[i]->new_memory);
                verifiers[i]->new_memory = NULL;
            }

            return NGX_ERROR;
        }
    }

    for (i = 0; i < jwks->verifiers.nelts; i++) {
        ngx_http_certbound_swap_verifier(verifiers[i]);
    }

    jwks->usable = usable;

    return NGX_OK;
}


static void
ngx_http_certbound_not_taken(ngx_http_certbound_jwks_t *jwks,
    ngx_http_certbound_failure_t *failure, ngx_log_t *log)
{
    u_char  buf[NGX_MAX_CONF_ERRSTR], *last;

    last = ngx_http_certbound_tell_failure(buf, buf + sizeof(buf), failure);

    ngx_log_error(NGX_LOG_ERR, log, failure->err,
                  "certbound: keys of \"%V\" not taken: %*s; "
                  "the old keys stay",
                  &jwks->path, (size_t) (last - buf), buf);
}


static u_char *
ngx_http_certbound_tell_failure(u_char *buf, u_char *last,
    ngx_http_certbound_failure_t *failure)
{
    if (failure->status == CERTBOUND_OK) {
        return ngx_slprintf(buf, last, "%s", failure->action);
    }

    if (failure->status == CERTBOUND_KEY_SET_FULL) {
        return ngx_slprintf(buf, last,
                            "%s: the JWK Set has too many usable keys; "
                            "wanted at most %d; have the issuer publish fewer",
                            certbound_status_name(failure->status),
                            NGX_HTTP_CERTBOUND_KEYS);
    }

    return ngx_slprintf(buf, last, "%s: %s; wanted %s; %s",
                        certbound_status_name(failure->status),
                        certbound_status_found(failure->status),
                        certbound_status_wanted(failure->status),
                        certbound_status_remedy(failure->status));
}


static ngx_uint_t
ngx_http_certbound_same_failure(ngx_http_certbound_failure_t *one,
    ngx_http_certbound_failure_t *other)
{
    return one->action == other->action
           && one->err == other->err
           && one->status == other->status
           && ngx_http_certbound_same_file(&one->file, &other->file);
}


static void
ngx_http_certbound_get_file(ngx_http_certbound_file_t *file,
    ngx_file_info_t *fi)
{
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


static ngx_uint_t
ngx_http_certbound_same_file(ngx_http_certbound_file_t *one,
    ngx_http_certbound_file_t *other)
{
    return one->device == other->device
           && one->inode == other->inode
           && one->size == other->size
           && one->modified.tv_sec == other->modified.tv_sec
           && one->modified.tv_nsec == other->modified.tv_nsec
           && one->changed.tv_sec == other->changed.tv_sec
           && one->changed.tv_nsec == other->changed.tv_nsec;
}


static void
ngx_http_certbound_free_keys(void *data)
{
    ngx_http_certbound_main_conf_t  *cmcf = data;

    ngx_uint_t                       i, j;
    ngx_http_certbound_jwks_t      **files;
    ngx_http_certbound_verifier_t  **verifiers;

    if (ngx_http_certbound_look_event.timer_set
        && ngx_http_certbound_look_connection.data == cmcf)
    {
        ngx_del_timer(&ngx_http_certbound_look_event);
    }

    files = cmcf->jwks.elts;

    for (i = 0; i < cmcf->jwks.nelts; i++) {

        if (files[i]->text.data) {
            ngx_free(files[i]->text.data);
        }

        verifiers = files[i]->verifiers.elts;

        for (j = 0; j < files[i]->verifiers.nelts; j++) {
            ngx_free(verifiers[j]->memory);
        }
    }
}
