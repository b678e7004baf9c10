-- A worker of `veha verify` says that it lives, or leaves: {probes: looks queued to find out whether an outage is over}. worker, host, looks, leaving.
select worker_beat(:worker::text, :host::text, :looks::int, :leaving::boolean)
