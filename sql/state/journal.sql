-- One line of the journal. ($1 conversion, $2 phase, $3 step, $4 object, $5 statement, $6 ms)
INSERT INTO journal (conversion, phase, step, object, statement, ms)
VALUES ($1::int, $2, $3, $4, $5, $6::float8)
