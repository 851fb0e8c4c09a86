{#- Amounts whose value in the reporting currency is not what the day's rate makes of them, or that have no rate at all. -#}
{% test at_the_days_rate(model, day, amount, converted) %}

with

amounts as (

    select *
    from {{ model }}
    where {{ amount }} is not null

)

select
    amounts.{{ day }},
    amounts.currency,
    amounts.{{ amount }},
    amounts.{{ converted }},
    rates.rate
from amounts
left join {{ ref('dim_exchange_rates') }} as rates
    on
        amounts.{{ day }} = rates.date_day
        and amounts.currency = rates.currency
where coalesce(amounts.{{ converted }} != {{ in_reporting_currency('amounts.' ~ amount, 'rates.rate') }}, true)

{% endtest %}
