
/*
 * certbound: what a location requires of an accepted token, and the claims that
 * it exposes.
 *
 *   ngx_http_certbound_scopes.c        "certbound_scope"
 *   ngx_http_certbound_methods.c       the methods that it may name
 *   ngx_http_certbound_claims.c        "certbound_claim"
 *   ngx_http_certbound_claim_values.c  the values of its variables
 *   ngx_http_certbound_requirements.c  "certbound_require"
 */


#ifndef _NGX_HTTP_CERTBOUND_RULES_H_INCLUDED_
#define _NGX_HTTP_CERTBOUND_RULES_H_INCLUDED_


#include "ngx_http_certbound.h"


/* Maximum number of "certbound_scope" directives on a level. */
#define NGX_HTTP_CERTBOUND_SCOPES  16


/* The scopes that requests with these methods need. */
typedef struct {
    ngx_uint_t                       methods;   /* NGX_HTTP_..., 0 for all */
    ngx_array_t                     *texts;     /* certbound_text */
} ngx_http_certbound_scopes_t;


/* The claim that a variable exposes, or the member of one. */
typedef struct {
    ngx_uint_t                       variable;  /* its place in the list */
    ngx_array_t                      path;      /* certbound_text */
} ngx_http_certbound_claim_t;


char *ngx_http_certbound_scope(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
ngx_array_t *ngx_http_certbound_policy_scopes(
    ngx_http_certbound_loc_conf_t *conf);
certbound_status ngx_http_certbound_check_scopes(ngx_http_request_t *r,
    ngx_http_certbound_loc_conf_t *conf, certbound_accepted *accepted);
size_t ngx_http_certbound_scopes_len(ngx_http_certbound_loc_conf_t *conf);
u_char *ngx_http_certbound_write_scopes(ngx_http_request_t *r,
    ngx_http_certbound_loc_conf_t *conf, u_char *p);

ngx_int_t ngx_http_certbound_read_methods(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_str_t list, ngx_uint_t *methods);
ngx_uint_t ngx_http_certbound_has_unnamed(ngx_uint_t methods);

char *ngx_http_certbound_claim(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
ngx_int_t ngx_http_certbound_merge_claims(ngx_conf_t *cf,
    ngx_http_certbound_loc_conf_t *prev, ngx_http_certbound_loc_conf_t *conf);
ngx_int_t ngx_http_certbound_named_claim_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
ngx_http_certbound_claim_t *ngx_http_certbound_find_claim(ngx_array_t *claims,
    ngx_uint_t variable);

char *ngx_http_certbound_require(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
certbound_status ngx_http_certbound_check_requirements(ngx_http_request_t *r,
    ngx_http_certbound_loc_conf_t *conf, ngx_http_certbound_ctx_t *ctx);


#endif /* _NGX_HTTP_CERTBOUND_RULES_H_INCLUDED_ */
