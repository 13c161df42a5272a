/*
 * argv is collected first, then the environment fills what argv left open, then everything is checked against
 * the command and set. getopt_long is told to return the other arguments in order: they may stand between
 * options even with POSIXLY_CORRECT.
 */
#include "cmd/arguments.h"

#include "cmd/assignments.h"
#include "cmd/command_line.h"
#include "cmd/commands.h"
#include "cmd/encoding.h"
#include "cmd/nearest.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An option as it was given. */
struct given {
    const struct option_row *row;
    const char *value; /* NULL: a flag on the command line */
    bool environment;
};

struct parser {
    struct arena *a;
    struct options *o;
    struct err *e;
    struct given *given;
    int given_count;
    const char **words; /* the command and its targets */
    int word_count;
    const char **warnings;
};

enum { LONG_BASE = 256, SHORT_MAX = 128 };

/* Options that can't be together: what the first one says is undone by the other. */
static const char *const exclusive[][2] = {
    {"until",       "cleanup" },
    {"quiet",       "verbose" },
    {"no-password", "password"},
};
static const int exclusive_count = (int)(sizeof(exclusive) / sizeof(exclusive[0]));

static const struct given *find_given(const struct parser *p, const char *name)
{
    for (int i = 0; i < p->given_count; i++)
        if (strcmp(p->given[i].row->name, name) == 0)
            return &p->given[i];
    return NULL;
}

static void build_tables(struct option *longs, char *shorts)
{
    *shorts++ = '-';
    *shorts++ = ':';
    for (int i = 0; i < option_count; i++) {
        const struct option_row *row = &option_rows[i];
        bool takes = row->argument != NULL;
        longs[i] = (struct option){row->name, takes ? required_argument : no_argument, NULL, LONG_BASE + i};
        if (row->letter == 0 || row->letter == '?') /* -? is what getopt can't tell from an error */
            continue;
        *shorts++ = row->letter;
        if (takes)
            *shorts++ = ':';
    }
    *shorts = '\0';
}

static const struct option_row *row_by_value(int value)
{
    if (value >= LONG_BASE)
        return &option_rows[value - LONG_BASE];
    for (int i = 0; i < option_count; i++)
        if (option_rows[i].letter != 0 && option_rows[i].letter == value)
            return &option_rows[i];
    return NULL;
}

/* --chunk fits --chunk-size and --chunk-time; --bogus fits none. */
static bool fail_long(struct err *e, const char *word)
{
    char name[64] = "";
    char candidates[256] = "";
    size_t used = 0;
    snprintf(name, sizeof(name), "%.*s", (int)strcspn(word + 2, "="), word + 2);
    for (int i = 0; i < option_count && *name != '\0'; i++)
        if (strncmp(option_rows[i].name, name, strlen(name)) == 0 && used < sizeof(candidates))
            used += (size_t)snprintf(candidates + used, sizeof(candidates) - used, "%s--%s",
                                     used == 0 ? "" : ", ", option_rows[i].name);
    if (used > 0) {
        err_set(e, ERR_USAGE, "option --%s is ambiguous", name);
        return err_hint(e, "It could be %s.", candidates);
    }
    const char *near = option_nearest(name);
    err_set(e, ERR_USAGE, "unknown option --%s", name);
    return near == NULL ? false : err_hint(e, "Perhaps you meant --%s.", near);
}

static bool fail_option(struct err *e, int code, const char *word)
{
    if (code == ':' && optopt == 'h') {
        err_set(e, ERR_USAGE, "option -h needs a value");
        return err_hint(e, "-h is --host; help is -? or --help.");
    }
    const struct option_row *row = optopt > 0 ? row_by_value(optopt) : NULL;
    if (code == ':' && row != NULL)
        return err_set(e, ERR_USAGE, "option --%s needs a value: %s", row->name, row->argument);
    if (optopt == 0)
        return fail_long(e, word);
    if (optopt >= LONG_BASE && row != NULL)
        return err_set(e, ERR_USAGE, "option --%s takes no value", row->name);
    return err_set(e, ERR_USAGE, "unknown option -%c", optopt >= ' ' && optopt < 127 ? optopt : '?');
}

static void add_given(struct parser *p, const struct option_row *row, const char *value, bool environment)
{
    p->given[p->given_count++] = (struct given){row, value, environment};
}

static bool collect(struct parser *p, int argc, char *const *argv)
{
    struct option *longs = arena_alloc(p->a, sizeof(*longs) * (size_t)(option_count + 1));
    char shorts[SHORT_MAX];
    build_tables(longs, shorts);
    opterr = 0;
    optind = 0; /* glibc: start anew, also in a test that parses twice */
    for (;;) {
        int code = getopt_long(argc, argv, shorts, longs, NULL);
        if (code == -1)
            break;
        bool failed = code == ':' || (code == '?' && optopt != '?');
        const struct option_row *row = failed ? NULL : row_by_value(code);
        if (code == 1)
            p->words[p->word_count++] = optarg;
        else if (row != NULL)
            add_given(p, row, optarg, false);
        else
            return fail_option(p->e, code, argv[optind - 1]);
    }
    for (int i = optind; i < argc; i++) /* after -- */
        p->words[p->word_count++] = argv[i];
    return true;
}

static bool check_encoding(struct err *e, int argc, char *const *argv)
{
    const char *encoding = getenv("PGCLIENTENCODING");
    for (int i = 1; i < argc; i++)
        if (!encoding_is_valid(argv[i], encoding)) {
            err_set(e, ERR_USAGE, "argument %d has bytes that are invalid in the client's encoding", i);
            return err_hint(e, "The encoding is PGCLIENTENCODING's, else the locale's.");
        }
    return true;
}

static bool find_command(struct parser *p)
{
    if (p->word_count == 0) {
        err_set(p->e, ERR_USAGE, "no command was given");
        return err_hint(p->e, "\"pgwiden --help\" lists them.");
    }
    const char *word = p->words[0];
    const struct command_row *row = command_by_name(word);
    const char *near = row == NULL ? command_nearest(word) : NULL;
    if (row == NULL) {
        err_set(p->e, ERR_USAGE, "unknown command \"%s\"",
                command_line_redact(p->a, word)); /* a URI without -d */
        return near == NULL ? err_hint(p->e, "\"pgwiden --help\" lists the commands.")
                            : err_hint(p->e, "Perhaps you meant \"pgwiden %s\".", near);
    }
    p->o->command = row;
    p->o->targets = p->words + 1;
    p->o->target_count = p->word_count - 1;
    if (row->later)
        return err_set(p->e, ERR_USAGE, "command \"%s\" comes with a later version of pgwiden", row->name);
    return true;
}

/* Was this option, or one that it can't be with, given on the command line? */
static bool is_overridden(const struct parser *p, const struct option_row *row)
{
    if (find_given(p, row->name) != NULL)
        return true;
    for (int i = 0; i < exclusive_count; i++)
        for (int side = 0; side < 2; side++) {
            const struct given *other = find_given(p, exclusive[i][1 - side]);
            if (strcmp(exclusive[i][side], row->name) == 0 && other != NULL && !other->environment)
                return true;
        }
    return false;
}

static const struct option_row *row_by_variable(const char *variable, size_t length)
{
    char name[64];
    for (int i = 0; i < option_count; i++) {
        option_environment_name(&option_rows[i], name, sizeof(name));
        if (strlen(name) == length && strncmp(name, variable, length) == 0)
            return &option_rows[i];
    }
    return NULL;
}

static bool is_reserved(const char *variable)
{
    return strncmp(variable, "PGWIDEN_HOOK_", 13) == 0 || strncmp(variable, "PGWIDEN_TEST_", 13) == 0;
}

static const char *warn_unknown(struct arena *a, const char *variable, size_t length)
{
    const size_t prefix = strlen(ENVIRONMENT_PREFIX);
    struct nearest n;
    char name[64];
    const char *word = arena_strndup(a, variable, length);
    nearest_init(&n, word + prefix);
    for (int i = 0; i < option_count; i++) {
        option_environment_name(&option_rows[i], name, sizeof(name));
        nearest_offer(&n, arena_strdup(a, name + prefix));
    }
    const char *near = nearest_best(&n);
    return arena_printf(a, "environment variable %s is unknown and ignored%s%s", word,
                        near == NULL ? "" : "; perhaps you meant " ENVIRONMENT_PREFIX,
                        near == NULL ? "" : near);
}

static void read_environment(struct parser *p, char *const *environment)
{
    for (char *const *entry = environment; *entry != NULL; entry++) {
        size_t length = strcspn(*entry, "=");
        if (strncmp(*entry, ENVIRONMENT_PREFIX, strlen(ENVIRONMENT_PREFIX)) != 0 || is_reserved(*entry) ||
            (*entry)[length] == '\0')
            continue;
        const struct option_row *row = row_by_variable(*entry, length);
        if (row == NULL)
            p->warnings[p->o->warning_count++] = warn_unknown(p->a, *entry, length);
        else if (!row->not_environment && (row->commands & COMMAND_BIT(p->o->command->command)) != 0 &&
                 !is_overridden(p, row))
            add_given(p, row, *entry + length + 1, true);
    }
}

static bool apply(struct parser *p, const struct given *g)
{
    char name[64];
    snprintf(name, sizeof(name), "option --%s", g->row->name);
    if (g->environment) {
        memcpy(name, "environment variable ", 22);
        option_environment_name(g->row, name + 21, sizeof(name) - 21);
    }
    if (g->row->later)
        return err_set(p->e, ERR_USAGE, "%s comes with a later version of pgwiden", name);
    if ((g->row->commands & COMMAND_BIT(p->o->command->command)) == 0) {
        err_set(p->e, ERR_USAGE, "%s does not belong to command \"%s\"", name, p->o->command->name);
        return err_hint(p->e, "\"pgwiden %s --help\" lists its options.", p->o->command->name);
    }
    if (g->environment && !encoding_is_valid(g->value, getenv("PGCLIENTENCODING")))
        return err_set(p->e, ERR_USAGE, "%s has bytes that are invalid in the client's encoding", name);
    return option_set(g->row, g->value, p->o, p->a, p->e) || err_prefix(p->e, "%s", name);
}

static bool is_on(const struct parser *p, const char *name)
{
    const struct given *g = find_given(p, name);
    bool flag = g != NULL && g->row->type->kind == VALUE_FLAG;
    return g != NULL && (!flag || *(const bool *)option_field(g->row, p->o));
}

static bool check_allowed(struct parser *p)
{
    for (const char *s = p->o->settings.allow; *s != '\0';) {
        char name[64];
        bool allowable = false;
        s += strspn(s, " ");
        size_t length = strcspn(s, ",");
        snprintf(name, sizeof(name), "%.*s", (int)length, s);
        if (!engine_knows_check(name, &allowable)) {
            err_set(p->e, ERR_USAGE, "option --allow: there is no check \"%s\"", name);
            return err_hint(p->e, "Refusals have their names in brackets; RUNBOOK.md lists them.");
        }
        if (!allowable) {
            err_set(p->e, ERR_USAGE, "option --allow: \"%s\" can't be allowed", name);
            return err_hint(p->e, "RUNBOOK.md lists the refusals that can be.");
        }
        s += length + (s[length] == ',' ? 1 : 0);
    }
    return true;
}

/* A connection string has lost its -d, and may hold a password: it is not repeated. */
static bool is_connection_string(const char *word)
{
    const char *end = word + strcspn(word, "\"=:");
    return *end == '=' || strncmp(end, "://", 3) == 0;
}

static bool check_targets(const struct parser *p)
{
    for (int i = 0; i < p->o->target_count; i++) {
        const char *target = p->o->targets[i];
        if (*target == '\0')
            return err_set(p->e, ERR_USAGE, "TARGET %d is empty", i + 1);
        if (is_connection_string(target)) {
            err_set(p->e, ERR_USAGE, "TARGET %d is not the name of a column or table", i + 1);
            return err_hint(p->e, "A connection string is given with -d, a setting as an option.");
        }
    }
    return true;
}

static bool check_together(struct parser *p)
{
    const struct options *o = p->o;
    for (int i = 0; i < exclusive_count; i++)
        if (is_on(p, exclusive[i][0]) && is_on(p, exclusive[i][1]))
            return err_set(p->e, ERR_USAGE, "options --%s and --%s exclude each other", exclusive[i][0],
                           exclusive[i][1]);
    if (o->target_count == 0 && (o->command->needs_target || o->check)) {
        err_set(p->e, ERR_USAGE, "%s needs a TARGET", o->check ? "status --check" : o->command->name);
        return err_hint(
            p->e, "A TARGET is table.column or schema.table.column; a table alone means its primary key.");
    }
    return check_targets(p) && check_allowed(p);
}

static const char *build_command_line(const struct parser *p)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        abort();
    fputs("pgwiden", out);
    for (int i = 0; i < p->given_count; i++) {
        const struct given *g = &p->given[i];
        bool dbname = strcmp(g->row->name, "dbname") == 0;
        if (g->row->group == GROUP_CONNECTION && !g->row->later && !g->environment)
            command_line_add(out, g->row, dbname ? command_line_redact(p->a, g->value) : g->value);
    }
    fclose(out);
    const char *result = arena_strdup(p->a, text);
    free(text);
    return result;
}

/* Before the environment's are among them. */
static const char *join_given(const struct parser *p)
{
    const char *names = "";
    for (int i = 0; i < p->given_count; i++)
        names = arena_printf(p->a, "%s%s%s", names, i > 0 ? "," : "", p->given[i].row->name);
    return names;
}

static bool apply_all(struct parser *p)
{
    for (int i = 0; i < p->given_count; i++)
        if (!apply(p, &p->given[i]))
            return false;
    return true;
}

/* --json counts even when something else is wrong, also behind it; what the environment says does as well. */
static bool asks_for_json(int argc, char *const *argv, char *const *environment)
{
    static const char variable[] = ENVIRONMENT_PREFIX "JSON=";
    const struct option_row *row = option_by_name("json");
    bool json = false;
    for (; *environment != NULL; environment++) {
        struct err ignored; /* told when its turn comes */
        if (strncmp(*environment, variable, strlen(variable)) == 0)
            (void)!value_set(row->type, *environment + strlen(variable), &json, NULL, &ignored);
    }
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        json = json || strcmp(argv[i], "--json") == 0;
    return json;
}

static bool parse(struct parser *p, int argc, char *const *argv, char *const *environment)
{
    struct options *o = p->o;
    o->json = asks_for_json(argc, argv, environment);
    if (!check_encoding(p->e, argc, argv))
        return false;
    if (!collect(p, argc, argv)) {
        o->command = p->word_count > 0 ? command_by_name(p->words[0]) : NULL;
        return false;
    }
    o->version = find_given(p, "version") != NULL;
    o->help = find_given(p, "help") != NULL;
    if (o->version || (o->help && p->word_count == 0))
        return true;
    if (!find_command(p))
        return false;
    if (o->help)
        return true;
    if (o->command->command == COMMAND_SET && !assignments_take(p->a, o, p->e))
        return false;
    o->command_line = build_command_line(p);
    o->given = join_given(p);
    read_environment(p, environment);
    return apply_all(p) && check_together(p);
}

bool arguments_parse(struct arena *a, int argc, char *const *argv, char *const *environment,
                     struct options *out, struct err *e)
{
    size_t variables = 0, letters = 0;
    while (environment[variables] != NULL)
        variables++;
    for (int i = 0; i < argc; i++) /* -vvv is three options */
        letters += strlen(argv[i]) + 1;
    struct parser p = {
        .a = a,
        .o = out,
        .e = e,
        .given = arena_alloc(a, sizeof(*p.given) * (letters + variables + 1)),
        .words = arena_alloc(a, sizeof(*p.words) * ((size_t)argc + 1)),
        .warnings = arena_alloc(a, sizeof(*p.warnings) * (variables + 1)),
    };
    options_init(out);
    out->warnings = p.warnings;
    if (parse(&p, argc, argv, environment))
        return true;
    bool known = out->command != NULL && !out->command->later;
    if (e->hint[0] == '\0')
        err_hint(e, "Try \"pgwiden %s%s--help\".", known ? out->command->name : "", known ? " " : "");
    return false;
}
