-- Notes a call. id, outcome, note, again_on, version: the number of the call before.
select to_jsonb(call_note(:id::bigint, :outcome, :note, :again_on::date, :version::int))
