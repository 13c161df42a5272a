/* tests/floors: the tree keeps its floors, and the check sees every kind of breach. */
#include "support.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct outcome floors(const char *directory)
{
    struct program p;

    program_start(&p, NULL, "%s/tests/floors %s", SOURCE_DIR, directory);
    return program_await(&p, 60);
}

/* A file in a tree; its directories are made. */
static void tree_write(const char *root, const char *path, const char *text)
{
    char *full = text_format("%s/%s", root, path);
    FILE *file;

    for (char *slash = strchr(full + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        cr_assert(mkdir(full, 0700) == 0 || errno == EEXIST, "%s: %s", full, strerror(errno));
        *slash = '/';
    }
    file = fopen(full, "we");
    cr_assert(file != NULL, "%s: %s", full, strerror(errno));
    fputs(text, file);
    fclose(file);
    free(full);
}

static char *tree_new(void)
{
    const char *tmp = getenv("TMPDIR");
    char *root = text_format("%s/floors.XXXXXX", tmp == NULL ? "/tmp" : tmp);

    cr_assert(mkdtemp(root) != NULL, "%s: %s", root, strerror(errno));
    return root;
}

static void tree_drop(char *root)
{
    program_expect(NULL, 0, "rm -rf %s", root);
    free(root);
}

static char *text_repeat(const char *line, int times)
{
    char *text = calloc(strlen(line), (size_t)times + 1);

    for (int i = 0; i < times; i++)
        strcat(text, line);
    return text;
}

Test(floors, the_tree_keeps_them)
{
    struct outcome o = floors(SOURCE_DIR);

    cr_assert(o.status == 0, "%s%s", o.out, o.err);
    outcome_free(&o);
}

Test(floors, a_good_tree_passes)
{
    char *root = tree_new(), *lines = text_repeat("    x++;\n", 50);
    char *function = text_format("#include \"io/a.h\"\n#include \"plan/b.h\"\nint f(void)\n{\n%s}\n", lines);
    struct outcome o;

    tree_write(root, "core/plan/b.c", function);
    tree_write(root, "core/io/a.c", "#include <libpq-fe.h>\n#include <uv.h>\n#include \"base/err.h\"\n");
    tree_write(root, "cmd/main.c",
               "#include \"engine/engine.h\"\n#include \"cmd/text.h\"\n#include \"base/err.h\"\n");
    o = floors(root);
    cr_assert(o.status == 0, "%s%s", o.out, o.err);
    outcome_free(&o);
    free(function);
    free(lines);
    tree_drop(root);
}

Test(floors, each_breach_is_seen)
{
    static const struct {
        const char *path, *text, *complaint;
    } cases[] = {
        {"core/base/a.c",     "#include \"io/loop.h\"\n",          "base includes io/loop.h"         },
        {"core/io/a.c",       "#include \"facts/state.h\"\n",      "io includes facts/state.h"       },
        {"core/facts/a.h",    " #  include \"plan/steps.h\"\n",    "facts includes plan/steps.h"     },
        {"core/plan/a.c",     "#include \"backfill/pace.h\"\n",    "its neighbour"                   },
        {"core/backfill/a.c", "#include \"plan/steps.h\"\n",       "its neighbour"                   },
        {"core/plan/b.c",     "#include \"../engine/engine.h\"\n", "plan includes ../engine/engine.h"},
        {"core/engine/a.c",   "#include \"cmd/text.h\"\n",         "engine includes cmd/text.h"      },
        {"core/engine/b.c",   "#include <libpq-fe.h>\n",           "<libpq-fe.h> outside core/io"    },
        {"cmd/a.c",           "#include <uv.h>\n",                 "<uv.h> outside core/io"          },
        {"cmd/b.c",           "#include \"facts/state.h\"\n",      "all that it may know"            },
        {"core/util/a.c",     "int x;\n",                          "on no known floor"               },
    };
    char *root = tree_new(), *lines = text_repeat("    x++;\n", 501);
    char *function = text_format("int f(void)\n{\n%.*s}\n", 51 * 9, lines);
    struct outcome o;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        tree_write(root, cases[i].path, cases[i].text);
    tree_write(root, "cmd/long.c", lines);
    tree_write(root, "cmd/function.c", function);
    o = floors(root);
    cr_assert(o.status == 1, "exit status %d", o.status);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *line = text_format("%s:1: ", cases[i].path), *found = strstr(o.out, line);

        cr_expect(found != NULL && strstr(found, cases[i].complaint) != NULL, "%s %s: not seen in\n%s",
                  cases[i].path, cases[i].text, o.out);
        free(line);
    }
    cr_expect(strstr(o.out, "cmd/long.c: 501 lines, more than 500") != NULL, "%s", o.out);
    cr_expect(strstr(o.out, "cmd/function.c:2: a function of 51 lines") != NULL, "%s", o.out);
    outcome_free(&o);
    free(function);
    free(lines);
    tree_drop(root);
}
