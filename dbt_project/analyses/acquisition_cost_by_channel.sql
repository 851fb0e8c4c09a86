-- What does a new subscriber cost, and which channels is that made of? Nobody is asked which campaign they came by: each
-- channel's cost is divided by all new subscribers of the month, so that the channels add up to cost_per_acquisition.
select
    date_trunc(costs.cost_date, month) as month_start,
    coalesce(costs.channel, 'unknown') as channel,
    round(sum(costs.cost_reporting)) as cost,
    max(months.new_subscribers) as new_subscribers,
    round(sum(costs.cost_reporting) / nullif(max(months.new_subscribers), 0), 2) as cost_per_new_subscriber
from {{ ref('fct_campaign_costs') }} as costs
inner join {{ ref('kpi_monthly') }} as months
    on date_trunc(costs.cost_date, month) = months.month_start
where costs.cost_date between date_sub(date '{{ window_date() }}', interval 365 day) and date '{{ window_date() }}'
group by
    date_trunc(costs.cost_date, month),
    coalesce(costs.channel, 'unknown')
order by
    month_start,
    cost desc
