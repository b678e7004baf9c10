-- The table network × check: what each network can tell; and how marks are given.
select jsonb_build_object(
           'checks', (select jsonb_agg(jsonb_build_object(
                                 'check', c."check",
                                 'networks', (select jsonb_agg(jsonb_build_object('code', n.code, 'title', n.title, 'tells', coalesce(k.tells, 'cannot'))
                                                               order by n.code)
                                                from network n
                                                left join network_check k on k.network = n.code and k."check" = c."check"))
                                 order by array_position('{EXIST,NAME,DESC,CONT,SITE,LOOK,COMM,MSG,GOS,POSW,LINK,FRESH,FREQ,ANSW}', c."check"), c."check")
                        from (select distinct "check" from network_check) c),
           'networks', (select jsonb_agg(jsonb_build_object(
                                   'code', n.code, 'title', n.title, 'version', n.version, 'social', n.social,
                                   'checks', (select jsonb_agg(jsonb_build_object('check', c."check", 'tells', coalesce(k.tells, 'cannot')) order by c."check")
                                                from (select distinct "check" from network_check) c
                                                left join network_check k on k.network = n.code and k."check" = c."check"))
                                   order by n.code)
                          from network n),
           'rubric', rubric_current())
