-- An instance begins to run conversion $1: what was meant for an earlier one is forgotten, and what held that one up; what
-- the command line gives wins over what `set` has set.
-- $1: conversion; $2: names of the settings that the command line gives, joined by commas; $3: it holds the swap, so that
-- an earlier go counts no more
-- Columns: name, value of the settings that are overruled
-- Lock: none of the user's
WITH told AS (
    UPDATE control
    SET stop_pid = NULL, stop_by = NULL,
        swap = CASE WHEN $3::bool AND swap = 'go' THEN NULL ELSE swap END
    WHERE conversion = $1::int
), held AS (
    DELETE FROM throttle WHERE conversion = $1::int
), waiting AS (
    UPDATE conversion SET ready_since = NULL, waits_for = NULL WHERE id = $1::int AND waits_for IS NOT NULL
)
DELETE FROM tuning WHERE conversion = $1::int AND name = ANY (string_to_array($2, ','))
RETURNING name, value
