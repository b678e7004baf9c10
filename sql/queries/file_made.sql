-- The file that file_add, file_remove or file_restore has just dealt with.
select file_document(f, null)
  from file f
 where f.id = setting('made')::bigint
