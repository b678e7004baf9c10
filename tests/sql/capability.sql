-- What each role may do, told a second time: a row more or less in role_capability is a changed line here.
begin;
select plan(2);
select results_eq($$select capability, string_agg(role, ' ' order by role) from veha.role_capability group by capability order by capability$$,
    $$values ('account.change',    'coordinator curator region_admin specialist'),
             ('audit.read',        'curator region_admin'),
             ('body.read',         'curator region_admin'),
             ('call.keep',         'coordinator curator region_admin'),
             ('deadline.change',   'region_admin'),
             ('factor.reset',      'coordinator curator region_admin'),
             ('look.request',      'coordinator curator region_admin specialist'),
             ('overview.read',     'coordinator curator observer region_admin'),
             ('person.manage',     'coordinator curator region_admin'),
             ('roadmap.try',       'region_admin'),
             ('step.claim',        'coordinator curator region_admin specialist'),
             ('step.comment',      'coordinator curator region_admin specialist'),
             ('step.decide',       'curator region_admin'),
             ('step.dispute',      'coordinator region_admin specialist'),
             ('tenant.change',     'curator region_admin'),
             ('tenant.move',       'curator region_admin'),
             ('tenant.read',       'coordinator curator observer region_admin specialist'),
             ('verification.read', 'curator region_admin')$$,
    'the roles have the capabilities that are told, and no others');
select set_eq('select code from veha.capability except select capability from veha.role_capability', '{job.take,job.record}'::text[],
    'no capability is nobody''s but those of programs alone');
select * from finish();
rollback;
