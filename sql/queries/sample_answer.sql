-- A curator's answer to a sample. id, sample, answer, note.
select to_jsonb(sample_answer(:id::bigint, :sample::bigint, :answer, :note))
