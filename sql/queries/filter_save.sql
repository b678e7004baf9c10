-- Keeps a filter under a name. name, path, query.
select to_jsonb(filter_save(:name, :path, :query))
