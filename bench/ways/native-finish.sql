-- The column's statistics went with its type.
SELECT clock_timestamp() AS began \gset
ANALYZE t;
SELECT 'phase cleanup', extract(epoch FROM clock_timestamp() - :'began'), extract(epoch FROM clock_timestamp());
