#include "cmd/command_line.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void put_quoted(FILE *out, const char *s)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:@%+=,-";
    if (s[strspn(s, plain)] == '\0' && *s != '\0') {
        fputs(s, out);
        return;
    }
    fputc('\'', out);
    for (; *s != '\0'; s++)
        *s == '\'' ? fputs("'\\''", out) : fputc(*s, out);
    fputc('\'', out);
}

void command_line_add(FILE *out, const struct option_row *row, const char *value)
{
    if (row->letter != 0)
        fprintf(out, " -%c", row->letter);
    else
        fprintf(out, " --%s", row->name);
    if (value != NULL) {
        fputc(' ', out);
        put_quoted(out, value);
    }
}

static bool is_secret(const char *key, size_t length)
{
    static const char *const secrets[] = {"password",         "sslpassword",      "passwd",
                                          "scram_client_key", "scram_server_key", "oauth_client_secret"};
    for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
        if (strlen(secrets[i]) == length && strncasecmp(key, secrets[i], length) == 0)
            return true;
    return false;
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c == '\0' ? NULL : strchr(digits, tolower((unsigned char)c));
    return at == NULL ? -1 : (int)(at - digits);
}

/* A key of a URI may be percent-encoded: pass%77ord. */
static bool is_secret_in_uri(const char *key, size_t length)
{
    char plain[64]; /* a longer key is none of libpq's */
    size_t used = 0;
    for (size_t i = 0; i < length && used < sizeof(plain); i++) {
        int high = key[i] == '%' ? hex_digit(key[i + 1]) : -1, low = high < 0 ? -1 : hex_digit(key[i + 2]);
        plain[used++] = (char)(low < 0 ? key[i] : high << 4 | low);
        i += low < 0 ? 0 : 2;
    }
    return is_secret(plain, used);
}

/* postgresql://user:secret@host/db?password=secret */
static void redact_uri(FILE *out, const char *uri)
{
    const char *host = strstr(uri, "://") + 3;
    size_t authority = strcspn(host, "/");
    const char *at = memchr(host, '@', authority);
    for (const char *p = at; p != NULL; p = memchr(p + 1, '@', authority - (size_t)(p + 1 - host)))
        at = p;                                          /* a password may hold one, unencoded */
    size_t user = at == NULL ? 0 : strcspn(host, ":@?"); /* libpq takes a query before an @ for it */
    fwrite(uri, 1, (size_t)(host - uri) + user, out);
    const char *rest = at == NULL ? host : at;
    size_t before_query = strcspn(rest, "?");
    fwrite(rest, 1, before_query, out);
    const char *next = rest + before_query;
    char separator = '?';
    while (*next != '\0') {
        const char *key = next + 1;
        size_t length = strcspn(key, "&");
        if (length > 0 && !is_secret_in_uri(key, strcspn(key, "=&"))) {
            fputc(separator, out);
            fwrite(key, 1, length, out);
            separator = '&';
        }
        next = key + length;
    }
}

/* One value of a connection string: quoted with backslashes, or up to a space. */
static const char *skip_value(const char *p)
{
    bool quoted = *p == '\'';
    for (p += quoted; *p != '\0'; p++) {
        if (*p == '\\' && p[1] != '\0')
            p++;
        else if (quoted ? *p == '\'' : strchr(" \t\n\r\f\v", *p) != NULL)
            return p + quoted;
    }
    return p;
}

/* host=db1 password='a secret' dbname=shop */
static void redact_pairs(FILE *out, const char *p)
{
    static const char space[] = " \t\n\r\f\v";
    bool first = true;
    while (*(p += strspn(p, space)) != '\0') {
        const char *key = p;
        size_t length = strcspn(p, "= \t\n\r\f\v");
        p += length + strspn(p + length, space);
        if (*p == '=')
            p = skip_value(p + 1 + strspn(p + 1, space));
        if (is_secret(key, length))
            continue;
        fprintf(out, "%s%.*s", first ? "" : " ", (int)(p - key), key);
        first = false;
    }
}

const char *command_line_redact(struct arena *a, const char *dbname)
{
    bool uri = strncmp(dbname, "postgresql://", 13) == 0 || strncmp(dbname, "postgres://", 11) == 0;
    char *text = NULL;
    size_t size = 0;
    if (!uri && strchr(dbname, '=') == NULL)
        return dbname;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        abort();
    if (uri)
        redact_uri(out, dbname);
    else
        redact_pairs(out, dbname);
    fclose(out);
    const char *result = arena_strdup(a, text);
    free(text);
    return result;
}
