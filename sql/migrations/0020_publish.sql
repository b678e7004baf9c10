-- All that the region's files say, in one unit: settings, then networks, then the roadmaps that name them.

-- Returns the names of what was new: ["region", "network vk", "roadmap open 1"].
create function template_publish(settings jsonb, networks jsonb, roadmaps jsonb)
returns jsonb
language plpgsql
as $$
declare
    file jsonb;
    fresh jsonb := '[]';
begin
    for file in select value from jsonb_array_elements(networks) loop
        if veha.network_publish(file) then
            fresh := fresh || to_jsonb('network ' || (file->>'code'));
        end if;
    end loop;
    if veha.region_configure(settings) then
        fresh := fresh || to_jsonb('region'::text);
    end if;
    for file in select value from jsonb_array_elements(roadmaps) loop
        if veha.roadmap_publish(file) then
            fresh := fresh || to_jsonb(format('roadmap %s %s', file->>'branch', file->>'version'));
        end if;
    end loop;
    return fresh;
end
$$;
