{#- Rows with a value that is not what the contract declares. `tolerated_rows` is how many are known and accepted; where
    it is given, a comment beside it says why. -#}
{% test decoded(model, tolerated_rows=0) %}

{{ config(fail_calc='greatest(count(*) - ' ~ tolerated_rows ~ ', 0)', error_if='> 0', warn_if='> 0') }}

select _undecoded
from {{ model }}
where array_length(_undecoded) > 0

{% endtest %}
