-- Adds a tenant below a parent. parent, kind, name, short_name, inn, ogrn.
select to_jsonb(tenant_create(:parent::bigint, :kind, :name, :short_name, :inn, :ogrn))
