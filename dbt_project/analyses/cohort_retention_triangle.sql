-- Of those who signed up in a month, which share is still active after so many months? The last figure of each row is of
-- a month that may not be over. Cohorts that are older than the first generation are left out: their beginning is unknown.
select
    cohort_month,
    max(cohort_users) as users,
    {%- for number in range(7) %}
    round(max(if(month_number = {{ number }}, activity_retention, null)), 3) as month_{{ number }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ ref('kpi_cohorts') }}
group by cohort_month
having max(if(month_number = 0, activity_retention, null)) is not null
order by cohort_month
