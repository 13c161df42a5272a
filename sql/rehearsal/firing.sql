-- Event triggers that would fire for the copy's statements.
-- $1: in which states they do (pg_event_trigger.evtenabled)
-- Columns: names, joined; NULL: there are none
-- Lock: none
SELECT string_agg(quote_ident(evtname), ', ' ORDER BY evtname) AS names
FROM pg_event_trigger
WHERE evtenabled = ANY ($1::"char"[]) AND evtevent <> 'login'
