-- What has just become of many organisations.
select bulk_document(b) from bulk b where b.id = setting('bulk')::bigint
