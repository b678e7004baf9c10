-- Takes a file out of the evidence of a step. id, key, file, reason, version.
select to_jsonb(file_remove(:id::bigint, :key, :file::bigint, :reason, :version::int))
