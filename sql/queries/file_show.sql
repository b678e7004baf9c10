-- What is known of a file of a step whose bytes are kept. id, key, file.
select file_document(f, null)
  from file f
 where f.tenant = :id::bigint and f.step = :key and f.id = :file::bigint
   and exists (select from file_part p where p.tenant = f.tenant and p.sha256 = f.sha256 and p.number = 0)
