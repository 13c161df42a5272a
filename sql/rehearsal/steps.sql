-- How much of a phase's time grows with the table: the milliseconds of the journal's steps behind number $2.
-- $1: conversion
-- Columns: linear (one look at every row), sorted (index builds: n log n), sampled (ANALYZE: up to a number of rows)
-- Lock: none
SELECT coalesce(sum(ms) FILTER (WHERE step IN ('vacuum', 'validate', 'validate keys', 'not null', 'matview data')), 0) AS linear,
       coalesce(sum(ms) FILTER (WHERE step IN ('create', 'matview indexes')), 0) AS sorted,
       coalesce(sum(ms) FILTER (WHERE step IN ('analyze', 'matview analyze')), 0) AS sampled
FROM journal
WHERE conversion = $1::int AND number > $2::int
