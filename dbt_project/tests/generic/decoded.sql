{#- Rows with a value that is not what the contract declares. -#}
{% test decoded(model) %}

select _undecoded
from {{ model }}
where array_length(_undecoded) > 0

{% endtest %}
