-- What the header of every page tells its reader: {person, unread}, the latter up to a hundred.
select jsonb_build_object('person', caller(), 'unread', (select count(*)
                                                         from (select from notice n join outbox o on o.id = n.outbox where n.person = caller() and n.read_at is null limit 100) m))
