{#- Datasets have the same names in every environment: each environment is a project of its own. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}
