{#- What each user did in each month, of the days between two constants, as a query. -#}
{% macro user_months(first_day, last_day) -%}
    select
        date_trunc(date_day, month) as month_start,
        user_id,
        min(if(is_active, date_day, null)) as first_active_on,
        max(if(is_active, date_day, null)) as last_active_on,
        countif(is_active) as active_days,
        sum(generations) as generations,
        sum(characters) as characters,
        min(if(is_subscriber, date_day, null)) as first_subscribed_on,
        countif(is_subscriber) as subscribed_days,
        sum(paid_reporting) as paid_reporting,
        sum(refunded_reporting) as refunded_reporting
    from {{ ref('wide_user_days') }}
    where date_day between {{ first_day }} and {{ last_day }}
    group by
        date_trunc(date_day, month),
        user_id
{%- endmacro %}


{#- The same up to the window's end, as a query: the months that are over from int_user_months, the window's own from its
    days. So a window that runs again, with later ones there already, counts nothing that came after it. -#}
{% macro user_months_to_date() -%}
    select
        month_start,
        user_id,
        first_active_on,
        last_active_on,
        active_days,
        generations,
        characters,
        first_subscribed_on,
        subscribed_days,
        paid_reporting,
        refunded_reporting
    from {{ ref('int_user_months') }}
    where month_start < date '{{ window_month() }}'
    union all
    {{ user_months("date '" ~ window_month() ~ "'", "date '" ~ window_date() ~ "'") }}
{%- endmacro %}
