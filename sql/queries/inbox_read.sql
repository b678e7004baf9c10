-- Marks as read what the caller was told: one matter, or all of it. notice. → how many; no row: it was not told to the caller.
with own as (
    select outbox from notice where person = caller() and (:notice::bigint is null or outbox = :notice::bigint)
), done as (
    update notice n set read_at = veha.now() where n.person = caller() and n.read_at is null and n.outbox in (select outbox from own) returning 1
)
select to_jsonb(count(*)) from done having :notice::bigint is null or exists (select from own)
