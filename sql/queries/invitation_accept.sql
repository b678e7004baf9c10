-- The holder of a token takes what it is for; no row when it is good for nothing. hash, chosen: hash of the password, refresh, hours. → claims, or {"outcome"}
select i.document from (select invitation_accept(:hash, :chosen, :refresh, :hours::int) as document) i where i.document is not null
