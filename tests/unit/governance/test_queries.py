"""How whole queries hand on what their columns are made of."""

import pytest

from tests.unit.governance.tables import findings, of_query

CARRY = {
    "with a as (select email from build.users) select email as x from a": "pii",
    "with a as (select email as id from build.users), b as (select id as y from a) select y as x from b": "pii",
    "with a as (select email as x from build.users) select * from a": "pii",
    "with a as (select email as x, id from build.users) select a.* except (id) from a": "pii",
    "with a as (select country as x, email from build.users) select * except (email) replace (email as x) from a": (
        "pii"
    ),
    "select x from (select email as x from (select * from build.users))": "pii",
    "with a as (with b as (select email from build.users) select * from b) select email as x from a": "pii",
    "with users as (select 'a' as email) select email as x from build.users": "pii",
    "with a as (select 'a' as x), b as (with a as (select email as x from build.users) select * from a) "
    "select x from b": "pii",
    "select country as x from build.users union all select email from build.users": "pii",
    "select 1 as x union distinct (select n from build.days union all select salary from build.users)": ("financial"),
    "select country as x from build.users intersect distinct select email from build.users": "pii",
    "select x from (select id as y, country as x from build.users union all select n, email from build.users)": "pii",
    "select country as x, 1 as y from build.users union all by name select 2 as y, email as x from build.users": "pii",
    "select d.email as x from build.days as d join build.users as u using (email)": "pii",
    "select email as x from build.days join build.users using (email)": "pii",
    "select d.n as x from build.users as u join build.days as d on d.n = u.salary": "financial",
    "select u.salary - d.n > 0 as x from build.users as u, build.days as d": "financial",
    "select case u.salary - d.n when 0 then d.id end as x from build.users as u, build.days as d": "financial",
    "select (select d.n from build.days as d where d.n - u.salary = 0) as x from build.users as u": "financial",
    "select (select count(*) from unnest([1, 2, 3]) as n where n <= u.salary) as x from build.users as u": "financial",
    "select (select max(d.n) from build.days as d where d.n <= u.salary) as x from build.users as u": "financial",
    "select array(select d.n from build.days as d where d.n <= u.salary) as x from build.users as u": "financial",
    "select (select count(*) from build.days as d join build.days as e on e.n < u.salary) as x from build.users as u": (
        "financial"
    ),
    "select (select max(d.n) from build.days as d group by d.id having max(d.n) < u.salary) as x "
    "from build.users as u": "financial",
    "select (select max(n) from (select d.n from build.days as d where d.n < u.salary)) as x from build.users as u": (
        "financial"
    ),
    "select (with a as (select n from build.days where n < u.salary) select max(n) from a) as x "
    "from build.users as u": "financial",
    "select (select n from build.days order by abs(n - u.salary) limit 1) as x from build.users as u": "financial",
    "select d.n as x from build.users as u, build.days as d where u.id = d.id and d.n = u.salary": "financial",
    "select n as x from build.days where n in (select salary from build.users)": "financial",
    "select u.email as x from (build.days as d join build.users as u on d.id = u.id)": "pii",
    "select email as x from build.users left join (select 1 as one) on true": "pii",
    "select e as x from build.users, unnest(emails) as e": "pii",
    "select e as x from build.users, users.emails as e": "pii",
    "select e as x from build.users as u left join unnest(u.emails) as e on true": "pii",
    "select price as x from build.users, unnest(orders)": "financial",
    "select o.price as x from build.users, unnest(orders) as o": "financial",
    "select at as x from build.users, unnest(generate_array(1, salary)) as e with offset as at": "financial",
    "select e as x from build.users, unnest(generate_array(1, salary)) as e": "financial",
    "select count(*) as x from build.users, unnest(generate_array(1, salary)) as e group by id": "financial",
    "select sum(1) as x from (select u.id from build.users as u, unnest(generate_array(1, u.salary))) group by id": (
        "financial"
    ),
    "select (select count(*) from unnest(generate_array(1, salary))) as x from build.users": "financial",
    "select users as x from build.users": "restricted",
    "select u as x from (select id, email from build.users) as u": "pii",
    "select u.email as x from (select 1) as d, (select (select as struct email) as email from build.users) as u": "pii",
    "select as struct email as x from build.users": "pii",
    "select as value struct(email as x) from build.users": "pii",
    "select s.x from (select as struct email as x from build.users) as s": "pii",
    "select (select as struct email as y from (select 1)).y as x from build.users": "pii",
    "select array_agg(u order by id limit 1)[offset(0)].email as x from build.users as u": "pii",
    "select r.email as x from (select array_agg(users order by id) as all_of from build.users), unnest(all_of) as r": (
        "pii"
    ),
    "select array(select id from build.users order by salary) as x": "financial",
    "select lag(email) over w as x from build.users window w as (partition by country order by id)": "pii",
    "select rank() over (w) as x from build.users window v as (order by salary), w as (v)": "financial",
    "select email as x from build.users qualify row_number() over (partition by country order by id) = 1": "pii",
    "select x from (select email as x, id from build.users) where id > 1 order by id limit 3": "pii",
    "select email as x from build.users group by email": "pii",
    "select distinct email as x from build.users": "pii",
    "select a as x from (select id, country, salary from build.users) pivot (sum(salary) for country in ('a', 'b'))": (
        "financial"
    ),
    "select s_b as x from (select email, id, country from build.users) "
    "pivot (max(email) as s, count(*) as n for country in ('a', 'b'))": "pii",
    "select value as x from (select country, email from build.users) unpivot (value for name in (country, email))": (
        "pii"
    ),
    "with recursive r as (select 1 as n, email as x from build.users union all select n + 1, x from r where n < 5) "
    "select x from r": "pii",
    "with recursive r as (select id as n, country as x, email as y from build.users "
    "union all select n + 1, y, x from r where n < 5) select x from r": "pii",
    "with recursive r as (select id as x, salary as y from build.users union all select x + y, y from r) "
    "select x from r": "financial",
    "select max(e) as x from build.users as u, unnest(array(select email from build.users where id = u.id)) e": "pii",
    "select (select u.email from build.days as u limit 1) as x from build.users as u": None,
    "select (select max(u.email) from build.days as d) as x from build.users as u": "pii",
    "select (select max(email) from (select country as y from build.users)) as x from build.users": "pii",
    "select coalesce(a.email, b.country) as x from build.users as a full join build.users as b on a.id = b.id": "pii",
    "select x from (select email as x from build.users tablesample system (10 percent))": "pii",
    "select email as x from build.users for system_time as of timestamp '2026-01-01'": "pii",
    "select `email` as x from `project.build.users`": "pii",
    "select eMail as x from build.users as U where u.ID = 1": "pii",
    "(select email as x from build.users)": "pii",
    "select email as x from build.users -- nothing to see": "pii",
}
OPEN = [
    "with a as (select email, id as x from build.users) select x from a",
    "with email as (select id as x, 1 as email from build.users) select x from email",
    "select * except (email) from (select id as x, email from build.users)",
    "select id as x from build.users where email like '%@example.org'",
    "select id as x from build.users where id in (select id from build.users where salary > 1)",
    "select users.id as x from build.users join build.days on users.id = days.id and users.salary > days.n",
    "select count(*) as x from build.users group by email",
    "select id as x from build.users qualify row_number() over (partition by email order by salary) = 1",
    "select id as x from build.users order by salary limit 10",
    "select item as x from build.users, unnest(orders)",
    "select count(*) as x from build.users, unnest(generate_array(1, id))",
    "select s.a as x from (select struct(id as a, email as b) as s from build.users)",
    "select s.a as x from (select struct(id as a, email as b) as s from build.users union all "
    "select struct(n as a, 'c' as b) from build.days) as t",
    "select n_a as x from (select email, id, country from build.users) "
    "pivot (max(email) as s, count(*) as n for country in ('a', 'b'))",
    "select name as x from (select country, email from build.users) unpivot (value for name in (country, email))",
    "with recursive r as (select 1 as x, email from build.users union all select x + 1, email from r where x < 5) "
    "select x from r",
    "select max(window_end) as x from ops.loads",
    "select max(d.n) as x from build.users as u join build.days as d using (id)",
    "select u.salary - 3 * u.salary > 0 as x from build.users as u",
    "select (select count(*) from build.users as v where v.id = u.id and v.salary > 5) as x from build.users as u",
    "select (select count(*) from build.days as d where d.n < u.id and u.salary > 5) as x from build.users as u",
]
UNKNOWN = {
    "select x from build.nobody": "unknown table project.build.nobody",
    "select x from nobody": "unknown table nobody",
    "select x from `other.build.users`": "unknown table other.build.users",
    "select x from build.`users_*`": "unknown table",
    "select table_name as x from build.INFORMATION_SCHEMA.TABLES": "unknown table",
    "select x from dataset.stored(1)": "dataset.stored",
    "select x from ml.predict(model m, table build.users)": "cannot be looked into",
    "select (select max(id) from build.days natural join build.users) as x from build.users": "NATURAL",
    "select 1 as x; select 2 as x": "more than one statement",
    "declare x int64; select x": "no query",
    "begin select 1 as x; end": "no query",
    "execute immediate 'select email as x from build.users'": "no query",
    "call dataset.procedure()": "no query",
    "create temp table t as select 1 as x": "no query",
    "insert into build.days select 1 as x": "no query",
    "from build.users |> select email as x": "no query",
    "select x from (from build.users |> select email as x)": "pipe syntax",
    "select email as x from build.users natural join build.days": "NATURAL",
    "select with(a as email, a) as x from build.users": "cannot be parsed",
    "select x from": "cannot be parsed",
    "select email as x from build.users where dataset.spy(email)": "dataset.spy",
    "select 1 as x union all select 1, 2": "set operation",
    "select y.* from (select country as y from build.users)": "fields are not known",
    "with recursive a as (select x from b), b as (select email as x from build.users) select x from a": "unknown table",
    "select email as x, email as x from build.users": "two of one name",
    "select email as x, id from build.users": "not declared",
    "select id from build.users": "no such column",
    "select id as x, email from build.users": "not declared",
    "select * except (nothing) from (select id as x) pivot (max(x) for y in (select 1))": "not all known",
    "-- nothing": "no query",
}


@pytest.mark.parametrize(("sql", "tag"), CARRY.items())
def test_a_protected_value_is_followed_through_the_query(sql: str, tag: str | None) -> None:
    assert of_query(sql) == tag


@pytest.mark.parametrize("sql", OPEN)
def test_a_query_that_keeps_protected_values_to_itself_needs_no_tag(sql: str) -> None:
    assert [str(finding) for finding in findings(sql, {"x": None})] == []


@pytest.mark.parametrize(("sql", "reason"), UNKNOWN.items())
def test_what_cannot_be_told_of_a_query_is_said_and_counts_as_a_leak(sql: str, reason: str) -> None:
    said = [str(finding) for finding in findings(sql, {"x": None})]
    assert any(reason in text for text in said), said
