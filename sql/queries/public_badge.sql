-- What the badge of an organisation shows: {id, title, name: as much of it as fits, total, seen, is: {state: true}}. For everybody. id.
select jsonb_build_object(
           'id', d.document->'id',
           'title', d.document->>'name',
           'name', case when length(n.name) > 32 then rtrim(left(n.name, 31)) || '…' else n.name end,
           'total', jsonb_array_length(d.document->'accounts'),
           'seen', jsonb_array_length(jsonb_path_query_array(d.document->'accounts', '$[*] ? (@.seen == true)')),
           'is', jsonb_build_object(badge_state(d.document->'accounts'), true))
  from (select public_document(:id::bigint) as document) d
 cross join lateral (select coalesce(d.document->>'short_name', d.document->>'name') as name) n
 where d.document is not null
