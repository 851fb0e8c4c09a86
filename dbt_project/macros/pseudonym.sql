{#- A value that stands for a protected one: equal where that is equal, and not to be guessed without the secret pepper.

    The pepper is read when the query runs, so that it is in no compiled SQL, log or query text. BigQuery itself has drawn
    it (make_pepper), into a column with the policy tag `restricted`, which the platform alone reads. The lineage guard knows this very expression, and none that
    only resembles it: governance/lineage/declassifiers.py. Where there is no pepper, the result is null. -#}
{% macro pseudonym(value, pepper='default') -%}
    to_hex(sha256(concat(
        (select pepper from `{{ target.project }}`.ops.peppers where name = '{{ pepper }}'),
        cast({{ value }} as string)
    )))
{%- endmacro %}


{#- Draws a pepper, once: dbt run-operation make_pepper. One that exists stays, for all pseudonyms would change with it. -#}
{% macro make_pepper(pepper='default') -%}
    {%- set peppers = '`' ~ target.project ~ '`.ops.peppers' -%}
    {%- do run_query('create table if not exists ' ~ peppers ~ ' (name string not null, pepper string not null)') -%}
    {%- set relation = adapter.get_relation(target.project, 'ops', 'peppers') -%}
    {%- set tag = env_var('KURA_POLICY_TAG_RESTRICTED') -%}
    {%- do adapter.update_columns(relation, {'pepper': {'name': 'pepper', 'description': '', 'policy_tags': [tag]}}) -%}
    {%- do run_query(
        'merge ' ~ peppers ~ " as peppers using (select '" ~ pepper ~ "' as name) as wanted"
        ~ ' on peppers.name = wanted.name when not matched then'
        ~ ' insert (name, pepper) values (wanted.name, concat(generate_uuid(), generate_uuid()))'
    ) -%}
{%- endmacro %}
