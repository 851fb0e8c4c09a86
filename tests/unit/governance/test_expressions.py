"""What single expressions are made of, and which of them a declassifier opens."""

import pytest

from tests.unit.governance.tables import needed

CARRY = {
    "email": "pii",
    "EMAIL": "pii",
    "users.email": "pii",
    "salary": "financial",
    "profile": "restricted",
    "concat(country, email)": "pii",
    "country || email": "pii",
    "upper(substr(email, 1, 3))": "pii",
    "split(email, '@')[offset(1)]": "pii",
    "format('%s', email)": "pii",
    "regexp_extract(email, '@(.*)')": "pii",
    "length(email)": "pii",
    "salary * 2 + 1": "financial",
    "round(log(salary), -3)": "financial",
    "if(id = 1, email, country)": "pii",
    "if(email = country, 1, 0)": "pii",
    "case when id = 1 then country else email end": "pii",
    "case when salary > id then 1 else 0 end": "financial",
    "case id when 1 then country when salary then 'x' end": "financial",
    "case email when country then 1 end": "pii",
    "coalesce(country, email)": "pii",
    "ifnull(email, '')": "pii",
    "nullif(country, email)": "pii",
    "greatest(id, salary)": "financial",
    "cast(salary as string)": "financial",
    "safe_cast(email as int64)": "pii",
    "safe.substr(email, 2)": "pii",
    "net.host(email)": "pii",
    "md5(email)": "pii",
    "to_hex(sha256(email))": "pii",
    "to_hex(sha256(concat('salt', email)))": "pii",
    "farm_fingerprint(email)": "pii",
    "[country, email]": "pii",
    "emails[safe_offset(0)]": "pii",
    "array_to_string(emails, ',')": "pii",
    "array_length(emails)": "pii",
    "emails[safe_offset(id)]": "pii",
    "[country][safe_offset(salary)]": "financial",
    "array(select e from unnest(emails) as e)": "pii",
    "array_transform(emails, e -> upper(e))": "pii",
    "array_filter([id], e -> e > salary)": "financial",
    "struct(id as a, email as b)": "pii",
    "struct(id as a, email as b).b": "pii",
    "struct<a int64, b string>(id, email).b": "pii",
    "address": "pii",
    "address.street": "pii",
    "orders[offset(0)].price": "financial",
    "orders": "financial",
    "(select max(o.price) from unnest(orders) as o)": "financial",
    "(select max(price) from unnest(orders))": "financial",
    "(select max(o.price) from users.orders as o)": "financial",
    "users": "restricted",
    "to_json(users)": "restricted",
    "to_json_string(users)": "restricted",
    "to_json_string((select as struct users.email, users.id))": "pii",
    "profile.name": "restricted",
    "profile['name']": "restricted",
    "json_value(profile, '$.name')": "restricted",
    "json_value(to_json_string(struct(email)), '$.email')": "pii",
    "json_value(json_object('a', email), '$.a')": "pii",
    "json_value(json_set(json '{}', '$.a', email), '$.a')": "pii",
    "concat(email, salary)": "restricted",
    "exists(select 1 from build.days where days.email = users.email)": "pii",
    "email in (select email from build.days)": "pii",
    "id in (select id from build.days where days.n > users.salary)": "financial",
    "email = country": "pii",
    "email like concat('%', country)": "pii",
    "salary between 1 and id": "financial",
    "salary in (1, id)": "financial",
    "is_adult = true": "pii",
    "is_adult is true": "pii",
    "profile.age > '20'": "restricted",
    "extract(month from birth_date)": "pii",
    "date_trunc(birth_date, month)": "pii",
    "extract(year from date_add(birth_date, interval 1 day))": "pii",
    "extract(year from date(salary, 1, 1))": "financial",
    "date_diff(current_date(), birth_date, day)": "pii",
    "date_diff(date_sub(birth_date, interval id day), birth_date, year)": "pii",
    "format_date('%Y', birth_date)": "pii",
    "max(email)": "pii",
    "min(salary)": "financial",
    "any_value(email)": "pii",
    "any_value(id having max salary)": "financial",
    "max_by(id, salary)": "financial",
    "string_agg(email, ',')": "pii",
    "array_agg(struct(id, email))": "pii",
    "array_agg(id order by salary desc limit 1)[offset(0)]": "financial",
    "sum(salary)": "financial",
    "avg(salary)": "financial",
    "sum(if(email = country, 1, 0))": "pii",
    "approx_quantiles(salary, 2)": "financial",
    "approx_top_count(email, 3)": "pii",
    "hll_count.init(email)": "pii",
    "lag(email) over (order by id)": "pii",
    "first_value(email) over (partition by country order by id)": "pii",
    "row_number() over (order by salary)": "financial",
    "percent_rank() over (order by salary)": "financial",
    "count(*) over (order by salary)": "financial",
    "sum(id) over (partition by email)": "pii",
    "lead(email ignore nulls) over (order by id)": "pii",
}
OPEN = [
    "id",
    "1",
    "current_date()",
    "country",
    "address.city",
    "orders[offset(0)].item",
    "struct(id as a, email as b).a",
    "struct<a int64, b string>(id, email).a",
    "(select max(o.item) from unnest(orders) as o)",
    "email is null",
    "email is not null",
    "profile is null",
    "profile = ''",
    "json_type(profile) = 'null'",
    "email = 'x'",
    "'x' = email",
    "salary > 1000 and not email is null",
    "salary between 1 and 2",
    "email in ('a', 'b')",
    "email in unnest(['a', 'b'])",
    "email like '%@example.org'",
    "starts_with(email, 'a')",
    "regexp_contains(email, r'@example[.]org$')",
    "birth_date < date_sub(current_date(), interval 20 year)",
    "if(birth_date < date '2000-01-01', 'old', 'young')",
    "case when salary < 10 then 'low' when salary < 20 then 'mid' else 'high' end",
    "case email when 'a' then 1 when 'b' then 2 end",
    "max(if(email = 'a', id, null))",
    "sum(salary) > 100",
    "extract(year from birth_date)",
    "extract(isoyear from birth_date)",
    "date_trunc(birth_date, year)",
    "date_diff(current_date(), birth_date, year)",
    "extract(year from max(birth_date))",
    "count(*)",
    "count(email)",
    "count(distinct email)",
    "countif(email = country)",
    "approx_count_distinct(profile)",
    "count(*) over (partition by email)",
    "count(is_adult = true)",
    "(select count(*) from build.days)",
    "to_hex(sha256(concat((select pepper from ops.peppers where name = 'default'), email)))",
    "sha512(concat((select pepper from `project`.ops.peppers where name = 'a'), ':', cast(salary as string)))",
    "row_number() over (partition by country order by id)",
    "exists(select 1 from build.days where days.id = users.id)",
]  # fmt: skip


@pytest.mark.parametrize(("expression", "tag"), CARRY.items())
def test_what_is_made_of_a_protected_column_needs_its_tag(expression: str, tag: str) -> None:
    assert needed(expression) == tag


@pytest.mark.parametrize("expression", OPEN)
def test_what_holds_no_protected_value_needs_no_tag(expression: str) -> None:
    assert needed(expression) is None


NO_SECRET_HASH = [
    "sha256(concat('x', (select pepper from ops.peppers where name = 'default'), email))",
    "sha256(concat((select 'x' as pepper from ops.peppers where name = 'default'), email))",
    "sha256(concat((select pepper from ops.peppers where name = email), email))",
    "sha256(concat((select pepper from ops.peppers where name = 'default' limit 0), email))",
    "sha256(concat((select pepper from other.ops.peppers where name = 'default'), email))",
    "md5(concat((select pepper from ops.peppers where name = 'default'), email))",
    "concat((select pepper from ops.peppers where name = 'default'), email)",
    "sha256(email)",
]


@pytest.mark.parametrize("expression", NO_SECRET_HASH)
def test_a_hash_that_is_not_made_with_the_secret_pepper_in_its_known_shape_stays_protected(expression: str) -> None:
    assert needed(expression) in ("pii", "restricted", "unknown")


def test_the_pepper_itself_is_restricted() -> None:
    assert needed("(select pepper from ops.peppers where name = 'default')") == "restricted"


UNKNOWN = [
    "nobody_knows(id)",
    "dataset.stored(id)",
    "`project.dataset.stored`(id)",
    "ml.predict_something(id)",
    "ai.generate(country)",
    "external_query('connection', 'select 1')",
    "@parameter",
    "@@session.id",
    "missing_column",
    "users.missing_column",
    "(select x from build.nobody)",
    "(select max(x) from dataset.stored(1))",
    "(select max(x) from users.nothing as x)",
    "sum(id) over nowhere",
    "list_sum([id])",
]  # fmt: skip


@pytest.mark.parametrize("expression", UNKNOWN)
def test_what_cannot_be_told_counts_as_a_leak(expression: str) -> None:
    from tests.unit.governance.tables import findings

    assert findings(f"select {expression} as x from build.users", {"x": None})


HEADER = """
create temp function domain(address string) as (split(address, '@')[safe_offset(1)]);
create temp function twice(x any type) as (concat(domain(x), 'x'));
create temp function is_home(address string) returns bool as (address like '%@example.org');
create temp function script(x string) returns string language js as r'''return x''';
create temp function looked_up() as ((select max(email) from build.users));
"""


@pytest.mark.parametrize(
    ("expression", "tag"),
    [
        ("domain(email)", "pii"),
        ("twice(email)", "pii"),
        ("script(email)", "pii"),
        ("looked_up()", "pii"),
        ("domain(country)", None),
        ("is_home(email)", None),
        ("script(country)", None),
    ],
)
def test_a_function_of_the_models_own_is_looked_into(expression: str, tag: str | None) -> None:
    assert needed(expression, config={"sql_header": HEADER}) == tag
