#include "cmd/encoding.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wchar.h>

/* RFC 3629, section 4: what may follow a first byte */
static const struct {
    unsigned char first, last; /* bytes that begin a character */
    unsigned char second_low, second_high;
    unsigned char length;
} forms[] = {
    {0x01, 0x7F, 0,    0,    1},
    {0xC2, 0xDF, 0x80, 0xBF, 2},
    {0xE0, 0xE0, 0xA0, 0xBF, 3},
    {0xE1, 0xEC, 0x80, 0xBF, 3},
    {0xED, 0xED, 0x80, 0x9F, 3},
    {0xEE, 0xEF, 0x80, 0xBF, 3},
    {0xF0, 0xF0, 0x90, 0xBF, 4},
    {0xF1, 0xF3, 0x80, 0xBF, 4},
    {0xF4, 0xF4, 0x80, 0x8F, 4},
};

/* The terminator is no tail: nothing is read beyond it. */
static bool has_tail(const unsigned char *u, size_t length)
{
    for (size_t i = 2; i < length; i++)
        if ((u[i] & 0xC0) != 0x80)
            return false;
    return true;
}

size_t encoding_utf8_length(const char *s)
{
    const unsigned char *u = (const unsigned char *)s;
    size_t i = 0;
    while (i < sizeof(forms) / sizeof(forms[0]) && (u[0] < forms[i].first || u[0] > forms[i].last))
        i++;
    if (i == sizeof(forms) / sizeof(forms[0]))
        return 0;
    size_t length = forms[i].length;
    if (length == 1)
        return 1;
    return u[1] >= forms[i].second_low && u[1] <= forms[i].second_high && has_tail(u, length) ? length : 0;
}

bool encoding_is_utf8(const char *s)
{
    for (size_t n = 0; *s != '\0'; s += n) {
        n = encoding_utf8_length(s);
        if (n == 0)
            return false;
    }
    return true;
}

static bool is_valid_in_locale(const char *s)
{
    mbstate_t state = {0};
    const char *end = s + strlen(s);
    while (s < end) {
        size_t n = mbrtowc(NULL, s, (size_t)(end - s), &state);
        if (n == 0 || n > (size_t)(end - s))
            return false;
        s += n;
    }
    return true;
}

bool encoding_is_valid(const char *s, const char *client_encoding)
{
    if (client_encoding == NULL || *client_encoding == '\0' || strcasecmp(client_encoding, "auto") == 0)
        return is_valid_in_locale(s);
    if (strcasecmp(client_encoding, "utf8") == 0 || strcasecmp(client_encoding, "utf-8") == 0 ||
        strcasecmp(client_encoding, "unicode") == 0)
        return encoding_is_utf8(s);
    return true; /* single bytes, or checked by the server */
}

static uint32_t utf8_code_point(const char *s, size_t length)
{
    uint32_t c = (unsigned char)s[0] & (length == 1 ? 0x7FU : 0x7FU >> length);
    for (size_t i = 1; i < length; i++)
        c = c << 6 | ((unsigned char)s[i] & 0x3F);
    return c;
}

size_t encoding_next(const char *s, uint32_t *c)
{
    size_t n = encoding_utf8_length(s);
    /* the locale C says nothing about bytes above 127, the server mostly speaks UTF-8 */
    if ((unsigned char)*s < 0x80 || (MB_CUR_MAX == 1 && n > 1)) {
        *c = *s == '\0' ? 0 : utf8_code_point(s, n);
        return *s == '\0' ? 1 : n;
    }
    mbstate_t state = {0};
    wchar_t wide = 0;
    n = mbrtowc(&wide, s, strlen(s), &state);
    bool known = n > 0 && n <= strlen(s) && wide > 0 && wide < 0x110000 && (wide < 0xD800 || wide > 0xDFFF);
    *c = known ? (uint32_t)wide : 0xFFFD;
    return known ? n : 1;
}

void encoding_put_utf8(FILE *out, uint32_t c)
{
    if (c < 0x80) {
        fputc((int)c, out);
    } else if (c < 0x800) {
        fprintf(out, "%c%c", (int)(0xC0 | (c >> 6)), (int)(0x80 | (c & 0x3F)));
    } else if (c < 0x10000) {
        fprintf(out, "%c%c%c", (int)(0xE0 | (c >> 12)), (int)(0x80 | ((c >> 6) & 0x3F)),
                (int)(0x80 | (c & 0x3F)));
    } else {
        fprintf(out, "%c%c", (int)(0xF0 | (c >> 18)), (int)(0x80 | ((c >> 12) & 0x3F)));
        fprintf(out, "%c%c", (int)(0x80 | ((c >> 6) & 0x3F)), (int)(0x80 | (c & 0x3F)));
    }
}
