{%- set is_higher_better = {
    'active_users': true,
    'monthly_active_users': true,
    'characters_spoken': true,
    'signups': true,
    'subscribers': true,
    'new_subscribers': true,
    'retained_subscribers': true,
    'churned_subscribers': false,
    'resurrected_subscribers': true,
    'mrr': true,
    'arpu': true,
    'conversion_rate': true,
    'cost_per_acquisition': false,
} -%}

-- Reads kpi_daily and the sheet of targets; it is built whole, because a target may be mended on any day.
with

kpis as (

    select
        date_day,
        {{ is_higher_better.keys() | join(',\n        ') }}
    from {{ ref('kpi_daily') }}

),

figures as (

    {% for metric, higher in is_higher_better.items() -%}
    select
        date_day,
        '{{ metric }}' as metric,
        cast({{ metric }} as numeric) as value,
        {{ higher | lower }} as is_higher_better
    from kpis
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

targets as (

    select
        target_date,
        metric,
        target
    from {{ ref('stg_sheets__kpi_targets') }}

)

select
    figures.date_day,
    figures.metric,
    figures.value,
    targets.target,
    {{ ratio('figures.value', 'targets.target') }} as attainment,
    figures.is_higher_better
from figures
left join targets
    on
        figures.date_day = targets.target_date
        and figures.metric = targets.metric
