#include "cmd/text.h"

#include "cmd/encoding.h"

#include <math.h>
#include <string.h>
#include <time.h>
#include <wchar.h>
#include <wctype.h>

static bool is_blank(uint32_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* C0, DEL, C1, and what turns the direction of the line */
static bool is_control(uint32_t c)
{
    return c < ' ' || (c >= 0x7F && c < 0xA0) || (c >= 0x202A && c <= 0x202E) ||
           (c >= 0x2066 && c <= 0x2069) || c == 0xFFFD;
}

static int width_of(uint32_t c)
{
    int width = c < 0x80 ? 1 : wcwidth((wchar_t)c);
    return width < 0 || is_control(c) ? 1 : width;
}

/* Prints one character; returns its bytes in s. */
static size_t put_one(FILE *out, const char *s)
{
    uint32_t c = 0;
    size_t n = encoding_next(s, &c);
    if (is_blank(c))
        fputc(' ', out);
    else if (is_control(c))
        fputc('?', out);
    else
        fwrite(s, 1, n, out);
    return n;
}

void text_put(FILE *out, const char *s)
{
    while (*s != '\0')
        s += put_one(out, s);
}

int text_width(const char *s)
{
    int width = 0;
    uint32_t c = 0;
    for (; *s != '\0'; s += encoding_next(s, &c)) {
        encoding_next(s, &c);
        width += width_of(c);
    }
    return width;
}

/* Returns the columns printed. */
static int put_cut(FILE *out, const char *s, int width)
{
    int column = 0;
    while (*s != '\0') {
        uint32_t c = 0;
        encoding_next(s, &c);
        if (column + width_of(c) > width)
            break;
        column += width_of(c);
        s += put_one(out, s);
    }
    return column;
}

void text_put_cut(FILE *out, const char *s, int width)
{
    put_cut(out, s, width);
}

void text_cell(FILE *out, const char *s, int width)
{
    for (int column = put_cut(out, s, width); column < width; column++)
        fputc(' ', out);
}

static int put_word(FILE *out, const char *s, size_t bytes)
{
    int width = 0;
    for (size_t i = 0; i < bytes;) {
        uint32_t c = 0;
        encoding_next(s + i, &c);
        width += width_of(c);
        i += put_one(out, s + i);
    }
    return width;
}

static int word_width(const char *s, size_t bytes)
{
    int width = 0;
    for (size_t i = 0; i < bytes;) {
        uint32_t c = 0;
        i += encoding_next(s + i, &c);
        width += width_of(c);
    }
    return width;
}

void text_wrap(FILE *out, const char *s, int column, int indent)
{
    bool first = true;
    while (*s != '\0') {
        bool newline = *s == '\n';
        s += newline ? 1 : strspn(s, " \t\r\f\v");
        size_t bytes = strcspn(s, " \t\r\f\v\n");
        if (newline || (!first && bytes > 0 && column + 1 + word_width(s, bytes) > TEXT_WIDTH)) {
            fprintf(out, "\n%*s", indent, "");
            column = indent;
            first = true;
        }
        if (bytes > 0) {
            column += first ? 0 : fprintf(out, " ");
            column += put_word(out, s, bytes);
            first = false;
        }
        s += bytes;
    }
    fputc('\n', out);
}

void text_lines(FILE *out, const char *s, int indent)
{
    while (*s != '\0') {
        if (*s == '\n') {
            fprintf(out, "\n%*s", indent, "");
            s++;
        } else {
            s += put_one(out, s);
        }
    }
    fputc('\n', out);
}

const char *text_time(double unix_time, bool milliseconds, char *buf, size_t size)
{
    double whole = floor(unix_time);
    time_t seconds = (time_t)whole;
    struct tm tm;
    char date[32] = "", zone[8] = "+0000", fraction[8] = "";
    if (localtime_r(&seconds, &tm) != NULL) {
        strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
        strftime(zone, sizeof(zone), "%z", &tm);
    }
    if (milliseconds)
        snprintf(fraction, sizeof(fraction), ".%03d", (int)((unix_time - whole) * 1000));
    snprintf(buf, size, "%s%s%.3s:%s", date, fraction, zone, zone + 3);
    return buf;
}

const char *text_ordinal(int n, char *buf, size_t size)
{
    static const char *const endings[] = {"th", "st", "nd", "rd"};
    int last = n % 10;
    bool teen = n % 100 >= 11 && n % 100 <= 13;
    snprintf(buf, size, "%d%s", n, endings[teen || last > 3 || last < 0 ? 0 : last]);
    return buf;
}
