-- The roadmaps that are published, and the newest trials of others.
select jsonb_build_object(
           'branches', (select coalesce(jsonb_agg(jsonb_build_object('branch', b.branch, 'versions', b.versions) order by b.branch desc), '[]')
                          from (select r.branch, jsonb_agg(jsonb_build_object('version', r.version, 'title', r.title, 'published_at', r.published_at)
                                                           order by r.version desc) as versions
                                  from roadmap r
                                 group by r.branch) b),
           'trials', (select coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'branch', t.branch, 'version', (t.document->>'version')::int, 'state', t.state,
                                                                   'who', person_name(t.person), 'created_at', t.created_at) order by t.id desc), '[]')
                        from (select * from trial order by id desc limit 10) t))
