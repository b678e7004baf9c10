-- All people and where they work, for the operator. → {"items": [{"id", "login", "name", "disabled", "memberships": [{"role", "tenant", "tenant_name"}]}]}
select jsonb_build_object('items', coalesce(jsonb_agg(jsonb_build_object(
           'id', p.id::text,
           'login', p.login,
           'name', p.name,
           'disabled', p.disabled_at is not null,
           'memberships', (select coalesce(jsonb_agg(jsonb_build_object('role', m.role, 'tenant', m.tenant::text, 'tenant_name', t.name)
                                                     order by m.role, t.name), '[]')
                             from veha.membership m
                             join veha.tenant t on t.id = m.tenant
                            where m.person = p.id and m.ended_at is null)) order by p.login), '[]'))
  from veha.person p
