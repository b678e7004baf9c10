-- Puts a removed file back. id, key, file, version.
select to_jsonb(file_restore(:id::bigint, :key, :file::bigint, :version::int))
