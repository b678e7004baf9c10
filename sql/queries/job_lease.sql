-- Leases due looks to the calling program: {items: [job]}. network (list; null: any), most, lease (seconds), quiet (hours).
select job_lease(case when :network::text is not null then array(select jsonb_array_elements_text(:network::jsonb)) end,
                 coalesce(:most::int, 10), make_interval(secs => :lease::int), :quiet::text)
