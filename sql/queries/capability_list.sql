-- Every pair of a role and a capability it has, and of 'service' and each that a program may have: [[role, capability], ...]. Read once, at start.
select jsonb_agg(jsonb_build_array(role, capability) order by role, capability)
  from (select role, capability from role_capability
        union all
        select 'service', code from capability where program) as pair
