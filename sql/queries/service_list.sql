-- All programs that may or might call: {items}.
select service_list()
