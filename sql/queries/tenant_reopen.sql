-- Opens a closed tenant again. id, reason, version.
select to_jsonb(tenant_reopen(:id::bigint, :reason, :version::int))
