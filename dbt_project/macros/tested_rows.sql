{#- The rows of a table that its tests read: of one that was brought forward, those that the run has written. All others were
    tested when they were, and a table that fails a test is built and tested in whole by the next run (`forget_failed`). -#}
{% macro bigquery__get_where_subquery(relation) -%}
    {%- set tested = graph.nodes.get(model.attached_node) if execute else none -%}
    {%- set conditions = [config.get('where')] -%}
    {%- if tested and tested.config.materialized in ('changes', 'days') -%}
        {%- do conditions.append(written_rows(tested.name)) -%}
    {%- endif -%}
    {%- set conditions = conditions | select | list -%}
    {%- if conditions -%}
        {{ return('(select * from ' ~ relation ~ ' where (' ~ conditions | join(') and (') ~ ')) as tested') }}
    {%- endif -%}
    {{ return(relation) }}
{%- endmacro %}


{#- The predicate for the rows of a model's table that the window's run has written; true of all where it was built in
    whole. `alias` is how a query names the table. -#}
{% macro written_rows(name, alias=none) -%}
    {%- if not execute -%}
        {{ return('true') }}
    {%- endif -%}
    {%- set node = graph.nodes['model.' ~ project_name ~ '.' ~ name] -%}
    {%- set labels = labels_of(api.Relation.create(node.database, node.schema, node.alias)) -%}
    {%- set of = alias ~ '.' if alias else '' -%}
    {%- if node.config.materialized == 'days' -%}
        {%- set day = of ~ node.config.partition_by.field -%}
        {%- set days = built_days(labels) -%}
        {%- if days is none -%}
            {{ return(day ~ " >= date '0001-01-01'") }}
        {%- elif not days -%}
            {{ return(day ~ " < date '0001-01-01'") }}
        {%- endif -%}
        {{ return(day ~ " in (date '" ~ days | join("', date '") ~ "')") }}
    {%- endif -%}
    {{ return(of ~ "_delivered_on = date '" ~ window_date() ~ "'" if 'before' in labels else 'true') }}
{%- endmacro %}
