#include "plan/steps.h"

#include "sql.h"

#define N(array) ((int)(sizeof(array) / sizeof((array)[0])))

const struct step steps[] = {
    {PHASE_PREPARE,  "sequence",         STEP_ALONE,    sql_prepare_sequence      },
    {PHASE_PREPARE,  "shadow",           STEP_TOGETHER, sql_prepare_shadow        },
    {PHASE_PREPARE,  "attributes",       STEP_ALONE,    sql_prepare_attributes    },
    {PHASE_BACKFILL, "backfill",         STEP_BACKFILL, sql_backfill_missing      },
    {PHASE_INDEX,    "vacuum",           STEP_ALONE,    sql_index_vacuum          },
    {PHASE_INDEX,    "orphans",          STEP_ALONE,    sql_index_orphans         },
    {PHASE_INDEX,    "drop",             STEP_ALONE,    sql_index_drop            },
    {PHASE_INDEX,    "adopt",            STEP_ALONE,    sql_index_adopt           },
    {PHASE_INDEX,    "create",           STEP_ALONE,    sql_index_create          },
    {PHASE_INDEX,    "attach",           STEP_ALONE,    sql_index_attach          },
    {PHASE_INDEX,    "attributes",       STEP_ALONE,    sql_index_attributes      },
    {PHASE_INDEX,    "statistics",       STEP_ALONE,    sql_index_statistics      },
    {PHASE_INDEX,    "check",            STEP_ALONE,    sql_index_check           },
    {PHASE_INDEX,    "analyze",          STEP_ALONE,    sql_index_analyze         },
    {PHASE_VERIFY,   "shadow",           STEP_TOGETHER, sql_prepare_shadow        },
    {PHASE_VERIFY,   "attributes",       STEP_ALONE,    sql_prepare_attributes    },
    {PHASE_VERIFY,   "equality",         STEP_ALONE,    sql_verify_equality       },
    {PHASE_VERIFY,   "sweep",            STEP_SWEEP,    sql_verify_sweep          },
    {PHASE_VERIFY,   "validate",         STEP_ALONE,    sql_verify_validate       },
    {PHASE_VERIFY,   "not null",         STEP_ALONE,    sql_verify_not_null       },
    {PHASE_VERIFY,   "foreign keys",     STEP_ALONE,    sql_verify_fk_create      },
    {PHASE_VERIFY,   "order of actions", STEP_ALONE,    sql_verify_fk_order       },
    {PHASE_VERIFY,   "validate keys",    STEP_ALONE,    sql_verify_fk_validate    },
    {PHASE_VERIFY,   "adopt keys",       STEP_ALONE,    sql_verify_fk_adopt       },
    {PHASE_VERIFY,   "comments",         STEP_ALONE,    sql_verify_fk_attributes  },
    {PHASE_SWAP,     "reverse trigger",  STEP_ALONE,    sql_swap_mirror           },
    {PHASE_SWAP,     "exchange",         STEP_ALONE,    sql_swap_exchange         },
    {PHASE_SWAP,     "copy trigger",     STEP_SWAP,     sql_swap_10_copy_trigger  },
    {PHASE_SWAP,     "late keys",        STEP_SWAP,     sql_swap_12_late_keys     },
    {PHASE_SWAP,     "index columns",    STEP_SWAP,     sql_swap_15_index_columns },
    {PHASE_SWAP,     "table",            STEP_SWAP,     sql_swap_20_table         },
    {PHASE_SWAP,     "late keys",        STEP_SWAP,     sql_swap_25_late_keys     },
    {PHASE_SWAP,     "indexes",          STEP_SWAP,     sql_swap_30_indexes       },
    {PHASE_SWAP,     "identity",         STEP_SWAP,     sql_swap_40_identity      },
    {PHASE_SWAP,     "not null",         STEP_SWAP,     sql_swap_50_not_null      },
    {PHASE_SWAP,     "constraints",      STEP_SWAP,     sql_swap_60_constraints   },
    {PHASE_SWAP,     "names",            STEP_SWAP,     sql_swap_70_names         },
    {PHASE_SWAP,     "columns",          STEP_SWAP,     sql_swap_80_columns       },
    {PHASE_SWAP,     "reverse trigger",  STEP_SWAP,     sql_swap_90_mirror_trigger},
    {PHASE_SWAP,     "done",             STEP_SWAP,     sql_swap_95_done          },
    {PHASE_SWAP,     "owner",            STEP_ALONE,    sql_swap_owner            },
    {PHASE_SWAP,     "partitions",       STEP_ALONE,    sql_swap_partitions       },
    {PHASE_SWAP,     "validate keys",    STEP_ALONE,    sql_swap_late_keys        },
    {PHASE_CLEANUP,  "indexes",          STEP_ALONE,    sql_cleanup_indexes       },
    {PHASE_CLEANUP,  "columns",          STEP_TOGETHER, sql_cleanup_columns       },
};
const int step_count = N(steps);

const struct step undo_steps[] = {
    {PHASE_SWAP,    "restore foreign keys", STEP_ALONE, sql_undo_fk_restore         },
    {PHASE_SWAP,    "validate them",        STEP_ALONE, sql_undo_fk_restore_validate},
    {PHASE_VERIFY,  "foreign keys",         STEP_ALONE, sql_undo_fk_drop            },
    {PHASE_INDEX,   "indexes",              STEP_ALONE, sql_undo_index_drop         },
    {PHASE_INDEX,   "statistics",           STEP_ALONE, sql_undo_statistics_drop    },
    {PHASE_PREPARE, "table",                STEP_ALONE, sql_undo_table              },
    {PHASE_PREPARE, "function",             STEP_ALONE, sql_undo_function           },
    {PHASE_PREPARE, "sequence",             STEP_ALONE, sql_undo_sequence           },
};
const int undo_step_count = N(undo_steps);
