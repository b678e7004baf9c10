-- Takes the caller's answer to a sample back. id, sample, version: of the tenant.
select to_jsonb(sample_undo(:id::bigint, :sample::bigint))
  from (select tenant_seen(:id::bigint, :version::int)) seen
