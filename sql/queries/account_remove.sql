-- Ends an account's registration. id, account, reason, version.
select to_jsonb(account_remove(:id::bigint, :account::bigint, :reason, :version::int))
