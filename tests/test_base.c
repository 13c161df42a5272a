/* The small parts of floor 0: arena, phases, settings. */
#include "base/arena.h"
#include "base/cut.h"
#include "base/phase.h"
#include "base/settings.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <string.h>

Test(arena, gives_zeroed_aligned_memory_of_any_size)
{
    static const size_t sizes[] = {0, 1, 7, 16, 4095, 4096, 5000, 100000, 3000000, 1};
    struct arena *a = arena_new();

    for (int round = 0; round < 50; round++) {
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
            unsigned char *p = arena_alloc(a, sizes[i]);
            cr_assert(eq(sz, (uintptr_t)p % alignof(max_align_t), 0));
            for (size_t k = 0; k < sizes[i]; k += sizes[i] / 16 + 1)
                cr_assert(eq(int, p[k], 0));
            memset(p, 0xFF, sizes[i]);
        }
    }
    arena_free(a);
    arena_free(NULL);
}

Test(arena, copies_and_prints_text)
{
    struct arena *a = arena_new();

    cr_expect(eq(str, arena_strdup(a, "text"), "text"));
    cr_expect(eq(ptr, arena_strdup(a, NULL), NULL));
    cr_expect(eq(str, arena_strndup(a, "text", 2), "te"));
    cr_expect(eq(str, arena_strndup(a, "text", 20), "text"));
    cr_expect(eq(str, arena_printf(a, "%s %d", "row", 7), "row 7"));
    char *wide = arena_printf(a, "%100000d", 1);
    cr_expect(eq(sz, strlen(wide), 100000));
    arena_free(a);
}

Test(arena, lets_a_text_grow)
{
    struct arena *a = arena_new();
    struct arena_text t = {.arena = a};

    cr_expect(eq(str, (char *)arena_text_get(&t), ""));
    arena_text_add(&t, "%s", "");
    cr_expect(eq(str, (char *)arena_text_get(&t), ""));
    for (int i = 0; i < 10000; i++)
        arena_text_add(&t, "%s%04d", i == 0 ? "" : ",", i);
    cr_expect(eq(sz, strlen(arena_text_get(&t)), 49999));
    cr_expect(eq(int, strncmp(arena_text_get(&t), "0000,0001,", 10), 0));
    cr_expect(eq(str, (char *)arena_text_get(&t) + 49990, "9998,9999"));
    arena_free(a);
}

Test(cut, takes_no_part_of_a_character)
{
    char buf[6];

    cr_expect(eq(str, cut_copy(buf, sizeof(buf), "abcde"), "abcde"));
    cr_expect(eq(str, cut_copy(buf, sizeof(buf), "abcdef"), "abcde"));
    cr_expect(eq(str, cut_copy(buf, sizeof(buf), "abcdä"), "abcd"));
    cr_expect(eq(str, cut_copy(buf, sizeof(buf), "ab€"), "ab€"));
    cr_expect(eq(str, cut_copy(buf, sizeof(buf), "abc€"), "abc"));
    cr_expect(eq(str, cut_copy(buf, sizeof(buf), ""), ""));
}

Test(phase, has_a_name_for_each)
{
    for (int p = 0; p < PHASE_COUNT; p++)
        cr_expect(eq(int, (int)phase_by_name(phase_name((enum phase)p)), p));
    cr_expect(eq(str, phase_name(PHASE_BACKFILL), "backfill"));
    cr_expect(eq(str, phase_name(PHASE_COUNT), ""));
    cr_expect(eq(int, (int)phase_by_name("Swap"), PHASE_COUNT));
    cr_expect(eq(int, (int)phase_by_name(""), PHASE_COUNT));
}

Test(settings, allow_names_as_a_whole)
{
    struct settings s;

    settings_init(&s);
    cr_expect(not(settings_allows(&s, "view")));
    s.allow = "user-triggers-fire, long-swap,,views";
    cr_expect(settings_allows(&s, "user-triggers-fire"));
    cr_expect(settings_allows(&s, "long-swap"));
    cr_expect(settings_allows(&s, "views"));
    cr_expect(not(settings_allows(&s, "view")));
    cr_expect(not(settings_allows(&s, "swap")));
    cr_expect(not(settings_allows(&s, "")));
}

Test(settings, begin_with_the_documented_defaults)
{
    struct settings s;

    settings_init(&s);
    cr_expect(eq(dbl, s.lock_timeout, 100));
    cr_expect(eq(int, s.lock_retries, 30));
    cr_expect(eq(int, s.jobs, 1));
    cr_expect(eq(i64, s.chunk_size, 0));
    cr_expect(eq(i64, s.max_table_rows, -1));
    cr_expect(eq(int, (int)s.until, PHASE_SWAP));
    cr_expect(eq(ptr, (void *)s.dbname, NULL));
}
