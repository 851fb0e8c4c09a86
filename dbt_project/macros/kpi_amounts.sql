{#- A quotient as NUMERIC, rounded to nine decimals, half away from zero; null where there is nothing to divide by. -#}
{% macro ratio(dividend, divisor) -%}
    cast({{ dividend }} as numeric) / nullif({{ divisor }}, 0)
{%- endmacro %}
