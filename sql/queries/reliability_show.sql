-- How far each check on each network can be trusted, over the whole region.
select reliability()
