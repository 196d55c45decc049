
/*
 * certbound: types and functions that the files of the module share.
 *
 *   ngx_http_certbound_module.c      the module: what nginx calls at its start
 *   ngx_http_certbound_handler.c     checks requests
 *   ngx_http_certbound_reject.c      answers those that are rejected
 *   ngx_http_certbound_headers.c     finds headers
 *   ngx_http_certbound_ctx.c         the context of a request
 *   ngx_http_certbound_peer.c        the connection's client certificate
 *   ngx_http_certbound_forwarded.c   the certificate that a proxy forwards
 *   ngx_http_certbound_failure.c     why keys are not loaded, and log lines
 *   ngx_http_certbound_jwks.c        reads a JWK Set from its file
 *   ngx_http_certbound_keys.c        prepares the keys of JWK Sets
 *   ngx_http_certbound_policy.c      finds the verifier of a location's policy
 *   ngx_http_certbound_verifier.c    creates verifiers, replaces them
 *   ngx_http_certbound_watch.c       reloads changed files, in each worker
 *   ngx_http_certbound_shared.c      shares loaded JWK Sets between workers
 *   ngx_http_certbound_variables.c   $certbound_...
 *   ngx_http_certbound_stale.c       discards values from before a verdict
 *
 * ngx_http_certbound_directives.h, ngx_http_certbound_rules.h,
 * ngx_http_certbound_metrics.h and ngx_http_certbound_introspection.h list
 * more.
 *
 * They use nginx, OpenSSL and certbound.h, but nothing else of the library, and
 * do not call each other in a circle.
 */


#ifndef _NGX_HTTP_CERTBOUND_H_INCLUDED_
#define _NGX_HTTP_CERTBOUND_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include <certbound.h>


#if !(NGX_HTTP_SSL)
#error certbound needs an nginx configured --with-http_ssl_module
#endif


/*
 * Maximum number of usable keys in a JWK Set.  Issuers publish 1 to 5.  For
 * a token without a "kid", the library tries at most 8 keys of its "alg".
 */
#define NGX_HTTP_CERTBOUND_KEYS           64

/* Maximum and default number of "certbound_cache" entries. */
#define NGX_HTTP_CERTBOUND_CACHE_MAX      1048576
#define NGX_HTTP_CERTBOUND_CACHE_DEFAULT  1024

/* Maximum "certbound_leeway", in seconds: clocks can be synchronized. */
#define NGX_HTTP_CERTBOUND_LEEWAY_MAX     600


/* A header with the certificate of the client of a proxy. */
typedef struct {
    uint32_t                         format;  /* CERTBOUND_FORWARDED_... */
    ngx_str_t                        header;
} ngx_http_certbound_forwarded_t;


/* Distinguishes one state of a file from another. */
typedef struct {
    dev_t                            device;
    ino_t                            inode;
    off_t                            size;
    struct timespec                  modified;
    struct timespec                  changed;
} ngx_http_certbound_file_t;


/*
 * Why a JWK Set or a verifier was not loaded: an error of the system or of the
 * library.
 */
typedef struct {
    const char                      *action;
    ngx_err_t                        err;
    certbound_status                 status;
    ngx_http_certbound_file_t        file;
} ngx_http_certbound_failure_t;


/* The JWK Set that a worker loaded last, in shared memory. */
typedef struct {
    ngx_atomic_t                     generation;
    ngx_str_t                       *text;

    /* for metrics */
    ngx_atomic_t                     loaded;   /* the time */
    ngx_atomic_t                     usable;
    ngx_atomic_t                     rejected;
} ngx_http_certbound_shared_t;


/* Counters in shared memory. */
typedef struct ngx_http_certbound_zone_s  ngx_http_certbound_zone_t;


/* The keys of a JWK Set, with their tables. */
typedef struct {
    void                            *memory;
    const certbound_keys            *keys;
    size_t                           usable;  /* 0 if all are withdrawn */
} ngx_http_certbound_keys_t;


/* The place of a directive, for errors found in merging. */
typedef struct {
    u_char                          *file;
    ngx_uint_t                       line;
} ngx_http_certbound_place_t;


/* A directive that names a file of keys. */
typedef struct {
    ngx_str_t                       *directive;
    ngx_str_t                        path;
    ngx_http_certbound_place_t       place;

    /* levels on which an issuer reads it, and on which none does */
    unsigned                         needed:1;
    unsigned                         spare:1;
} ngx_http_certbound_source_t;


/* A JWK Set and its file. */
typedef struct {
    ngx_http_certbound_source_t     *source;   /* the first one */
    ngx_str_t                        path;
    ngx_http_certbound_keys_t        keys;
    ngx_array_t                      verifiers;
                                         /* ngx_http_certbound_verifier_t * */

    /* from a changed file, until all verifiers refer to them */
    ngx_http_certbound_keys_t        new_keys;

    /* the file as last read, whether it was loaded or rejected */
    ngx_str_t                        text;
    ngx_http_certbound_file_t        file;
    ngx_http_certbound_failure_t     failure;

    ngx_http_certbound_shared_t     *shared;
    ngx_atomic_uint_t                generation;

    unsigned                         rejected:1;
    unsigned                         recent:1;
                                         /* may change undetectably */
    unsigned                         among_others:1;
                                         /* a verifier has other keys too */
} ngx_http_certbound_jwks_t;


/* A trusted issuer. */
typedef struct {
    ngx_str_t                        name;
    ngx_http_certbound_source_t     *source;  /* NULL for "certbound_jwks" */
} ngx_http_certbound_issuer_t;


/* The keys of a verifier's issuer. */
typedef struct {
    certbound_text                   name;
    ngx_http_certbound_jwks_t       *jwks;
} ngx_http_certbound_trusted_t;


/*
 * A policy for tokens, with references to the keys of its issuers.  Locations
 * with the same policy share one.
 */
typedef struct {
    certbound_policy                 policy;
    ngx_uint_t                       cache;    /* entries, 0 for none */

    ngx_http_certbound_trusted_t    *issuers;
    ngx_uint_t                       nissuers;

    void                            *memory;
    const certbound_verifier        *verifier;

    /* the tokens that this worker has accepted */
    void                            *tokens_memory;
    certbound_cache                 *tokens;
    unsigned                         no_memory:1;

    /* for a changed file, until all verifiers of the file are created */
    void                            *new_memory;
    const certbound_verifier        *new_verifier;
} ngx_http_certbound_verifier_t;


typedef struct {
    ngx_array_t                      jwks;    /* ngx_http_certbound_jwks_t * */
    ngx_array_t                      verifiers;
                                         /* ngx_http_certbound_verifier_t * */
    ngx_shm_zone_t                  *zone;

    ngx_array_t                      variables;  /* names: ngx_str_t */
    /* ngx_int_t, of $certbound_... and of "certbound_claim" */
    ngx_array_t                      variable_indexes;
    ngx_array_t                      zones;   /* ngx_http_certbound_zone_t * */
    ngx_http_certbound_place_t       metrics_at;
    ngx_array_t                      endpoints;
                                         /* ngx_http_certbound_endpoint_t * */
    ngx_shm_zone_t                  *lines_zone;

    /* all but "certbound" itself */
    ngx_array_t                      directives;
                                          /* ngx_http_certbound_directive_t */
} ngx_http_certbound_main_conf_t;


typedef struct ngx_http_certbound_loc_conf_s  ngx_http_certbound_loc_conf_t;
typedef struct ngx_http_certbound_endpoint_s  ngx_http_certbound_endpoint_t;
typedef struct ngx_http_certbound_question_s  ngx_http_certbound_question_t;


typedef struct {
    /*
     * a level with certbound on that needs the connection's certificate,
     * preferably one that requires "cnf"
     */
    ngx_http_certbound_loc_conf_t   *enabled;
    unsigned                         forwarded:1;  /* on other levels */
} ngx_http_certbound_srv_conf_t;


struct ngx_http_certbound_loc_conf_s {
    ngx_flag_t                       enable;
    ngx_http_certbound_source_t     *jwks;
    ngx_array_t                     *issuers;  /* ngx_http_certbound_issuer_t */
    ngx_array_t                     *audiences;    /* certbound_text */
    ngx_array_t                     *scopes;  /* ngx_http_certbound_scopes_t */
    ngx_array_t                     *claims;  /* ngx_http_certbound_claim_t */
    ngx_array_t                     *requirements;
                                             /* ngx_http_complex_value_t */
    ngx_uint_t                       algorithms;
    ngx_uint_t                       binding;
    ngx_uint_t                       token_type;
    time_t                           leeway;
    ngx_str_t                        realm;        /* escaped, for challenges */
    ngx_str_t                        metadata;     /* URL, for challenges */
    ngx_int_t                        cache;        /* entries, 0 for none */

    ngx_http_certbound_forwarded_t  *forwarded;
    ngx_array_t                     *proxies;      /* ngx_cidr_t */

    ngx_str_t                        introspection;        /* URI */
    ngx_uint_t                       introspect;
    time_t                           introspection_cache;  /* 0 for none */
    ngx_http_certbound_endpoint_t   *endpoint;

    ngx_http_certbound_place_t       enabled_at;

    ngx_http_certbound_verifier_t   *verifier;
    ngx_http_certbound_zone_t       *zone;

    ngx_http_certbound_loc_conf_t   *parent;
    unsigned                         enabled_here:1;
    unsigned                         used:1;  /* on here or below */
};


/* A directive, for warnings. */
typedef struct {
    ngx_str_t                        name;
    ngx_http_certbound_place_t       place;
    ngx_http_certbound_loc_conf_t   *conf;
} ngx_http_certbound_directive_t;


/* The certificate of a client. */
typedef struct {
    certbound_status                 status;  /* of reading the certificate */
    unsigned                         certificate:1;
    u_char                           sha256[CERTBOUND_SHA256_LEN];
    char                             x5t_s256[CERTBOUND_X5T_S256_LEN + 1];
} ngx_http_certbound_client_t;


/* The verdict on a request. */
typedef struct {
    ngx_http_request_t              *request;  /* subrequests share the pool */
    ngx_http_certbound_loc_conf_t   *conf;     /* of the location that judged */
    certbound_status                 status;
    ngx_http_certbound_client_t     *client;
    certbound_accepted               accepted;    /* if CERTBOUND_OK */

    /* the value that "certbound_require" does not accept, and why */
    ngx_str_t                       *unmet;
    const char                      *reason;
    ngx_http_certbound_question_t   *question;    /* until it is answered */
    ngx_http_certbound_question_t   *answered;    /* for the log */
} ngx_http_certbound_ctx_t;


/* What the last regular expression of a request has captured. */
typedef struct {
#if (NGX_PCRE)
    int                             *captures;
    ngx_uint_t                       ncaptures;
    u_char                          *data;
#endif
    unsigned                         realloc:1;
} ngx_http_certbound_captures_t;


ngx_int_t ngx_http_certbound_access_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_certbound_subrequest_handler(ngx_http_request_t *r);

ngx_int_t ngx_http_certbound_reject(ngx_http_request_t *r,
    ngx_http_certbound_loc_conf_t *clcf, ngx_http_certbound_ctx_t *ctx);
void ngx_http_certbound_remove_challenge(ngx_http_request_t *r);

ngx_int_t ngx_http_certbound_find_header(ngx_http_request_t *r,
    ngx_str_t *name, ngx_str_t *value);
ngx_table_elt_t *ngx_http_certbound_next_header(ngx_list_part_t **part,
    ngx_uint_t *i);

ngx_http_certbound_ctx_t *ngx_http_certbound_get_ctx(ngx_http_request_t *r);
ngx_http_certbound_ctx_t *ngx_http_certbound_reset_ctx(ngx_http_request_t *r,
    ngx_http_certbound_loc_conf_t *conf);

ngx_int_t ngx_http_certbound_init_peers(ngx_conf_t *cf);
ngx_http_certbound_client_t *ngx_http_certbound_get_peer(ngx_connection_t *c);
ngx_http_certbound_client_t *ngx_http_certbound_get_client(
    ngx_http_request_t *r);

void *ngx_http_certbound_alloc(size_t size,
    ngx_http_certbound_failure_t *failure, ngx_log_t *log);
ngx_uint_t ngx_http_certbound_same_failure(ngx_http_certbound_failure_t *one,
    ngx_http_certbound_failure_t *other);
u_char *ngx_http_certbound_format_failure(u_char *buf, u_char *last,
    ngx_http_certbound_failure_t *failure);
void ngx_http_certbound_log_loaded(ngx_http_certbound_jwks_t *jwks,
    const char *how, ngx_log_t *log);
void ngx_http_certbound_log_not_loaded(ngx_http_certbound_jwks_t *jwks,
    ngx_http_certbound_failure_t *failure, ngx_log_t *log);

ngx_int_t ngx_http_certbound_read_jwks(ngx_http_certbound_jwks_t *jwks,
    ngx_str_t *text, ngx_http_certbound_failure_t *failure, ngx_log_t *log);
ngx_uint_t ngx_http_certbound_same_file(ngx_http_certbound_file_t *file,
    ngx_file_info_t *fi);

ngx_int_t ngx_http_certbound_make_keys(ngx_http_certbound_jwks_t *jwks,
    ngx_str_t *text, ngx_http_certbound_failure_t *failure, ngx_uint_t level,
    ngx_log_t *log);
void ngx_http_certbound_swap_keys(ngx_http_certbound_jwks_t *jwks);
void ngx_http_certbound_discard_keys(ngx_http_certbound_jwks_t *jwks);
ngx_http_certbound_jwks_t *ngx_http_certbound_get_jwks(ngx_conf_t *cf,
    ngx_http_certbound_source_t *source);
void ngx_http_certbound_free_jwks(ngx_http_certbound_main_conf_t *cmcf);

char *ngx_http_certbound_add_verifier(ngx_conf_t *cf,
    ngx_http_certbound_loc_conf_t *clcf);

ngx_int_t ngx_http_certbound_make_verifier(
    ngx_http_certbound_verifier_t *verifier, ngx_http_certbound_jwks_t *changed,
    ngx_http_certbound_failure_t *failure, ngx_log_t *log);
void ngx_http_certbound_swap_verifier(ngx_http_certbound_verifier_t *verifier);
ngx_int_t ngx_http_certbound_renew_verifiers(ngx_http_certbound_jwks_t *jwks,
    ngx_str_t *text, ngx_http_certbound_failure_t *failure, ngx_log_t *log);
certbound_cache *ngx_http_certbound_get_cache(
    ngx_http_certbound_verifier_t *verifier, ngx_log_t *log);
void ngx_http_certbound_free_verifiers(ngx_http_certbound_main_conf_t *cmcf);

ngx_int_t ngx_http_certbound_init_shared(ngx_conf_t *cf,
    ngx_http_certbound_main_conf_t *cmcf);
void *ngx_http_certbound_get_shared(ngx_shm_zone_t *zone, size_t size);
void ngx_http_certbound_share(ngx_http_certbound_jwks_t *jwks,
    ngx_slab_pool_t *shpool, ngx_log_t *log);
void ngx_http_certbound_load_shared(ngx_http_certbound_jwks_t *jwks,
    ngx_slab_pool_t *shpool, ngx_log_t *log);

void ngx_http_certbound_start_watch(ngx_http_certbound_main_conf_t *cmcf,
    ngx_cycle_t *cycle);
void ngx_http_certbound_move_watch(ngx_http_certbound_main_conf_t *cmcf);
void ngx_http_certbound_stop_watch(ngx_http_certbound_main_conf_t *cmcf);

ngx_int_t ngx_http_certbound_add_variables(ngx_conf_t *cf);
ngx_int_t ngx_http_certbound_add_index(ngx_conf_t *cf, ngx_str_t *name);
certbound_accepted *ngx_http_certbound_get_accepted(ngx_http_request_t *r);
ngx_uint_t ngx_http_certbound_fits_header(certbound_text *text);

ngx_int_t ngx_http_certbound_discard_stale(ngx_http_request_t *r);
void ngx_http_certbound_save_captures(ngx_http_request_t *r,
    ngx_http_certbound_captures_t *saved);
void ngx_http_certbound_restore_captures(ngx_http_request_t *r,
    ngx_http_certbound_captures_t *saved);


extern ngx_module_t   ngx_http_certbound_module;


#endif /* _NGX_HTTP_CERTBOUND_H_INCLUDED_ */
