
/*
 * certbound: variables for claims that the configuration names.
 *
 * A variable is defined once, but each level may choose another claim for it.
 * The location that has judged the token decides.
 */


#include "ngx_http_certbound_directives.h"
#include "ngx_http_certbound_rules.h"


static ngx_int_t ngx_http_certbound_define_variable(ngx_conf_t *cf,
    ngx_command_t *cmd, ngx_str_t *value, ngx_uint_t *variable);
static ngx_int_t ngx_http_certbound_check_variable_name(ngx_conf_t *cf,
    ngx_command_t *cmd, ngx_str_t *value);


char *
ngx_http_certbound_claim(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_certbound_loc_conf_t  *clcf = conf;

    ngx_str_t                   *value;
    ngx_uint_t                   i, n, variable;
    certbound_text              *name;
    ngx_http_certbound_claim_t  *claim;

    value = cf->args->elts;
    n = cf->args->nelts - 2;

    if (ngx_http_certbound_check_constants(cf, cmd, 2) != NGX_OK
        || ngx_http_certbound_note_directive(cf, cmd, conf) != NGX_OK
        || ngx_http_certbound_define_variable(cf, cmd, &value[1], &variable)
           != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (n > CERTBOUND_CLAIM_PATH) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "%ui names in \"%V\" directive, "
                           "at most %d are allowed",
                           n, &cmd->name, CERTBOUND_CLAIM_PATH);
        return NGX_CONF_ERROR;
    }

    if (clcf->claims == NULL) {
        clcf->claims = ngx_array_create(cf->pool, 2,
                                        sizeof(ngx_http_certbound_claim_t));
        if (clcf->claims == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    if (ngx_http_certbound_find_claim(clcf->claims, variable)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" directive is duplicate: "
                           "it sets the variable \"%V\" again",
                           &cmd->name, &value[1]);
        return NGX_CONF_ERROR;
    }

    claim = ngx_array_push(clcf->claims);
    if (claim == NULL) {
        return NGX_CONF_ERROR;
    }

    claim->variable = variable;

    if (ngx_array_init(&claim->path, cf->pool, n, sizeof(certbound_text))
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    for (i = 2; i < cf->args->nelts; i++) {

        if (ngx_http_certbound_check_text(cf, cmd, &value[i]) != NGX_OK) {
            return NGX_CONF_ERROR;
        }

        name = ngx_array_push(&claim->path);
        if (name == NULL) {
            return NGX_CONF_ERROR;
        }

        name->data = (char *) value[i].data;
        name->len = value[i].len;
    }

    return NGX_CONF_OK;
}


/*
 * Defines the variable, unless an earlier directive has.  It cannot be changed
 * by "set", "map" and others, which would replace verified claims.
 */

static ngx_int_t
ngx_http_certbound_define_variable(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_str_t *value, ngx_uint_t *variable)
{
    ngx_str_t                        name, *variables;
    ngx_uint_t                       i;
    ngx_http_variable_t             *var;
    ngx_http_certbound_main_conf_t  *cmcf;

    if (ngx_http_certbound_check_variable_name(cf, cmd, value) != NGX_OK) {
        return NGX_ERROR;
    }

    name.data = value->data + 1;
    name.len = value->len - 1;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_certbound_module);

    variables = cmcf->variables.elts;

    for (i = 0; i < cmcf->variables.nelts; i++) {

        if (variables[i].len == name.len
            && ngx_strncasecmp(variables[i].data, name.data, name.len) == 0)
        {
            *variable = i;
            return NGX_OK;
        }
    }

    var = ngx_http_add_variable(cf, &name, NGX_HTTP_VAR_NOCACHEABLE);
    if (var == NULL) {
        return NGX_ERROR;
    }

    if (var->get_handler) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the variable \"%V\" in \"%V\" directive is already "
                           "set by another directive, choose another name",
                           value, &cmd->name);
        return NGX_ERROR;
    }

    *variable = i;

    var->get_handler = ngx_http_certbound_named_claim_variable;
    var->data = i;

    variables = ngx_array_push(&cmcf->variables);
    if (variables == NULL) {
        return NGX_ERROR;
    }

    *variables = name;

    return ngx_http_certbound_add_index(cf, &name);
}


static ngx_int_t
ngx_http_certbound_check_variable_name(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_str_t *value)
{
    u_char      ch;
    ngx_uint_t  i, valid;

    valid = (value->len > 1 && value->data[0] == '$');

    for (i = 1; i < value->len; i++) {
        ch = value->data[i];

        if ((ch < '0' || ch > '9') && (ch < 'A' || ch > 'Z')
            && (ch < 'a' || ch > 'z') && ch != '_')
        {
            valid = 0;
        }
    }

    if (valid && (value->data[1] < '0' || value->data[1] > '9')) {
        return NGX_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid variable \"%V\" in \"%V\" directive, "
                       "it must be \"$\" and a name of letters, digits and "
                       "underscores that does not begin with a digit",
                       value, &cmd->name);

    return NGX_ERROR;
}


/* A level inherits the variables that it does not set itself. */

ngx_int_t
ngx_http_certbound_merge_claims(ngx_conf_t *cf,
    ngx_http_certbound_loc_conf_t *prev, ngx_http_certbound_loc_conf_t *conf)
{
    ngx_uint_t                   i;
    ngx_http_certbound_claim_t  *claim, *inherited;

    if (conf->claims == NULL) {
        conf->claims = prev->claims;
        return NGX_OK;
    }

    if (prev->claims == NULL) {
        return NGX_OK;
    }

    inherited = prev->claims->elts;

    for (i = 0; i < prev->claims->nelts; i++) {

        if (ngx_http_certbound_find_claim(conf->claims, inherited[i].variable))
        {
            continue;
        }

        claim = ngx_array_push(conf->claims);
        if (claim == NULL) {
            return NGX_ERROR;
        }

        *claim = inherited[i];
    }

    return NGX_OK;
}
