-- Why do we give money back, how often, and how soon after the payment? Of the last 180 days; amounts of single refunds
-- are protected, their sum by day is `revenue_refunded` of kpi_daily.
with

payments as (

    select
        charge_id,
        paid_on
    from {{ ref('fct_payments') }}
    where paid_on between date_sub(date '{{ window_date() }}', interval 730 day) and date '{{ window_date() }}'

)

select
    coalesce(refunds.reason, 'none given') as reason,
    count(*) as refunds,
    countif(refunds.status in ('failed', 'canceled')) as without_effect,
    count(distinct refunds.user_id) as users,
    round(avg(date_diff(refunds.refunded_on, payments.paid_on, day)), 1) as mean_days_after_payment
from {{ ref('fct_refunds') }} as refunds
left join payments
    on refunds.charge_id = payments.charge_id
where refunds.refunded_on between date_sub(date '{{ window_date() }}', interval 179 day) and date '{{ window_date() }}'
group by coalesce(refunds.reason, 'none given')
order by
    refunds desc,
    reason
