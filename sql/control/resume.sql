-- Ends the pause of conversion $1. Returns whether there was one.
UPDATE control SET paused_at = NULL, paused_by = NULL WHERE conversion = $1::int AND paused_at IS NOT NULL RETURNING true
