{#- Rows in which any of the columns is null, zero or negative. -#}
{% test positive(model, columns) %}

select
    {{ columns | join(', ') }}
from {{ model }}
where
    {%- for column in columns %}
    {{ 'or ' if not loop.first }}coalesce({{ column }} <= 0, true)
    {%- endfor %}

{% endtest %}
