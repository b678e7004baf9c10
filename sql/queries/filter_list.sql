-- The caller's own filters, by name: {count, items}.
select filter_list()
