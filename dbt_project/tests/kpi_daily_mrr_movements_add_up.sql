-- Days whose MRR is not, to the last unit, that of the day before and what moved it.
with

kpis as (

    select
        date_day,
        mrr,
        lag(mrr) over (order by date_day) as mrr_before,
        mrr_new + mrr_resurrected + mrr_expansion - mrr_contraction - mrr_churned + mrr_exchange as movement
    from {{ ref('kpi_daily') }}

)

select
    date_day,
    mrr,
    mrr_before,
    movement
from kpis
where mrr != mrr_before + movement
