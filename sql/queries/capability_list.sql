-- Every pair of a role and a capability it has: [[role, capability], ...]. Read once, at start.
select jsonb_agg(jsonb_build_array(role, capability) order by role, capability)
  from role_capability
