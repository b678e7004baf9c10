-- The whole table of role_manage: which role gives, ends and manages which.
select format('%-12s %-12s | %s', r, o, case when exists (select from veha.role_manage where role = r and manages = o) then 'manages' else '-' end)
  from unnest('{region_admin,curator,coordinator,specialist,observer}'::text[]) with ordinality as a (r, number),
       unnest('{region_admin,curator,coordinator,specialist,observer}'::text[]) with ordinality as b (o, other_number)
 order by number, other_number;
