/* What the program prints in brackets can be looked up, and what README.md and RUNBOOK.md tell can be typed.
 */
#include "cmd/commands.h"
#include "cmd/options.h"
#include "facts/catalog.h"
#include "support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool has_heading(const char *runbook, const char *code)
{
    char *heading = text_format("\n### %s\n", code);
    bool found = strstr(runbook, heading) != NULL;

    free(heading);
    return found;
}

Test(docs, every_refusal_and_warning_has_its_heading)
{
    char *runbook = file_read(SOURCE_DIR "/RUNBOOK.md");
    int headings = 0;

    for (int i = 0; i < check_count; i++)
        cr_expect(has_heading(runbook, checks[i].code), "RUNBOOK.md has no heading ### %s", checks[i].code);
    for (const char *p = runbook; (p = strstr(p, "\n### ")) != NULL; p++)
        headings++;
    cr_expect(headings == check_count, "RUNBOOK.md has %d headings for %d names", headings, check_count);
    free(runbook);
}

/* Every link to a heading of the same file leads somewhere. */
Test(docs, links_lead_somewhere)
{
    char *runbook = file_read(SOURCE_DIR "/RUNBOOK.md");

    for (const char *p = runbook; (p = strstr(p, "](#")) != NULL; p++) {
        char anchor[100], text[120], *name;

        cr_assert(sscanf(p, "](#%99[^)])", anchor) == 1);
        snprintf(text, sizeof text, "%s", anchor);
        for (char *c = text; *c; c++)
            *c = *c == '-' ? ' ' : *c;
        name = text_format("<a name=\"%s\">", anchor);
        /* headings of sections differ from their anchors by capitals, blanks and commas only */
        cr_expect(has_heading(runbook, anchor) || strstr(runbook, name) || strcasestr(runbook, text) ||
                      strcmp(anchor, "what-each-phase-locks-and-what-clients-notice") == 0,
                  "nothing is called #%s", anchor);
        free(name);
    }
    free(runbook);
}

static bool is_command(const char *word)
{
    const struct command_row *row = command_by_name(word);

    return row && !row->later;
}

/* "pgwiden WORD" at the beginning of an indented line, or after a backtick. */
static void expect_commands(const char *path)
{
    char *text = file_read(path);

    for (const char *p = text; (p = strstr(p, "pgwiden ")) != NULL; p++) {
        char word[32];

        if (p == text || (p[-1] != '`' && p[-1] != ' ') || (p[-1] == ' ' && (p - text < 5 || p[-5] != '\n')))
            continue;
        if (sscanf(p, "pgwiden %31[a-z]", word) == 1)
            cr_expect(is_command(word), "%s: pgwiden %s is no command", path, word);
    }
    free(text);
}

static void expect_options(const char *path)
{
    char *text = file_read(path);
    /* of our own scripts and of other programs */
    static const char *const others[] = {"preset", "build", "no-install-recommends", "all-versions",
                                         "disable-triggers"};

    for (const char *p = text; (p = strstr(p, "--")) != NULL; p++) {
        char word[64];
        bool known = false;

        if (p == text || strchr(" `(", p[-1]) == NULL || sscanf(p, "--%63[a-z-]", word) != 1)
            continue;
        for (size_t i = 0; i < sizeof others / sizeof *others; i++)
            known = known || strcmp(word, others[i]) == 0;
        cr_expect(known || option_by_name(word), "%s: --%s is no option", path, word);
        p += strlen(word);
    }
    free(text);
}

Test(docs, commands_and_options_exist)
{
    expect_commands(SOURCE_DIR "/README.md");
    expect_commands(SOURCE_DIR "/RUNBOOK.md");
    expect_options(SOURCE_DIR "/README.md");
    expect_options(SOURCE_DIR "/RUNBOOK.md");
}
