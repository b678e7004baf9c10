-- What the holder of a token may know; no row when it is good for nothing. hash.
select i.document from (select invitation_open(:hash) as document) i where i.document is not null
