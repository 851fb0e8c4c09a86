{#- Whether a model's table is there already, for models of kind table that go on from what they hold. Not while dbt
    parses. -#}
{% macro is_built() -%}
    {{ return(execute and load_relation(this) is not none) }}
{%- endmacro %}
