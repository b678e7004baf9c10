-- Extends the leases of looks that are still held; {kept: count}. held ([{id, fence}]), lease (seconds).
select jsonb_build_object('kept', job_keep(:held::jsonb, make_interval(secs => :lease::int)))
