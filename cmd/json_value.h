/*
 * Values for JSON output. Every function takes what core gives: any bytes, any double.
 */
#ifndef CMD_JSON_VALUE_H
#define CMD_JSON_VALUE_H

#include "base/err.h"
#include "base/throttle.h"

#include <jansson.h>
#include <stdio.h>

/* A string; null for NULL. The client's encoding is converted to UTF-8. */
json_t *json_value_text(const char *s);
/* As above, but "" is null too. */
json_t *json_value_text_or_null(const char *s);
/* A number with three decimals; null when it is negative (not known) or no number. */
json_t *json_value_positive(double d);
json_t *json_value_time(double unix_time);
/* code, sqlstate, message, detail, hint */
void json_value_add_error(json_t *object, const struct err *e);
/* [{signal, value, limit, unit, since, detail}]: what is not known is null. */
json_t *json_value_throttles(int count, const struct throttle *throttles);
/* Prints one object on one line and frees it. */
void json_value_line(FILE *out, json_t *object);

#endif
