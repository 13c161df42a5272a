#include "cmd/commands.h"

#include "cmd/nearest.h"

#include <stddef.h>
#include <string.h>

/* clang-format off */
const struct command_row command_rows[] = {
    {.name = "plan",
     .command = COMMAND_PLAN,
     .needs_target = true,
     .reports = true,
     .summary = "show what would be done, with locks, warnings and refusals",
     .help = "Looks at what hangs on the column and prints the statements of every phase with their locks,\n"
             "warnings, and what forbids the conversion. Changes nothing and leaves no trace.\n"
             "-v prints every statement. Exit status 3 when a target is refused."},
    {.name = "run",
     .command = COMMAND_RUN,
     .needs_target = true,
     .summary = "widen: prepare, backfill, index, verify, swap",
     .help =
         "Widens the columns to bigint. Asks before the swap unless --yes is given; without a terminal\n"
         "to ask on it stops there with exit status 6. The old column is kept until \"pgwiden cleanup\".\n"
         "The same command goes on where an earlier one stopped."},
    {.name = "prepare",
     .command = COMMAND_PREPARE,
     .needs_target = true,
     .summary = "phase 1: shadow column and copy trigger",
     .help = "Adds the bigint column and the trigger that fills it for every row written from then on."},
    {.name = "backfill",
     .command = COMMAND_BACKFILL,
     .needs_target = true,
     .summary = "phase 2: fill the rows that were there before",
     .help = "Fills the new column in the rows that existed before the trigger, chunk by chunk."},
    {.name = "index",
     .command = COMMAND_INDEX,
     .needs_target = true,
     .summary = "phase 3: build the indexes concurrently",
     .help = "Builds every index that contains the column anew, CONCURRENTLY, under a temporary name."},
    {.name = "verify",
     .command = COMMAND_VERIFY,
     .needs_target = true,
     .summary = "phase 4: let PostgreSQL prove that both columns are equal",
     .help =
         "Validates a CHECK that the new column equals the old one in every row, and the new foreign keys."},
    {.name = "swap",
     .command = COMMAND_SWAP,
     .needs_target = true,
     .summary = "phase 5: exchange the columns, in milliseconds",
     .help = "Puts the new column in the place of the old one. Asks first unless --yes is given."},
    {.name = "cleanup",
     .command = COMMAND_CLEANUP,
     .needs_target = true,
     .summary = "phase 6: drop the old column and what belongs to it",
     .help = "Drops the old column, its indexes and the reverse trigger after the swap; there is no way back "
             "then.\n"
             "--forget removes the history too, and with the last conversion schema pgwiden."},
    {.name = "abort",
     .command = COMMAND_ABORT,
     .needs_target = true,
     .summary = "undo everything, before the swap",
     .help = "Takes away all that was made before the swap; the table is as it was.\n"
             "--forget removes the history too, and with the last conversion schema pgwiden."},
    {.name = "status",
     .command = COMMAND_STATUS,
     .reports = true,
     .summary = "show every conversion of the database, and the next command",
     .help =
         "Shows every conversion of the database, or those of the targets. With --check and targets it is a\n"
         "gate for deployments: exit status 0 when every target is bigint and swapped, else 1."},
    {.name = "pause",
     .command = COMMAND_PAUSE,
     .summary = "hold a conversion that runs, on whichever host",
     .help = "What runs ends its chunk or statement and begins nothing new until \"pgwiden resume\". The "
             "pause is kept\n"
             "in the database: it holds a later run as well. Without a TARGET all conversions are meant."},
    {.name = "resume",
     .command = COMMAND_RESUME,
     .summary = "end a pause",
     .help = "Ends the pause of the targets, or of all conversions."},
    {.name = "stop",
     .command = COMMAND_STOP,
     .summary = "end the instance that runs a conversion, on whichever host",
     .help = "The instance ends after its chunk with exit status 5 (6 while its swap is held); a statement "
             "that takes\n"
             "long is canceled. Waits for that, 30 seconds at most: then exit status 1."},
    {.name = "set",
     .command = COMMAND_SET,
     .reports = true,
     .summary = "change the settings of a conversion while it runs, or show them",
     .help =
         "pgwiden set [TARGET]... KEY=VALUE... changes settings, with the names and values of the options of "
         "run:\n"
         "chunk-size, chunk-time, jobs, lock-timeout, lock-retries, max-.., throttle-.., ignore-standby,\n"
         "swap-window; KEY=default takes that back. An instance that runs takes them within a second, the "
         "next\n"
         "one too, unless its command line says otherwise. swap=go lets a held swap go and counts as --yes,\n"
         "swap=hold takes that back until the swap has its lock. Without KEY=VALUE the settings are shown."},
    {.name = "rollback", .later = true, .needs_target = true},
    {.name = "audit", .later = true, .reports = true},
};
/* clang-format on */
const int command_count = (int)(sizeof(command_rows) / sizeof(command_rows[0]));

const struct command_row *command_by_name(const char *name)
{
    for (int i = 0; i < command_count; i++)
        if (strcmp(command_rows[i].name, name) == 0)
            return &command_rows[i];
    return NULL;
}

const char *command_nearest(const char *name)
{
    struct nearest n;
    nearest_init(&n, name);
    for (int i = 0; i < command_count; i++)
        nearest_offer(&n, command_rows[i].name);
    return nearest_best(&n);
}
