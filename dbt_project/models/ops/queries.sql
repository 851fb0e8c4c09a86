{{
    config(
        materialized='incremental',
        incremental_strategy='insert_overwrite',
        partition_by={'field': 'date_day', 'data_type': 'date'},
        partitions=["error('the days of the window')"],
        require_partition_filter=true,
        full_refresh=false,
    )
}}

-- A run builds the window's day and those before it again, so that a job which had not ended by then is counted when it
-- has. A day that BigQuery no longer remembers is never built again: its rows stay as they are.
{%- do replace_partitions(remembered_days()) %}
{%- do require_declared_columns() %}

select
    date_day,
    user_email,
    purpose,
    name,
    count(*) as queries,
    countif(error is not null) as failed_queries,
    countif(is_cached) as cached_queries,
    sum(bytes_processed) as bytes_processed,
    sum(bytes_billed) as bytes_billed,
    sum(slot_ms) as slot_ms,
    sum(cost) as cost,
    currency
from {{ ref('jobs') }}
where
    created_at < {{ window_end() }}
    {%- if is_incremental() %}
    and created_at >= timestamp({{ remembered_days() | last }}, '{{ timezone() }}')
    and date_day in ({{ remembered_days() | join(', ') }})
    {%- else %}
    and created_at >= timestamp({{ first_remembered_day() }}, '{{ timezone() }}')
    {%- endif %}
group by date_day, user_email, purpose, name, currency
