-- One organisation and its official accounts, and what its badge says. For everybody. id.
select d.document || jsonb_build_object('state', badge_state(d.document->'accounts'))
  from (select public_document(:id::bigint) as document) d
 where d.document is not null
