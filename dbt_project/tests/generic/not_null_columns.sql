{#- Rows in which any of the columns is null. -#}
{% test not_null_columns(model, columns) %}

select
    {{ columns | join(', ') }}
from {{ model }}
where
    {{ columns | join(' is null\n    or ') }} is null

{% endtest %}
