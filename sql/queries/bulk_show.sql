-- What became of what the caller did to many organisations at once. id.
select bulk_document(b) from bulk b where b.id = :id::bigint
