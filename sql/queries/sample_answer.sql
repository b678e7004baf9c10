-- A curator's answer to a sample. id, sample, answer, note, version: of the tenant.
select to_jsonb(sample_answer(:id::bigint, :sample::bigint, :answer, :note))
  from (select tenant_seen(:id::bigint, :version::int)) seen
