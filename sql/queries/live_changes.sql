-- What changed after a link of the chain of events, asked by each web process for all who listen: {after, number, region, changes}. since: optional.
select live_changes(:since::bigint, 2000)
