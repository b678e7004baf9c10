-- The caller's sessions that live, the newest first; current: the one that asks. hours, idle_minutes: how long one lives.
select jsonb_build_object(
           'items', coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'address', host(s.address), 'since', s.created_at, 'seen_at', s.seen_at,
                                                          'current', s.id = setting('session')::bigint)
                                       order by s.id desc), '[]'))
  from session s
 where s.person = caller()
   and s.ended_at is null
   and s.created_at > veha.now() - make_interval(hours => :hours::int)
   and s.seen_at > veha.now() - make_interval(mins => :idle_minutes::int)
