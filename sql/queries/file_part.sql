-- One part of a file's bytes as base64. id, file, number (from 0).
select encode(p.bytes, 'base64')
  from file f
  join file_part p on p.tenant = f.tenant and p.sha256 = f.sha256
 where f.tenant = :id::bigint and f.id = :file::bigint and p.number = :number::int
