SELECT clock_timestamp() AS began \gset
DROP TABLE t_old;
SELECT 'phase cleanup', extract(epoch FROM clock_timestamp() - :'began'), extract(epoch FROM clock_timestamp());
