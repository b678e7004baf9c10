-- What judging a look needs: {network, subject, parameters}. id (of the job).
select job_case(:id::bigint)
