-- Ticks one step of a roadmap in many organisations, all of them or none. branch, key, tenants: JSON array of TENANT or TENANT.VERSION; note, link.
select to_jsonb(bulk_claim(:branch, :key, :tenants::jsonb, :note, :link))
