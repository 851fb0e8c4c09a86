-- Which audio formats fail, how often, and how many users saw it? Of the last 30 days.
select
    format,
    count(*) as generations,
    countif(status = 'failed') as failed,
    round(cast(countif(status = 'failed') as numeric) / count(*), 4) as failure_rate,
    countif(status = 'cancelled') as cancelled,
    countif(status = 'failed' and error_code is null) as failed_without_a_code,
    count(distinct if(status = 'failed', user_id, null)) as users_who_saw_a_failure
from {{ ref('fct_generations') }}
where generated_on between date_sub(date '{{ window_date() }}', interval 29 day) and date '{{ window_date() }}'
group by format
order by
    failure_rate desc,
    format
