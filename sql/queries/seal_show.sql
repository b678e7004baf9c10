-- One link of the chain, or without a number its head: {number, hash, at}. number.
select seal_head(s)
  from seal s
 where s.number = coalesce(:number::bigint, (select max(number) from seal))
