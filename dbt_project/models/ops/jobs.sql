{{ config(materialized='view') }}

-- One row per query job that BigQuery still remembers, 180 days of them: who sent it, what for, and what it cost. The
-- statements of a script are jobs of their own, so the script itself is left out.
-- https://cloud.google.com/bigquery/docs/information-schema-jobs
select
    job_id,
    {{ local_day('creation_time') }} as date_day,
    creation_time as created_at,
    user_email,
    coalesce((select label.value from unnest(labels) as label where label.key = 'kura' limit 1), 'ad hoc') as purpose,
    coalesce((select label.value from unnest(labels) as label where label.key = 'kura_name' limit 1), '') as name,
    statement_type,
    state,
    error_result.reason as error,
    coalesce(cache_hit, false) as is_cached,
    coalesce(total_bytes_processed, 0) as bytes_processed,
    coalesce(total_bytes_billed, 0) as bytes_billed,
    coalesce(total_slot_ms, 0) as slot_ms,
    cast(coalesce(total_bytes_billed, 0) as numeric) * numeric '{{ var("price_per_tib") }}' / 1099511627776 as cost,
    '{{ var("price_currency") }}' as currency,
    query
from `{{ target.project }}`.`region-{{ target.location | lower }}`.INFORMATION_SCHEMA.JOBS
where
    job_type = 'QUERY'
    and coalesce(statement_type, '') != 'SCRIPT'
