#include "cmd/json_value.h"

#include "cmd/encoding.h"
#include "cmd/text.h"

#include <math.h>
#include <stdlib.h>

json_t *json_value_text(const char *s)
{
    char *text = NULL;
    size_t size = 0;
    if (s == NULL)
        return json_null();
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        abort();
    encoding_put_as_utf8(out, s);
    fclose(out);
    json_t *value = json_string(text);
    free(text);
    return value;
}

json_t *json_value_text_or_null(const char *s)
{
    return json_value_text(s != NULL && *s == '\0' ? NULL : s);
}

json_t *json_value_positive(double d)
{
    return isfinite(d) && d >= 0 ? json_real(floor(d * 1000 + 0.5) / 1000) : json_null();
}

json_t *json_value_time(double unix_time)
{
    char buf[TEXT_TIME_MAX];
    return json_string(text_time(unix_time, true, buf, sizeof(buf)));
}

void json_value_add_error(json_t *object, const struct err *e)
{
    json_object_set_new(object, "code", json_value_text_or_null(e->code));
    json_object_set_new(object, "sqlstate", json_value_text_or_null(e->sqlstate));
    json_object_set_new(object, "message", json_value_text(e->primary));
    json_object_set_new(object, "detail", json_value_text_or_null(e->detail));
    json_object_set_new(object, "hint", json_value_text_or_null(e->hint));
}

json_t *json_value_throttles(int count, const struct throttle *throttles)
{
    json_t *list = json_array();
    for (int i = 0; i < count; i++) {
        const struct throttle *t = &throttles[i];
        json_t *one = json_object();
        json_object_set_new(one, "signal", json_value_text(t->signal));
        json_object_set_new(one, "value", json_value_positive(t->value));
        json_object_set_new(one, "limit", json_value_positive(t->limit));
        json_object_set_new(one, "unit", json_value_text_or_null(t->unit));
        json_object_set_new(one, "since", json_value_time(t->since));
        json_object_set_new(one, "detail", json_value_text_or_null(t->detail));
        json_array_append_new(list, one);
    }
    return list;
}

void json_value_line(FILE *out, json_t *object)
{
    if (object == NULL) /* out of memory */
        abort();
    json_dumpf(object, out, JSON_COMPACT | JSON_REAL_PRECISION(15));
    fputc('\n', out);
    json_decref(object);
}
