-- The notice about personal data: its version, when the caller acknowledged it, and what is kept of the caller. next: where its page leads on to.
select jsonb_build_object(
           'version', privacy_version(),
           'acknowledged_at', (select at from acknowledgement where person = p.id and version = privacy_version()),
           'next', :next::text,
           'person', jsonb_build_object('login', p.login, 'name', p.name, 'email', p.email),
           'memberships', (select coalesce(jsonb_agg(jsonb_build_object('role', m.role, 'tenant', t.name) order by t.name, m.role), '[]')
                             from (select role, tenant from membership where person = p.id and ended_at is null order by role, tenant limit 50) m
                             join tenant t on t.id = m.tenant))
  from person p
 where p.id = caller()
