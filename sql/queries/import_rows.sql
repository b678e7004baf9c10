-- Brings batches of a register's rows in; keep = false tries and undoes. Result: what became of the last batch.
select veha.import_rows(:batches::jsonb, :keep::boolean)
