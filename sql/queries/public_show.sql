-- How many organisations of the region keep official pages: {region, coverage, networks, items: agencies and municipalities}. For everybody.
select public_coverage()
