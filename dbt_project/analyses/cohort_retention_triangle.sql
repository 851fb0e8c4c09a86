-- Of those who signed up in a month, which share is still active after so many months? The last figure of each row is of
-- a month that may not be over; months before the first with a generation are empty.
select
    cohort_month,
    max(cohort_users) as users,
    {%- for number in range(7) %}
    round(max(if(month_number = {{ number }}, activity_retention, null)), 3) as month_{{ number }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ ref('kpi_cohorts') }}
group by cohort_month
order by cohort_month
