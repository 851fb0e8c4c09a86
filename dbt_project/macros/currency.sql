{#- How many minor units make one of a currency, as SQL of a NUMERIC; null where it is no currency's code. A hundred unless
    ISO 4217 gives the currency none or three decimal places. Amounts come from Stripe, which counts Madagascar's ariary
    whole, and keeps Iceland's krona and Uganda's shilling at two places though they have none any more:
    https://docs.stripe.com/currencies#minor-units -#}
{% macro minor_units(currency) -%}
    case
        when {{ currency }} in (
            'bif', 'clp', 'djf', 'gnf', 'jpy', 'kmf', 'krw', 'mga', 'pyg', 'rwf', 'vnd', 'vuv', 'xaf', 'xof', 'xpf'
        ) then numeric '1'
        when {{ currency }} in ('bhd', 'iqd', 'jod', 'kwd', 'lyd', 'omr', 'tnd') then numeric '1000'
        when regexp_contains({{ currency }}, r'^[a-z]{3}$') then numeric '100'
    end
{%- endmacro %}


{#- An amount in minor units of its currency at a rate of `dim_exchange_rates`, as SQL of a NUMERIC: minor units of the
    reporting currency, not rounded to whole ones. -#}
{% macro in_reporting_currency(amount, rate) -%}
    cast(cast({{ amount }} as numeric) * {{ rate }} as numeric)
{%- endmacro %}


{#- How many months a recurring price covers, as SQL of an INT64; null for one that is counted in days or weeks. -#}
{% macro recurring_months(interval, interval_count) -%}
    case {{ interval }}
        when 'month' then {{ interval_count }}
        when 'year' then 12 * {{ interval_count }}
    end
{%- endmacro %}
