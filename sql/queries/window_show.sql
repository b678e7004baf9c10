-- What waits for the chain, and how long events have waited: {waiting, oldest_ms, half_ms, most_ms, broken}.
select audit_window()
