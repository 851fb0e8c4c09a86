-- From the MRR at a month's beginning to that at its end: what came, went and changed, in yen.
with

days as (

    select
        date_day,
        date_trunc(date_day, month) as month_start,
        mrr,
        mrr_new + mrr_resurrected + mrr_expansion - mrr_contraction - mrr_churned + mrr_exchange as mrr_movement,
        mrr_new,
        mrr_resurrected,
        mrr_expansion,
        mrr_contraction,
        mrr_churned,
        mrr_exchange
    from {{ ref('kpi_daily') }}

),

months as (

    select
        month_start,
        max(date_day) as last_day,
        sum(mrr_movement) as mrr_movement,
        sum(mrr_new) as mrr_new,
        sum(mrr_resurrected) as mrr_resurrected,
        sum(mrr_expansion) as mrr_expansion,
        sum(mrr_contraction) as mrr_contraction,
        sum(mrr_churned) as mrr_churned,
        sum(mrr_exchange) as mrr_exchange
    from days
    group by month_start

)

select
    months.month_start,
    round(days.mrr - months.mrr_movement) as mrr_at_beginning,
    round(months.mrr_new) as mrr_new,
    round(months.mrr_resurrected) as mrr_resurrected,
    round(months.mrr_expansion) as mrr_expansion,
    round(-months.mrr_contraction) as mrr_contraction,
    round(-months.mrr_churned) as mrr_churned,
    round(months.mrr_exchange) as mrr_exchange,
    round(days.mrr) as mrr_at_end
from months
inner join days
    on months.last_day = days.date_day
order by months.month_start
