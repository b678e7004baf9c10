-- Publishes the region's settings, networks, roadmaps and rubric. Result: the names of what was new, ["region", "network vk", ...].
select veha.template_publish(:region::jsonb, :networks::jsonb, :roadmaps::jsonb, :rubric::jsonb)
