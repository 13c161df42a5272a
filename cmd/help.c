#include "cmd/help.h"

#include "cmd/options.h"

#include <stdbool.h>
#include <string.h>

enum { HELP_COLUMN = 30 };

static const char *const titles[GROUP_COUNT] = {
    [GROUP_CONNECTION] = "Connection options",
    [GROUP_WORK] = "Options of the work",
    [GROUP_OUTPUT] = "Output options",
};

static bool has_value(enum value_kind kind)
{
    return kind == VALUE_INT || kind == VALUE_ROWS || kind == VALUE_DURATION || kind == VALUE_SIZE ||
           kind == VALUE_FORMAT;
}

static void print_option(FILE *out, const struct option_row *row)
{
    struct options defaults;
    char value[OPTION_TEXT_MAX] = "", left[OPTION_TEXT_MAX];
    char letter[] = "    ";
    if (row->letter != 0)
        snprintf(letter, sizeof(letter), "-%c, ", row->letter);
    snprintf(left, sizeof(left), "  %s--%s%s%s", letter, row->name, row->argument == NULL ? "" : " ",
             row->argument == NULL ? "" : row->argument);
    options_init(&defaults);
    if (has_value(row->type->kind))
        option_print(row, &defaults, value, sizeof(value));
    fprintf(out, "%-*s %s", HELP_COLUMN, left, row->help);
    if (value[0] != '\0')
        fprintf(out, " (default %s)", value);
    fputc('\n', out);
}

static void print_group(FILE *out, enum option_group group, unsigned commands)
{
    bool first = true;
    for (int i = 0; i < option_count; i++) {
        const struct option_row *row = &option_rows[i];
        if (row->later || row->group != group || (row->commands & commands) == 0)
            continue;
        if (first)
            fprintf(out, "\n%s:\n", titles[group]);
        first = false;
        print_option(out, row);
    }
}

static void print_targets(FILE *out)
{
    fputs("A TARGET is table.column or schema.table.column, quoted as in SQL; a table alone means its\n"
          "single-column integer primary key. In a schema or table that is not quoted, * and ? match as in\n"
          "psql: 'tenant_*.users.id', 'public.*' (quote them for the shell). Two parts are schema.table, or\n"
          "table.column of tables that are found without a schema; what could be both is refused.\n",
          out);
}

static void print_command(FILE *out, const struct command_row *row)
{
    fprintf(out, "pgwiden %s: %s\n\nUsage:\n  pgwiden [CONNECTION OPTION]... %s %s [OPTION]...\n\n%s\n",
            row->name, row->summary, row->name, row->needs_target ? "TARGET..." : "[TARGET]...", row->help);
    fputc('\n', out);
    print_targets(out);
    for (int group = 0; group < GROUP_COUNT; group++)
        print_group(out, (enum option_group)group, COMMAND_BIT(row->command));
}

static void print_overall(FILE *out)
{
    fputs("pgwiden changes integer columns of PostgreSQL tables to bigint while they stay in use.\n"
          "\n"
          "Usage:\n"
          "  pgwiden [CONNECTION OPTION]... COMMAND [TARGET]... [OPTION]...\n"
          "\n"
          "Examples:\n"
          "  pgwiden plan orders.id                   what would be done; changes nothing\n"
          "  pgwiden run orders.id                    all of it, asks before the swap\n"
          "  pgwiden cleanup orders.id                drop the old column when all is well\n"
          "\n",
          out);
    print_targets(out);
    fputs("\n"
          "Commands (\"pgwiden COMMAND --help\" tells more):\n",
          out);
    for (int i = 0; i < command_count; i++)
        if (!command_rows[i].later)
            fprintf(out, "  %-10s %s\n", command_rows[i].name, command_rows[i].summary);
    for (int group = 0; group < GROUP_COUNT; group++)
        print_group(out, (enum option_group)group, ~0U);
    fputs("\n"
          "Every option can be given by the environment as well: --chunk-size as PGWIDEN_CHUNK_SIZE; the\n"
          "command line wins. The connection also takes PG* variables, service files and .pgpass as psql "
          "does.\n"
          "\n"
          "Exit status: 0 done, 1 failed, 2 usage, 3 refused before anything was changed, 4 gave up waiting "
          "for a\n"
          "lock, 5 stopped before the end, 6 a person must decide on the swap. After 4 and 5 run it again.\n",
          out);
}

void help_print(FILE *out, const struct command_row *command)
{
    if (command == NULL)
        print_overall(out);
    else
        print_command(out, command);
}

void help_version(FILE *out)
{
    fputs("pgwiden " PGWIDEN_VERSION "\n", out);
}
