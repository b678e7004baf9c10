-- Reserves requests to a network: {paused, reason} or {slots, open_ms, granted}. network, holder, every_ms, slots, wanted ({method: {want, most}}).
select budget_take(:network::text, :holder::text, :every_ms::int, :slots::int, :wanted::jsonb)
