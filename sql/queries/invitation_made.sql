-- The invitations that were just made or renewed: {items, rows}. number: of its token in the request; rows: what became of each row of an import, or null.
select jsonb_build_object(
           'items', (select coalesce(jsonb_agg(jsonb_build_object(
                                'id', i.id,
                                'number', m.number,
                                'version', i.version,
                                'name', i.name,
                                'login', i.login,
                                'role', i.role,
                                'expires_at', i.expires_at,
                                'mailed', i.login like '%_@_%',
                                'tenants', (select coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'name', t.name) order by t.name), '[]')
                                              from veha.invitation_tenant x
                                              join veha.tenant t on t.id = x.tenant
                                             where x.invitation = i.id))
                                order by i.name, i.id), '[]')
                       from jsonb_to_recordset(coalesce(veha.setting('invitations'), '[]')::jsonb) as m (id bigint, number int)
                       join veha.invitation i on i.id = m.id),
           'rows', veha.setting('invitation_rows')::jsonb)
