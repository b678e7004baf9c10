-- All workers leave a network alone, or one method of it (null: all); {paused: seconds}. network, holder, method, seconds, reason.
select jsonb_build_object('paused', budget_pause(:network::text, :holder::text, :method::text, :seconds::int, :reason::text))
