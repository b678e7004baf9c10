-- Takes an own comment back while it is new. id, key, comment, version.
select to_jsonb(comment_withdraw(:id::bigint, :key, :comment::bigint, :version::int))
