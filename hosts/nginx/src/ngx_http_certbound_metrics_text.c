
/*
 * certbound: a text in the format of Prometheus.
 */


#include "ngx_http_certbound_metrics.h"


static void ngx_http_certbound_write_label(ngx_http_certbound_text_t *text,
    ngx_str_t *value);
static void ngx_http_certbound_write_words(ngx_http_certbound_text_t *text,
    const char *words);
static void ngx_http_certbound_write(ngx_http_certbound_text_t *text,
    u_char *data, size_t len);


void
ngx_http_certbound_write_family(ngx_http_certbound_text_t *text,
    const char *name, const char *type, const char *help)
{
    ngx_http_certbound_write_words(text, "# HELP ");
    ngx_http_certbound_write_words(text, name);
    ngx_http_certbound_write_words(text, " ");
    ngx_http_certbound_write_words(text, help);
    ngx_http_certbound_write_words(text, "\n# TYPE ");
    ngx_http_certbound_write_words(text, name);
    ngx_http_certbound_write_words(text, " ");
    ngx_http_certbound_write_words(text, type);
    ngx_http_certbound_write_words(text, "\n");
}


/* A second label is optional. */

void
ngx_http_certbound_write_sample(ngx_http_certbound_text_t *text,
    const char *name, const char *label, ngx_str_t *value,
    const char *second_label, const char *second_value,
    ngx_atomic_uint_t number)
{
    u_char  digits[NGX_ATOMIC_T_LEN], *last;

    ngx_http_certbound_write_words(text, name);
    ngx_http_certbound_write_words(text, "{");
    ngx_http_certbound_write_words(text, label);
    ngx_http_certbound_write_words(text, "=\"");
    ngx_http_certbound_write_label(text, value);

    if (second_label) {
        ngx_http_certbound_write_words(text, "\",");
        ngx_http_certbound_write_words(text, second_label);
        ngx_http_certbound_write_words(text, "=\"");
        ngx_http_certbound_write_words(text, second_value);
    }

    ngx_http_certbound_write_words(text, "\"} ");

    last = ngx_sprintf(digits, "%uA", number);

    ngx_http_certbound_write(text, digits, last - digits);
    ngx_http_certbound_write_words(text, "\n");
}


/*
 * The path of a file may contain any byte.  Those outside of printable ASCII
 * are written as "\xHH", as in nginx's logs.
 */

static void
ngx_http_certbound_write_label(ngx_http_certbound_text_t *text,
    ngx_str_t *value)
{
    size_t  i;
    u_char  ch, escaped[sizeof("\\\\xFF") - 1], *last;

    for (i = 0; i < value->len; i++) {
        ch = value->data[i];

        if (ch == '"' || ch == '\\') {
            last = ngx_sprintf(escaped, "\\%c", ch);

        } else if (ch < 0x20 || ch >= 0x7f) {
            last = ngx_sprintf(escaped, "\\\\x%02Xd", (int) ch);

        } else {
            escaped[0] = ch;
            last = escaped + 1;
        }

        ngx_http_certbound_write(text, escaped, last - escaped);
    }
}


static void
ngx_http_certbound_write_words(ngx_http_certbound_text_t *text,
    const char *words)
{
    ngx_http_certbound_write(text, (u_char *) words, ngx_strlen(words));
}


static void
ngx_http_certbound_write(ngx_http_certbound_text_t *text, u_char *data,
    size_t len)
{
    size_t        n;
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    while (len && !text->failed) {

        if (text->buf == NULL || text->buf->last == text->buf->end) {

            b = ngx_create_temp_buf(text->pool, ngx_pagesize);
            cl = ngx_alloc_chain_link(text->pool);

            if (b == NULL || cl == NULL) {
                text->failed = 1;
                return;
            }

            cl->buf = b;
            *text->next = cl;
            text->next = &cl->next;
            text->buf = b;
        }

        n = ngx_min(len, (size_t) (text->buf->end - text->buf->last));

        text->buf->last = ngx_cpymem(text->buf->last, data, n);
        text->len += n;

        data += n;
        len -= n;
    }
}
