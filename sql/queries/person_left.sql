-- What is left of a person in the caller's scope after a place of theirs ended: {id, memberships}. id.
select jsonb_build_object(
           'id', :id::bigint,
           'memberships', (select coalesce(jsonb_agg(jsonb_build_object('id', m.id, 'role', m.role, 'tenant', m.tenant) order by m.id), '[]')
                             from membership m
                            where m.person = :id::bigint and m.ended_at is null and m.place <@ (select scope('person.manage'))))
