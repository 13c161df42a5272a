/* From the client's encoding to UTF-8 and back. */
#include "cmd/encoding.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <locale.h>
#include <stdlib.h>

static char *as_utf8(const char *s)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    encoding_put_as_utf8(out, s);
    fclose(out);
    return text;
}

/* What PGCLIENTENCODING is (NULL: not set), in the locale C.UTF-8. */
Test(encoding, is_converted)
{
    static const struct {
        const char *encoding, *text, *utf8;
        bool back;
    } cases[] = {
        {"LATIN1",        "k\xe4se",          "k\xc3\xa4se",      true },
        {"latin-1",       "\xc3\xa4",         "\xc3\x83\xc2\xa4", true },
        {"ISO_8859_5",    "\xb0",             "\xd0\x90",         true },
        {"iso-8859-1",    "\xe4",             "\xc3\xa4",         true },
        {"WIN1252",       "\x80",             "\xe2\x82\xac",     true },
        {"windows-1251",  "\xc0",             "\xd0\x90",         true },
        {"KOI8R",         "\xe1",             "\xd0\x90",         true },
        {"SJIS",          "a\\~\x83\x5c",     "a\\~\xe3\x82\xbd", true },
        {"EUC_JP",        "\xa5\xbd",         "\xe3\x82\xbd",     true },
        {"EUC_JIS_2004",  "\xa5\xbd",         "\xe3\x82\xbd",     true },
        {"GB18030",       "\x81\x30\x81\x30", "\xc2\x80",         true },
        {"EUC_KR",        "\xb0\xa1",         "\xea\xb0\x80",     true },
        {"EUC_TW",        "\xc4\xe3",         "\xe4\xb8\xad",     true },
        {"BIG5",          "\xa4\x40",         "\xe4\xb8\x80",     true },
        {"EUC_JP",        "\xa5",             "\xef\xbf\xbd",     false},
        {"EUC_JP",
         "\xa5"
         "a",                                 "\xef\xbf\xbd"
         "a",                                        false},
        {"UTF8",          "\xc3\xa4",         "\xc3\xa4",         true },
        {"UTF8",          "\xe4",             "\xef\xbf\xbd",     false},
        {"MULE_INTERNAL", "\xc3\xa4",         "\xc3\xa4",         true },
        {"SQL_ASCII",     "\xc3\xa4",         "\xc3\xa4",         true },
        {NULL,            "\xc3\xa4",         "\xc3\xa4",         true },
        {NULL,            "\xe4",             "\xef\xbf\xbd",     false},
    };
    struct arena *a = arena_new();
    cr_assert(ne(ptr, setlocale(LC_CTYPE, "C.UTF-8"), NULL));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cases[i].encoding == NULL ? unsetenv("PGCLIENTENCODING")
                                  : setenv("PGCLIENTENCODING", cases[i].encoding, 1);
        char *utf8 = as_utf8(cases[i].text);
        cr_expect(eq(str, utf8, (char *)cases[i].utf8), "case %zu", i);
        if (cases[i].back)
            cr_expect(eq(str, (char *)encoding_from_utf8(a, utf8), (char *)cases[i].text), "case %zu", i);
        free(utf8);
    }
    setenv("PGCLIENTENCODING", "LATIN1", 1);
    cr_expect(eq(str, (char *)encoding_from_utf8(a, "\xe2\x82\xac"), "\xe2\x82\xac"), "LATIN1 has none");
    arena_free(a);
}
