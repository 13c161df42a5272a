/*
 * From the client's encoding to UTF-8 and back. Where it is UTF-8, or says nothing about bytes above 127,
 * text is taken for UTF-8, and else for the locale's.
 */
#include "cmd/encoding.h"

#include <ctype.h>
#include <errno.h>
#include <iconv.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NAME_SIZE = 32, LONGEST = 4, NO_CHARACTER = 0xFFFD };

/* PostgreSQL's names, without what it ignores in them, where iconv's are others. */
static const struct {
    const char *postgresql, *iconv;
} names[] = {
    {"abc",          "CP1258"        },
    {"alt",          "CP866"         },
    {"big5",         "CP950"         },
    {"eucjis2004",   "EUC-JISX0213"  },
    {"koi8",         "KOI8-R"        },
    {"mskanji",      "CP932"         },
    {"shiftjis",     "CP932"         },
    {"shiftjis2004", "SHIFT_JISX0213"},
    {"sjis",         "CP932"         },
    {"tcvn",         "CP1258"        },
    {"tcvn5712",     "CP1258"        },
    {"unicode",      "UTF-8"         },
    {"utf8",         "UTF-8"         },
    {"vscii",        "CP1258"        },
    {"win",          "CP1251"        },
};

/* iconv's name of what PGCLIENTENCODING calls so. */
static const char *translate(const char *client_encoding, char buf[NAME_SIZE])
{
    char plain[NAME_SIZE] = "";
    size_t used = 0;
    for (const char *c = client_encoding; *c != '\0' && used + 1 < sizeof(plain); c++)
        if (isalnum((unsigned char)*c))
            plain[used++] = (char)tolower((unsigned char)*c);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i].postgresql, plain) == 0)
            return names[i].iconv;
    size_t windows = strncmp(plain, "windows", 7) == 0 ? 7 : strncmp(plain, "win", 3) == 0 ? 3 : 0;
    if (windows > 0)
        snprintf(buf, NAME_SIZE, "CP%.4s", plain + windows);
    else
        snprintf(buf, NAME_SIZE, "%s", plain);
    return buf;
}

/* What the server and the arguments speak, as iconv calls it. */
static const char *client_codeset(char buf[NAME_SIZE])
{
    const char *given = getenv("PGCLIENTENCODING");
    if (given == NULL || *given == '\0' || strcasecmp(given, "auto") == 0)
        return nl_langinfo(CODESET);
    return translate(given, buf);
}

static bool is_ascii(const char *s)
{
    while ((unsigned char)*s - 1U < 0x7F)
        s++;
    return *s == '\0';
}

/* Neither UTF-8, where nothing is to be done, nor the locale C's, which leaves open what it is. */
static bool is_to_be_converted(const char *codeset)
{
    return strcasecmp(codeset, "UTF-8") != 0 && strcmp(codeset, "ANSI_X3.4-1968") != 0;
}

/* What iconv_open gives for an encoding that it does not know: (iconv_t)-1. */
static bool is_unknown(iconv_t conversion)
{
    return (intptr_t)conversion == -1;
}

/* One character above 127; its length in s, 1 for a byte that is none. */
static size_t put_converted(FILE *out, iconv_t conversion, const char *s)
{
    for (size_t n = 1; n <= LONGEST && s[n - 1] != '\0'; n++) {
        char in[LONGEST], utf8[4 * LONGEST], *from = in, *to = utf8;
        size_t left = n, room = sizeof(utf8);
        memcpy(in, s, n);
        iconv(conversion, NULL, NULL, NULL, NULL);
        bool ok = iconv(conversion, &from, &left, &to, &room) != (size_t)-1;
        if (ok && iconv(conversion, NULL, NULL, &to, &room) != (size_t)-1 && to > utf8) {
            fwrite(utf8, 1, (size_t)(to - utf8), out);
            return n;
        }
        if (!ok && errno != EINVAL) /* not one that is only not complete */
            break;
    }
    encoding_put_utf8(out, NO_CHARACTER);
    return 1;
}

static void put_by_locale(FILE *out, const char *s)
{
    uint32_t c = 0;
    if (encoding_is_utf8(s)) {
        fputs(s, out);
        return;
    }
    for (; *s != '\0'; encoding_put_utf8(out, c))
        s += encoding_next(s, &c);
}

void encoding_put_as_utf8(FILE *out, const char *s)
{
    char buf[NAME_SIZE];
    const char *codeset = client_codeset(buf);
    if (is_ascii(s) || !is_to_be_converted(codeset)) {
        put_by_locale(out, s);
        return;
    }
    iconv_t conversion = iconv_open("UTF-8", codeset);
    if (is_unknown(conversion)) {
        put_by_locale(out, s);
        return;
    }
    while (*s != '\0')
        s += (unsigned char)*s < 0x80 ? fwrite(s, 1, 1, out) : put_converted(out, conversion, s);
    iconv_close(conversion);
}

const char *encoding_from_utf8(struct arena *a, const char *s)
{
    char buf[NAME_SIZE], *from = arena_strdup(a, s);
    const char *codeset = client_codeset(buf);
    size_t left = strlen(s), room = LONGEST * left; /* no character is longer there */
    if (is_ascii(s) || !is_to_be_converted(codeset))
        return s;
    char *text = arena_alloc(a, room + 1), *to = text;
    iconv_t conversion = iconv_open(codeset, "UTF-8");
    if (is_unknown(conversion))
        return s;
    bool ok = iconv(conversion, &from, &left, &to, &room) != (size_t)-1 &&
              iconv(conversion, NULL, NULL, &to, &room) != (size_t)-1;
    iconv_close(conversion);
    *to = '\0';
    return ok ? text : s;
}
