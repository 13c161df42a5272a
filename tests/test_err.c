/* Errors as values. */
#include "base/err.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

Test(err, is_filled_part_by_part_and_always_gives_false)
{
    struct err e;

    cr_expect(not(err_set(&e, ERR_LOCK, "could not lock \"%s\"", "t")));
    cr_expect(not(err_detail(&e, "Line %d.", 1)));
    cr_expect(not(err_detail(&e, "Line %d.", 2)));
    cr_expect(not(err_hint(&e, "Run it again.")));
    cr_expect(not(err_code(&e, "view")));
    cr_expect(eq(int, (int)e.kind, ERR_LOCK));
    cr_expect(eq(str, e.primary, "could not lock \"t\""));
    cr_expect(eq(str, e.detail, "Line 1.\nLine 2."));
    cr_expect(eq(str, e.hint, "Run it again."));
    cr_expect(eq(str, e.code, "view"));
    cr_expect(eq(str, e.sqlstate, ""));
}

Test(err, set_clears_what_was_there_and_may_quote_itself)
{
    struct err e;

    err_set(&e, ERR_FAILED, "first");
    err_detail(&e, "Detail.");
    err_hint(&e, "Hint.");
    err_set(&e, ERR_USAGE, "second after %s", e.primary);
    cr_expect(eq(str, e.primary, "second after first"));
    cr_expect(eq(str, e.detail, ""));
    cr_expect(eq(str, e.hint, ""));
    err_clear(&e);
    cr_expect(eq(int, (int)e.kind, ERR_NONE));
    cr_expect(eq(str, e.primary, ""));
}

Test(err, prefix_goes_before_the_message)
{
    struct err e;

    err_set(&e, ERR_FAILED, "it broke");
    cr_expect(not(err_prefix(&e, "index \"%s\"", "i")));
    cr_expect(eq(str, e.primary, "index \"i\": it broke"));
}

Test(err, cuts_what_does_not_fit)
{
    struct err e;
    char text[4096];

    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    err_set(&e, ERR_FAILED, "%s", text);
    err_prefix(&e, "%s", text);
    for (int i = 0; i < 3; i++) {
        err_detail(&e, "%s", text);
        err_hint(&e, "%s", text);
    }
    err_code(&e, text);
    cr_expect(eq(sz, strlen(e.primary), sizeof(e.primary) - 1));
    cr_expect(eq(sz, strlen(e.detail), sizeof(e.detail) - 1));
    cr_expect(eq(sz, strlen(e.hint), sizeof(e.hint) - 1));
    cr_expect(eq(sz, strlen(e.code), sizeof(e.code) - 1));
}
