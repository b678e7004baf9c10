-- Numbers and hashes events that are not in the chain yet, at most `most`; {sealed, head}. most.
select audit_seal(:most::int)
