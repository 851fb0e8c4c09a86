"""Leaks to plant in a copy of the project: models as somebody could write them, each with one column too open."""

from dataclasses import dataclass, field

USERS = "{{ ref('stg_aurora__users') }}"
PROJECTS = "{{ ref('stg_aurora__projects') }}"
EMAIL = "stg_aurora__users.email (pii) <- raw_aurora.users.email (pii)"
NAME = "stg_aurora__users.name (pii) <- raw_aurora.users.name (pii)"
BIRTH = "stg_aurora__users.birth_date (pii) <- raw_aurora.users.birth_date (pii)"
CREDIT = "stg_aurora__users.credit_balance (financial) <- raw_aurora.users.credit_balance (financial)"
INCREMENTAL = "{{ config(materialized='incremental', on_schema_change='fail') }} select "
SETTINGS = "stg_aurora__projects.settings (restricted) <- raw_aurora.projects.settings (restricted)"


QUERIED = "{{ run_query('select 1 as one').columns[0].values()[0] if execute }}"


@dataclass(frozen=True)
class Plant:
    """A model with the column `x`, and what must be said of it: the way of the column, or why it cannot be told.

    `columns` are declared beside `x`; `x` is what the YAML says of it.
    """

    sql: str
    said: str
    columns: tuple[str, ...] = ()
    x: dict[str, object] = field(default_factory=dict)
    declared: bool = True


def tagged(name: str) -> dict[str, object]:
    return {"policy_tags": [f"{{{{ env_var('KURA_POLICY_TAG_{name.upper()}') }}}}"]}


PLANTS = {
    "cte": Plant(
        f"with a as (select id, email as mail from {USERS}), b as (select mail from a) select mail as x from b", EMAIL
    ),
    "star": Plant(f"with a as (select email as x from {USERS}) select * from a", EMAIL),
    "star_except": Plant(f"with a as (select id, email as x from {USERS}) select * except (id) from a", EMAIL),
    "star_replace": Plant(
        f"with a as (select country as x, email from {USERS}) "
        "select * except (email) replace (lower(email) as x) from a",
        EMAIL,
    ),
    "struct": Plant(f"select struct(id, struct(email as mail) as inner_part) as x from {USERS}", EMAIL),
    "struct_field": Plant(
        f"with a as (select struct(id, email as mail) as s from {USERS}) select s.mail as x from a", EMAIL
    ),
    "union": Plant(
        f"select country as x, email as y from {USERS} union all select email, country from {USERS}", EMAIL, ("y",)
    ),
    "window": Plant(f"select first_value(email) over (partition by country order by id) as x from {USERS}", EMAIL),
    "lag": Plant(f"select lag(email) over w as x from {USERS} window w as (order by id)", EMAIL),
    "rank": Plant(f"select ntile(100) over (order by credit_balance) as x from {USERS}", CREDIT),
    "json": Plant(
        f"select json_value(settings, '$.voice') as x from {PROJECTS}", "settings.voice (restricted) <- raw_aurora"
    ),
    "json_bracket": Plant(
        f"select settings['voice']['name'] as x from {PROJECTS}", "settings.voice.name (restricted) <- raw_aurora"
    ),
    "json_row": Plant(
        f"select to_json_string(u) as x from {USERS} as u", f"needs restricted, is open: leak_json_row.x <- {BIRTH}"
    ),
    "json_raw": Plant(
        "select json_value(item, '$.ownerEmail.S') as x from {{ source('raw_dynamodb', 'voices') }}",
        "raw_dynamodb.voices.Item.ownerEmail.S (restricted)",
    ),
    "json_dynamic": Plant(
        "select json_value(item, concat('$.', 'name', '.S')) as x from {{ source('raw_dynamodb', 'voices') }}",
        "raw_dynamodb.voices.Item (restricted)",
    ),
    "json_declared": Plant(
        "select json_value(coalesce(newimage, item), '$.text.S') as x from {{ source('raw_dynamodb', 'generations') }}",
        "raw_dynamodb.generations.Item.text.S (pii)",
    ),
    "json_whole": Plant(
        "select object as x from {{ source('raw_stripe', 'customers') }}", "raw_stripe.customers.object (restricted)"
    ),
    "temporary_function": Plant(
        "{% call set_sql_header(config) %}create temp function domain(address string) "
        "as (split(address, '@')[safe_offset(1)]);{% endcall %}"
        f"select domain(email) as x from {USERS}",
        EMAIL,
    ),
    "stored_function": Plant(f"select ops.mask(email) as x from {USERS}", "unknown function ops.mask"),
    "macro": Plant(f"select {{{{ shout('email') }}}} as x from {USERS}", EMAIL),
    "scalar_subquery": Plant(
        f"select id, (select max(u.email) from {USERS} as u) as x from {PROJECTS}", EMAIL, ("id",)
    ),
    "correlated": Plant(
        f"select (select any_value(u.name) from {USERS} as u where u.id = p.owner_id) as x from {PROJECTS} as p", NAME
    ),
    "exists": Plant(f"select exists(select 1 from {USERS} as u where u.email = p.id) as x from {PROJECTS} as p", EMAIL),
    "in_subquery": Plant(f"select id in (select u.email from {USERS} as u) as x from {PROJECTS}", EMAIL),
    "array_agg_struct": Plant(f"select array_agg(struct(id, email)) as x from {USERS}", EMAIL),
    "array_subquery": Plant(f"select array(select email from {USERS}) as x", EMAIL),
    "unnest": Plant(
        f"with a as (select array_agg(struct(email)) as people from {USERS}) "
        "select person.email as x from a, unnest(people) as person",
        EMAIL,
    ),
    "unnest_implicit": Plant(
        f"with a as (select array_agg(email) as mails from {USERS}) select m as x from a, a.mails as m", EMAIL
    ),
    "concat": Plant(
        f"select id || ': ' || email as x from (select cast(id as string) as id, email from {USERS})", EMAIL
    ),
    "case": Plant(f"select case when country = 'JP' then locale else email end as x from {USERS}", EMAIL),
    "condition": Plant(f"select if(email = locale, 1, 0) as x from {USERS}", EMAIL),
    "coalesce": Plant(f"select coalesce(country, name) as x from {USERS}", NAME),
    "substr": Plant(f"select substr(email, 1, 3) as x from {USERS}", EMAIL),
    "split": Plant(f"select split(email, '@')[offset(1)] as x from {USERS}", EMAIL),
    "format": Plant(f"select format('%s <%s>', country, email) as x from {USERS}", EMAIL),
    "pivot": Plant(
        f"select a as x from (select plan, email from {USERS}) pivot (max(email) for plan in ('free' as a))", EMAIL
    ),
    "unpivot": Plant(
        f"select value as x from (select country, email from {USERS}) unpivot (value for what in (country, email))",
        EMAIL,
    ),
    "recursive": Plant(
        f"with recursive r as (select 1 as n, country as x, email as y from {USERS} "
        "union all select n + 1, y, x from r where n < 3) select x from r",
        EMAIL,
    ),
    "using": Plant(f"select l.email as x from (select 'a' as email) as l join {USERS} as u using (email)", EMAIL),
    "joined": Plant(
        f"select n as x from {USERS} join unnest(generate_array(0, 100000)) as n on n = credit_balance", CREDIT
    ),
    "unfolded": Plant(
        f"select id, count(*) as x from {USERS}, unnest(generate_array(1, credit_balance)) group by id", CREDIT, ("id",)
    ),
    "qualify": Plant(
        f"select email as x from {USERS} qualify row_number() over (partition by country order by id) = 1", EMAIL
    ),
    "row": Plant(f"select u as x from {USERS} as u", BIRTH),
    "as_struct": Plant(f"select person.email as x from (select as struct id, email from {USERS}) as person", EMAIL),
    "shadowed": Plant(
        f"with a as (select email as country, country as email from {USERS}) select country as x from a", EMAIL
    ),
    "case_of_letters": Plant(f"WITH A AS (SELECT EMAIL AS MAIL FROM {USERS}) SELECT mail AS X FROM a", EMAIL),
    "hash": Plant(f"select to_hex(sha256(concat('salt', email))) as x from {USERS}", EMAIL),
    "month": Plant(f"select extract(month from birth_date) as x from {USERS}", BIRTH),
    "min": Plant(f"select country, min(email) as x from {USERS} group by country", EMAIL, ("country",)),
    "total": Plant(f"select sum(credit_balance) as x from {USERS}", CREDIT),
    "string_agg": Plant(f"select string_agg(name, ', ' order by id) as x from {USERS}", NAME),
    "weaker_tag": Plant(f"select settings as x from {PROJECTS}", SETTINGS, x=tagged("pii")),
    "other_tag": Plant(f"select credit_balance as x from {USERS}", CREDIT, x=tagged("pii")),
    "both_tags": Plant(f"select concat(email, credit_balance) as x from {USERS}", "needs restricted", x=tagged("pii")),
    "undeclared": Plant(f"select id, email as x from {USERS}", EMAIL, ("id",), declared=False),
    "no_approver": Plant(
        f"select email as x from {USERS}", EMAIL, x={"config": {"meta": {"declassified": {"reason": "Needed."}}}}
    ),
    "needless": Plant(
        f"select id as x from {USERS}",
        "holds nothing that needs it",
        x={"config": {"meta": {"declassified": {"reason": "Needed.", "approver": "data protection"}}}},
    ),
    "through_models": Plant("select email as x from {{ ref('dim_users') }}", f"dim_users.email (pii) <- {EMAIL}"),
    "going_on": Plant(f"{INCREMENTAL} {{{{ 'email' if is_incremental() else 'country' }}}} as x from {USERS}", EMAIL),
    "first_build": Plant(
        f"{INCREMENTAL} {{{{ 'country' if is_incremental() else 'email' }}}} as x from {USERS}", EMAIL
    ),
    "other_table": Plant(
        "select x from `koe-sandbox`.build.dim_persons", "unknown table koe-sandbox.build.dim_persons"
    ),
    "script": Plant(f"declare y string; select email as x from {USERS}", "is no query"),
    "immediate": Plant(f"execute immediate 'select email as x from {USERS}'", "is no query"),
    "view": Plant(f"{{{{ config(materialized='view') }}}}select email as x from {USERS}", EMAIL),
    "ephemeral": Plant(
        "{{ config(materialized='ephemeral', access='protected', contract={'enforced': false}) }}"
        f"select email as x from {USERS}",
        EMAIL,
    ),
    "copy": Plant("{{ config(materialized='copy') }}select 'a' as x", "materialized as copy"),
    "disguised_equality": Plant(
        f"select d.date_day as x from {USERS} as u join {{{{ ref('dim_date') }}}} as d "
        "on d.date_day between u.birth_date and u.birth_date",
        BIRTH,
    ),
    "joined_table": Plant(
        f"select d.month_start as x from {USERS} as u, {{{{ ref('dim_date') }}}} as d where d.date_day = u.birth_date",
        BIRTH,
    ),
    "below_limit": Plant(
        f"select u.id, count(*) as x from {USERS} as u join {{{{ ref('dim_date') }}}} as d "
        "on d.date_day <= u.birth_date group by u.id",
        BIRTH,
        ("id",),
    ),
    "test_of_a_mix": Plant(
        f"with a as (select credit_balance - n as rest from {USERS}, unnest(generate_array(0, 9)) as n) "
        "select rest > 0 as x from a",
        CREDIT,
    ),
    "compile_time": Plant(f"select '{QUERIED}' as x", "queries when it is compiled, by run_query"),
    "compile_time_macro": Plant("select '{{ asked() }}' as x", "queries when it is compiled, by statement"),
    "hook": Plant("{{ config(post_hook='create table marts.t as select 1 as y') }}select 1 as x", "post-hook"),
}
"""By kind. Each is a model `leak_<kind>`."""

HARMLESS = {
    "pseudonym": f"select {{{{ pseudonym('email') }}}} as x from {USERS}",
    "count": f"select count(distinct email) as x from {USERS}",
    "test": f"select birth_date < date '2000-01-01' as x from {USERS}",
    "presence": f"select settings is not null as x from {PROJECTS}",
    "year": f"select extract(year from birth_date) as x from {USERS}",
}
"""Models with an open column `x` behind a declassifier, by kind. Each is a model `open_<kind>`."""

MACROS = """
{% macro shout(column) %}upper({{ column }}){% endmacro %}
{% macro asked() %}
{% call statement('one', fetch_result=true) %}select 1 as one{% endcall %}{{ load_result('one') if execute }}
{% endmacro %}
"""

ELSEWHERE = {
    "snapshots/leak_snapshot.sql": (
        "{% snapshot leak_snapshot %}{{ config(schema='build', unique_key='id', strategy='check', check_cols=['x']) }}"
        f"select id, email as x from {USERS}{{% endsnapshot %}}",
        "is not declared, so that it can have no policy tag: leak_snapshot.x <- stg_aurora__users.email (pii)",
    ),
    "analyses/leak_analysis.sql": (f"select '{QUERIED}' as x", "queries when it is compiled, by run_query"),
    "tests/leak_test.sql": (
        f"{{{{ config(store_failures=true) }}}}select email from {USERS}",
        "keeps the rows that fail",
    ),
    "seeds/leak_seed.csv": ("x\n1\n", "its post-hook is SQL that is not looked into"),
}
"""What is no model, by its file, with what must be said of it. The seed has a hook in the models' YAML."""
