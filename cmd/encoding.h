/*
 * The encoding of arguments and of what the server sends: PGCLIENTENCODING, else the locale's.
 */
#ifndef CMD_ENCODING_H
#define CMD_ENCODING_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Length of the UTF-8 character at s (RFC 3629: no surrogates, nothing overlong), 0 when there is none. */
size_t encoding_utf8_length(const char *s);
bool encoding_is_utf8(const char *s);
/* Is every byte of an argument valid in `client_encoding` (PGCLIENTENCODING's value, NULL: the locale's)? */
bool encoding_is_valid(const char *s, const char *client_encoding);
/* The character at s as the locale reads it; *c is its code point, U+FFFD for a byte that is none. Length
 * >= 1. */
size_t encoding_next(const char *s, uint32_t *c);
void encoding_put_utf8(FILE *out, uint32_t c);
/* What the server or an argument says, which may hold any bytes, as valid UTF-8. */
void encoding_put_as_utf8(FILE *out, const char *s);
/* UTF-8 as the server and the arguments would say it; as it is when they can't. */
const char *encoding_from_utf8(struct arena *a, const char *s);

#endif
