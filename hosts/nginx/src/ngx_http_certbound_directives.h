
/*
 * certbound: reads the configuration.
 *
 *   ngx_http_certbound_directives.c  the directives, in a table
 *   ngx_http_certbound_issuers.c     the directives for issuers
 *   ngx_http_certbound_challenge.c   the directives for the challenge
 *   ngx_http_certbound_proxies.c     the directives for forwarded certificates
 *   ngx_http_certbound_values.c      the values of several directives
 *   ngx_http_certbound_merge.c       merges directives, level by level
 *   ngx_http_certbound_warnings.c    warns of ineffective configurations
 *   ngx_http_certbound_return.c      finds a "return"
 */


#ifndef _NGX_HTTP_CERTBOUND_DIRECTIVES_H_INCLUDED_
#define _NGX_HTTP_CERTBOUND_DIRECTIVES_H_INCLUDED_


#include "ngx_http_certbound.h"


char *ngx_http_certbound_jwks(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_certbound_issuer(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_certbound_realm(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_certbound_metadata(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_certbound_forwarded(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_certbound_proxies(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

ngx_int_t ngx_http_certbound_begin_directive(ngx_conf_t *cf,
    ngx_command_t *cmd, ngx_http_certbound_loc_conf_t *conf);
ngx_int_t ngx_http_certbound_check_constants(ngx_conf_t *cf,
    ngx_command_t *cmd, ngx_uint_t first);
ngx_int_t ngx_http_certbound_read_time(ngx_conf_t *cf, ngx_command_t *cmd,
    const char *expected, time_t max, const char *reason, time_t *seconds);
char *ngx_http_certbound_texts(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
ngx_array_t *ngx_http_certbound_read_texts(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_uint_t n, ngx_int_t (*check)(ngx_conf_t *, ngx_command_t *,
    ngx_str_t *));
ngx_int_t ngx_http_certbound_check_text(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_str_t *text);
ngx_int_t ngx_http_certbound_check_scope_token(ngx_conf_t *cf,
    ngx_command_t *cmd, ngx_str_t *scope);

ngx_uint_t ngx_http_certbound_same_text(const certbound_text *one,
    const certbound_text *other);

void *ngx_http_certbound_create_loc_conf(ngx_conf_t *cf);
char *ngx_http_certbound_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);

ngx_int_t ngx_http_certbound_note_directive(ngx_conf_t *cf,
    ngx_command_t *cmd, ngx_http_certbound_loc_conf_t *conf);
void ngx_http_certbound_note_enabled(ngx_conf_t *cf,
    ngx_http_certbound_loc_conf_t *conf);
void ngx_http_certbound_warn(ngx_conf_t *cf,
    ngx_http_certbound_main_conf_t *cmcf);

ngx_uint_t ngx_http_certbound_find_return(ngx_conf_t *cf);


extern ngx_command_t  ngx_http_certbound_commands[];


#endif /* _NGX_HTTP_CERTBOUND_DIRECTIVES_H_INCLUDED_ */
