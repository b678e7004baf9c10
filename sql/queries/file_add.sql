-- Adds a file to the evidence of a step. id, key, name, kind, file (SHA-256 of the bytes), content (the bytes, as base64), version.
select to_jsonb(file_add(:id::bigint, :key, :name, :kind, :file, :content, :version::int))
