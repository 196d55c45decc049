
/*
 * certbound: enforces OAuth 2.0 certificate-bound access tokens (RFC 8705).
 *
 * The directives, how they are merged, and the module itself.
 */


#include "ngx_http_certbound.h"


static char *ngx_http_certbound_enable(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_certbound_jwks(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_certbound_issuer(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_certbound_texts(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_certbound_algorithms(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_certbound_choice(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_certbound_leeway(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_certbound_realm(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_certbound_cache(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static ngx_int_t ngx_http_certbound_check_text(ngx_conf_t *cf,
    ngx_command_t *cmd, ngx_str_t *text);
static ngx_int_t ngx_http_certbound_check_scope(ngx_conf_t *cf,
    ngx_command_t *cmd, ngx_str_t *scope);

static ngx_int_t ngx_http_certbound_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_certbound_postconfiguration(ngx_conf_t *cf);
static void *ngx_http_certbound_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_certbound_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_certbound_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);
static char *ngx_http_certbound_complete(ngx_conf_t *cf,
    ngx_http_certbound_loc_conf_t *conf);
static char *ngx_http_certbound_incomplete(ngx_conf_t *cf,
    ngx_http_certbound_loc_conf_t *conf, const char *missing);
static ngx_int_t ngx_http_certbound_join_scopes(ngx_conf_t *cf,
    ngx_http_certbound_loc_conf_t *conf);
static ngx_int_t ngx_http_certbound_init_module(ngx_cycle_t *cycle);
static ngx_int_t ngx_http_certbound_init_process(ngx_cycle_t *cycle);


static ngx_conf_enum_t  ngx_http_certbound_bindings[] = {
    { ngx_string("required"), CERTBOUND_BINDING_REQUIRED },
    { ngx_string("if_present"), CERTBOUND_BINDING_IF_PRESENT },
    { ngx_null_string, 0 }
};


static ngx_conf_enum_t  ngx_http_certbound_token_types[] = {
    { ngx_string("at+jwt"), CERTBOUND_TOKEN_TYPE_ACCESS_TOKEN },
    { ngx_string("any"), CERTBOUND_TOKEN_TYPE_ANY },
    { ngx_null_string, 0 }
};


static ngx_command_t  ngx_http_certbound_commands[] = {

    { ngx_string("certbound"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_http_certbound_enable,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_certbound_loc_conf_t, enable),
      NULL },

    { ngx_string("certbound_jwks"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_certbound_jwks,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("certbound_issuer"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_certbound_issuer,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("certbound_audience"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_certbound_texts,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_certbound_loc_conf_t, audiences),
      ngx_http_certbound_check_text },

    { ngx_string("certbound_scope"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_certbound_texts,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_certbound_loc_conf_t, scopes),
      ngx_http_certbound_check_scope },

    { ngx_string("certbound_algorithms"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_certbound_algorithms,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("certbound_binding"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_certbound_choice,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_certbound_loc_conf_t, binding),
      ngx_http_certbound_bindings },

    { ngx_string("certbound_token_type"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_certbound_choice,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_certbound_loc_conf_t, token_type),
      ngx_http_certbound_token_types },

    { ngx_string("certbound_leeway"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_certbound_leeway,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("certbound_realm"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_certbound_realm,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("certbound_cache"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_certbound_cache,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_certbound_module_ctx = {
    ngx_http_certbound_preconfiguration,   /* preconfiguration */
    ngx_http_certbound_postconfiguration,  /* postconfiguration */

    ngx_http_certbound_create_main_conf,   /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_certbound_create_loc_conf,    /* create location configuration */
    ngx_http_certbound_merge_loc_conf      /* merge location configuration */
};


ngx_module_t  ngx_http_certbound_module = {
    NGX_MODULE_V1,
    &ngx_http_certbound_module_ctx,        /* module context */
    ngx_http_certbound_commands,           /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    ngx_http_certbound_init_module,        /* init module */
    ngx_http_certbound_init_process,       /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static char *
ngx_http_certbound_enable(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_certbound_loc_conf_t  *clcf = conf;

    clcf->enabled_at.file = cf->conf_file->file.name.data;
    clcf->enabled_at.line = cf->conf_file->line;

    return ngx_conf_set_flag_slot(cf, cmd, conf);
}


static char *
ngx_http_certbound_jwks(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_certbound_loc_conf_t  *clcf = conf;

    ngx_str_t  *value;

    if (clcf->jwks.data) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (value[1].len == 0) {
        return "has an empty value";
    }

    clcf->jwks = value[1];
    clcf->jwks_at.file = cf->conf_file->file.name.data;
    clcf->jwks_at.line = cf->conf_file->line;

    if (ngx_conf_full_name(cf->cycle, &clcf->jwks, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_certbound_issuer(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_certbound_loc_conf_t  *clcf = conf;

    ngx_str_t  *value;

    if (clcf->issuer.data) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_http_certbound_check_text(cf, cmd, &value[1]) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    clcf->issuer = value[1];

    return NGX_CONF_OK;
}


static char *
ngx_http_certbound_texts(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char  *p = conf;

    ngx_int_t      (*check)(ngx_conf_t *, ngx_command_t *, ngx_str_t *);
    ngx_str_t       *value;
    ngx_uint_t       i;
    ngx_array_t    **texts;
    certbound_text  *text;

    texts = (ngx_array_t **) (p + cmd->offset);

    if (*texts != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    if (cf->args->nelts - 1 > CERTBOUND_POLICY_TEXTS) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "%ui values in \"%V\" directive, at most %d fit",
                           cf->args->nelts - 1, &cmd->name,
                           CERTBOUND_POLICY_TEXTS);
        return NGX_CONF_ERROR;
    }

    *texts = ngx_array_create(cf->pool, cf->args->nelts - 1,
                              sizeof(certbound_text));
    if (*texts == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;
    check = cmd->post;

    for (i = 1; i < cf->args->nelts; i++) {

        if (check(cf, cmd, &value[i]) != NGX_OK) {
            return NGX_CONF_ERROR;
        }

        text = ngx_array_push(*texts);
        if (text == NULL) {
            return NGX_CONF_ERROR;
        }

        text->data = (char *) value[i].data;
        text->len = value[i].len;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_certbound_algorithms(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_certbound_loc_conf_t  *clcf = conf;

    uint32_t           algorithm;
    ngx_str_t         *value;
    ngx_uint_t         i, algorithms;
    certbound_status   status;

    if (clcf->algorithms != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;
    algorithms = 0;

    for (i = 1; i < cf->args->nelts; i++) {

        status = certbound_algorithm_from_name((char *) value[i].data,
                                               value[i].len, &algorithm);

        if (status != CERTBOUND_OK) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid value \"%V\" in \"%V\" directive, "
                               "it must be one of ES256, ES384, EdDSA, RS256, "
                               "RS384, RS512, PS256, PS384, PS512",
                               &value[i], &cmd->name);
            return NGX_CONF_ERROR;
        }

        algorithms |= algorithm;
    }

    clcf->algorithms = algorithms;

    return NGX_CONF_OK;
}


/* ngx_conf_set_enum_slot() tells neither the directive nor the choice */

static char *
ngx_http_certbound_choice(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char  *p = conf;

    ngx_str_t        *value;
    ngx_uint_t       *np, i;
    ngx_conf_enum_t  *e;

    np = (ngx_uint_t *) (p + cmd->offset);

    if (*np != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;
    e = cmd->post;

    for (i = 0; e[i].name.len != 0; i++) {

        if (e[i].name.len == value[1].len
            && ngx_strncmp(e[i].name.data, value[1].data, value[1].len) == 0)
        {
            *np = e[i].value;
            return NGX_CONF_OK;
        }
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid value \"%V\" in \"%V\" directive, "
                       "it must be \"%V\" or \"%V\"",
                       &value[1], &cmd->name, &e[0].name, &e[1].name);

    return NGX_CONF_ERROR;
}


static char *
ngx_http_certbound_leeway(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_certbound_loc_conf_t  *clcf = conf;

    ngx_str_t  *value;

    if (clcf->leeway != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    value = cf->args->elts;

    clcf->leeway = ngx_parse_time(&value[1], 1);

    if (clcf->leeway == (time_t) NGX_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"%V\" directive, "
                           "it must be a time such as \"30s\"",
                           &value[1], &cmd->name);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* The challenge has it as a quoted-string (RFC 9110, 5.6.4). */

static char *
ngx_http_certbound_realm(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_certbound_loc_conf_t  *clcf = conf;

    u_char     *p, ch;
    ngx_str_t  *value;
    ngx_uint_t  i;

    if (clcf->realm.data) {
        return "is duplicate";
    }

    value = cf->args->elts;

    p = ngx_pnalloc(cf->pool, value[1].len * 2 + 1);
    if (p == NULL) {
        return NGX_CONF_ERROR;
    }

    clcf->realm.data = p;

    for (i = 0; i < value[1].len; i++) {
        ch = value[1].data[i];

        if (ch < 0x20 || ch == 0x7f) {
            return "has a control character in its value";
        }

        if (ch == '"' || ch == '\\') {
            *p++ = '\\';
        }

        *p++ = ch;
    }

    clcf->realm.len = p - clcf->realm.data;

    return NGX_CONF_OK;
}


static char *
ngx_http_certbound_cache(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_certbound_loc_conf_t  *clcf = conf;

    ngx_int_t   n;
    ngx_str_t  *value;

    if (clcf->cache != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0) {
        clcf->cache = 0;
        return NGX_CONF_OK;
    }

    n = ngx_atoi(value[1].data, value[1].len);

    if (n < 1 || n > NGX_HTTP_CERTBOUND_CACHE_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"%V\" directive, "
                           "it must be \"off\" or a number from 1 to %d",
                           &value[1], &cmd->name,
                           NGX_HTTP_CERTBOUND_CACHE_MAX);
        return NGX_CONF_ERROR;
    }

    clcf->cache = n;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_certbound_check_text(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_str_t *text)
{
    size_t            size;
    certbound_policy  policy;
    certbound_status  status;

    if (text->len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "empty value in \"%V\" directive", &cmd->name);
        return NGX_ERROR;
    }

    if (text->len > CERTBOUND_POLICY_TEXT_LEN) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "a value of %uz bytes in \"%V\" directive, "
                           "at most %d fit",
                           text->len, &cmd->name, CERTBOUND_POLICY_TEXT_LEN);
        return NGX_ERROR;
    }

    /* the library knows best what it takes */

    ngx_memzero(&policy, sizeof(certbound_policy));

    policy.size = sizeof(certbound_policy);
    policy.issuer.data = (char *) text->data;
    policy.issuer.len = text->len;

    status = certbound_verifier_size(&policy, 1, &size);

    if (status != CERTBOUND_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"%V\" directive: "
                           "%s: %s; wanted %s; %s",
                           text, &cmd->name,
                           certbound_status_name(status),
                           certbound_status_found(status),
                           certbound_status_wanted(status),
                           certbound_status_remedy(status));
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* A scope-token (RFC 6749, 3.3): the challenge has them between quotes. */

static ngx_int_t
ngx_http_certbound_check_scope(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_str_t *scope)
{
    u_char      ch;
    ngx_uint_t  i;

    if (ngx_http_certbound_check_text(cf, cmd, scope) != NGX_OK) {
        return NGX_ERROR;
    }

    for (i = 0; i < scope->len; i++) {
        ch = scope->data[i];

        if (ch <= 0x20 || ch >= 0x7f || ch == '"' || ch == '\\') {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid value \"%V\" in \"%V\" directive, "
                               "a scope has no spaces, quotes or backslashes "
                               "(several are several values)",
                               scope, &cmd->name);
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_certbound_preconfiguration(ngx_conf_t *cf)
{
    if (certbound_abi() != CERTBOUND_ABI) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "certbound: the library's interface is version %uD, "
                      "the module was compiled for version %d",
                      certbound_abi(), CERTBOUND_ABI);
        return NGX_ERROR;
    }

    if (ngx_http_certbound_init_peers(cf) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_certbound_add_variables(cf);
}


static ngx_int_t
ngx_http_certbound_postconfiguration(ngx_conf_t *cf)
{
    ngx_http_handler_pt        *h;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_ACCESS_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_certbound_access_handler;

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_PREACCESS_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_certbound_subrequest_handler;

    return NGX_OK;
}


static void *
ngx_http_certbound_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_certbound_main_conf_t  *cmcf;

    cmcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_certbound_main_conf_t));
    if (cmcf == NULL) {
        return NULL;
    }

    if (ngx_http_certbound_init_keys(cf, cmcf) != NGX_OK) {
        return NULL;
    }

    return cmcf;
}


static void *
ngx_http_certbound_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_certbound_loc_conf_t  *conf;

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_http_certbound_loc_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     conf->jwks = { 0, NULL };
     *     conf->issuer = { 0, NULL };
     *     conf->realm = { 0, NULL };
     *     conf->enabled_at = { NULL, 0 };
     *     conf->jwks_at = { NULL, 0 };
     *     conf->verifier = NULL;
     *     conf->scope = { 0, NULL };
     */

    conf->enable = NGX_CONF_UNSET;
    conf->audiences = NGX_CONF_UNSET_PTR;
    conf->scopes = NGX_CONF_UNSET_PTR;
    conf->algorithms = NGX_CONF_UNSET_UINT;
    conf->binding = NGX_CONF_UNSET_UINT;
    conf->token_type = NGX_CONF_UNSET_UINT;
    conf->leeway = NGX_CONF_UNSET;
    conf->cache = NGX_CONF_UNSET;

    return conf;
}


static char *
ngx_http_certbound_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_certbound_loc_conf_t  *prev = parent;
    ngx_http_certbound_loc_conf_t  *conf = child;

    if (conf->enable == NGX_CONF_UNSET) {
        conf->enabled_at = prev->enabled_at;
    }

    if (conf->jwks.data == NULL) {
        conf->jwks_at = prev->jwks_at;
    }

    ngx_conf_merge_value(conf->enable, prev->enable, 0);
    ngx_conf_merge_str_value(conf->jwks, prev->jwks, "");
    ngx_conf_merge_str_value(conf->issuer, prev->issuer, "");
    ngx_conf_merge_ptr_value(conf->audiences, prev->audiences, NULL);
    ngx_conf_merge_ptr_value(conf->scopes, prev->scopes, NULL);
    ngx_conf_merge_uint_value(conf->algorithms, prev->algorithms, 0);
    ngx_conf_merge_uint_value(conf->binding, prev->binding,
                              CERTBOUND_BINDING_REQUIRED);
    ngx_conf_merge_uint_value(conf->token_type, prev->token_type,
                              CERTBOUND_TOKEN_TYPE_ACCESS_TOKEN);
    ngx_conf_merge_sec_value(conf->leeway, prev->leeway, 0);
    ngx_conf_merge_str_value(conf->realm, prev->realm, "");
    ngx_conf_merge_value(conf->cache, prev->cache,
                         NGX_HTTP_CERTBOUND_CACHE_DEFAULT);

    if (!conf->enable) {
        return NGX_CONF_OK;
    }

    return ngx_http_certbound_complete(cf, conf);
}


static char *
ngx_http_certbound_complete(ngx_conf_t *cf, ngx_http_certbound_loc_conf_t *conf)
{
    if (conf->jwks.len == 0) {
        return ngx_http_certbound_incomplete(cf, conf, "certbound_jwks");
    }

    if (conf->issuer.len == 0) {
        return ngx_http_certbound_incomplete(cf, conf, "certbound_issuer");
    }

    if (conf->audiences == NULL) {
        return ngx_http_certbound_incomplete(cf, conf, "certbound_audience");
    }

    if (ngx_http_certbound_join_scopes(cf, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return ngx_http_certbound_add_verifier(cf, conf);
}


/*
 * In a server that has locations these may set what is missing.  A request
 * that matches none of them is then answered 500.
 */

static char *
ngx_http_certbound_incomplete(ngx_conf_t *cf,
    ngx_http_certbound_loc_conf_t *conf, const char *missing)
{
    ngx_http_conf_ctx_t       *ctx;
    ngx_http_core_loc_conf_t  *clcf;
    ngx_http_core_srv_conf_t  *cscf;

    ctx = cf->ctx;

    cscf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_core_module);
    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (ctx->loc_conf != cscf->ctx->loc_conf) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"certbound\" is on in %s:%ui, "
                      "but \"%s\" is missing in location \"%V\"",
                      conf->enabled_at.file, conf->enabled_at.line, missing,
                      &clcf->name);
        return NGX_CONF_ERROR;
    }

    if (clcf->locations == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"certbound\" is on in %s:%ui, "
                      "but \"%s\" is missing in the server",
                      conf->enabled_at.file, conf->enabled_at.line, missing);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_certbound_join_scopes(ngx_conf_t *cf,
    ngx_http_certbound_loc_conf_t *conf)
{
    size_t           len;
    u_char          *p;
    ngx_uint_t       i;
    certbound_text  *scopes;

    if (conf->scopes == NULL) {
        return NGX_OK;
    }

    scopes = conf->scopes->elts;
    len = 0;

    for (i = 0; i < conf->scopes->nelts; i++) {
        len += scopes[i].len + 1;
    }

    p = ngx_pnalloc(cf->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    conf->scope.data = p;
    conf->scope.len = len - 1;

    for (i = 0; i < conf->scopes->nelts; i++) {
        p = ngx_cpymem(p, scopes[i].data, scopes[i].len);
        *p++ = ' ';
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_certbound_init_module(ngx_cycle_t *cycle)
{
    ngx_http_certbound_main_conf_t  *cmcf;

    cmcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_certbound_module);

    if (cmcf) {
        ngx_http_certbound_move_watch(cmcf);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_certbound_init_process(ngx_cycle_t *cycle)
{
    ngx_http_certbound_main_conf_t  *cmcf;

    if (ngx_process != NGX_PROCESS_WORKER
        && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    cmcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_certbound_module);

    if (cmcf == NULL) {
        return NGX_OK;
    }

    ngx_http_certbound_watch_keys(cmcf, cycle);

    return NGX_OK;
}
