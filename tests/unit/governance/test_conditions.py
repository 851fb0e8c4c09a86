"""Conditions that compare protected data with something else hand it out, in whatever words they are written."""

import pytest

from tests.unit.governance.tables import findings, of_query

NUMBERS = [
    "d.n = u.salary",
    "d.n between u.salary and u.salary",
    "d.n <= u.salary and d.n >= u.salary",
    "not (d.n != u.salary)",
    "(d.n = u.salary or false)",
    "((d.n = u.salary) and true) = true",
    "(d.n = u.salary) is true",
    "d.n in (u.salary)",
    "d.n in unnest([u.salary])",
    "u.salary in unnest([d.n])",
    "(d.n, 1) = (u.salary, 1)",
    "d.n - u.salary = 0",
    "abs(d.n - u.salary) < 1",
    "safe_divide(d.n, u.salary) = 1",
    "case when d.n = u.salary then true end",
    "if(d.n = u.salary, true, false)",
    "d.n is not distinct from u.salary",
    "coalesce(d.n = u.salary, false)",
    "ifnull(d.n = u.salary, false)",
    "nullif(d.n, u.salary) is null",
    "(select d.n = u.salary)",
    "exists (select 1 from (select 1) where d.n = u.salary)",
    "(select count(*) from unnest([1]) where d.n = u.salary) = 1",
    "u.id = d.id and u.salary > d.n",
    "to_json_string(d) = format('%t', u.salary)",
]
TEXTS = [
    "d.email like u.email",
    "starts_with(d.email, u.email)",
    "ends_with(u.email, d.email)",
    "strpos(d.email, u.email) = 1",
    "regexp_contains(d.email, u.email)",
    "contains_substr(d.email, u.email)",
    "edit_distance(d.email, u.email) = 0",
]
DATES = [
    "d.day = u.birth_date",
    "date_add(d.day, interval 0 day) = u.birth_date",
    "date_diff(d.day, u.birth_date, day) = 0",
    "cast(d.day as string) like cast(u.birth_date as string)",
]


@pytest.mark.parametrize(
    ("column", "condition"),
    [*(("n", each) for each in NUMBERS), *(("email", each) for each in TEXTS), *(("day", each) for each in DATES)],
)
@pytest.mark.parametrize("keyword", ["join build.days as d on", ", build.days as d where"])
def test_a_column_that_is_compared_with_a_protected_one_is_as_protected(
    column: str, condition: str, keyword: str
) -> None:
    tag = "financial" if column == "n" else "pii"
    assert of_query(f"select d.{column} as x from build.users as u {keyword} {condition}") == tag


@pytest.mark.parametrize(
    ("expression", "condition"),
    [
        ("max(d.n)", "d.n <= u.salary"),
        ("count(*)", "d.n <= u.salary"),
        ("count(distinct d.id)", "d.n <= u.salary"),
        ("sum(1)", "d.n <= u.salary"),
        ("any_value(d.n having min abs(d.n - u.salary))", "true"),
    ],
)
def test_an_aggregate_over_rows_that_are_kept_by_a_limit_is_the_limit(expression: str, condition: str) -> None:
    sql = f"select {expression} as x from build.users as u join build.days as d on {condition} group by u.id"
    assert of_query(sql) == "financial"


OTHERS = [
    # Other columns of the same row, and of the same table.
    "select d.id as x from build.users as u join build.days as d on d.n = u.salary",
    "select to_json_string(d) as x from build.users as u join build.days as d on d.n = u.salary",
    "select s.v as x from build.users as u join (select as struct n as v from build.days) as s on s.v = u.salary",
    "select v as x from (select d.n, d.id as v, u.salary from build.days as d, build.users as u) where n = salary",
    "select d.id as x from build.days as d join (select salary as n from build.users) using (n)",
    "select l.salary as x from (select 1 as salary) as l join build.users using (salary)",
    "select d.n as x from build.users as u left join build.days as d on d.n = u.salary",
    # Columns that are compared with one that is compared.
    "select m as x from build.days as d join unnest(generate_array(1, 99)) as m on m = d.n, build.users as u "
    "where d.n = u.salary",
    "select s.m as x from build.days as d join (select n as m from build.days) as s on s.m = d.n, build.users as u "
    "where d.n = u.salary",
    "with m as (select d.id as i from build.users as u join build.days as d on d.n = u.salary) "
    "select k.id as x from m join build.days as k on k.id = m.i",
    # Semi-joins.
    "select d.n as x from build.days as d where exists (select 1 from build.users as u where u.salary = d.n)",
    "select d.n as x from build.days as d where (select max(1) from build.users as u where u.salary = d.n) = 1",
    "select d.n as x from build.days as d, unnest(array(select 1 from build.users as u where u.salary = d.n))",
    "select d.n as x from build.days as d where array_length(array(select 1 from build.users where salary = d.n)) > 0",
    "select d.n as x from build.days as d where d.n not in (select salary from build.users)",
    "select n as x from build.days intersect distinct select salary from build.users",
    "select n as x from build.days except distinct select salary from build.users",
    "select (select max(1) from build.users as u where u.salary = d.n) as x from build.days as d",
    # Conditions that come later.
    "select d.n as x from build.users as u, build.days as d where true qualify d.n = u.salary",
    "select d.n as x from build.users as u, build.days as d "
    "qualify row_number() over (partition by u.id order by abs(d.n - u.salary)) = 1",
    "select max(d.n) as x from build.users as u, build.days as d group by u.id, d.id having max(d.n) = max(u.salary)",
    "select max(d.n) as x, max(salary) as s from build.users as u, build.days as d group by u.id having x = s",
    "select row_number() over () as x, salary from build.users qualify x = salary",
    "select d.n as x from build.users as u, build.days as d where u.id = 5 order by abs(d.n - u.salary) limit 1",
    # Rows that the query makes itself.
    "select x from build.users, unnest(generate_array(1, 99)) as x where x = salary",
    "select at as x from build.users, unnest(generate_array(1, 99)) as e with offset as at where at = salary",
    "select x from build.days, (select salary from build.users), unnest([n]) as x where x = salary",
    "with recursive r as (select 1 as n union all select n + 1 from r where n < 99) "
    "select r.n as x from r join build.users as u on r.n = u.salary",
    # Rows that match, counted.
    "select (select count(*) from build.users as v where v.salary < u.salary) as x from build.users as u",
    "select count(v.id) as x from build.users as u join build.users as v on v.salary < u.salary group by u.id",
    "select count(distinct e) as x from build.users, unnest(generate_array(1, salary)) as e group by id",
    "select row_number() over (partition by u.id order by d.id) as x "
    "from build.users as u join build.days as d on d.n <= u.salary",
]
TESTS = [
    "with m as (select u.salary - d.n as diff from build.users as u, build.days as d) select diff > 0 as x from m",
    "with m as (select n, salary - n as diff from build.users, build.days) select n as x from m where diff = 0",
    "with m as (select n, salary - n as diff from build.users, build.days) select if(diff in (0), n, null) as x from m",
    "with m as (select salary - n as diff from build.users, build.days) select case diff when 0 then 1 end as x from m",
    "with m as (select nullif(salary, n) as d from build.users, build.days) select d is null as x from m",
    "with m as (select if(salary = n, 1, null) as d from build.users, build.days) select d is null as x from m",
    "with m as (select n, salary - n as diff from build.users, unnest(generate_array(1, 99)) as n) "
    "select n as x from m where diff = 0",
    "with m as (select salary - n as diff from build.users, unnest(generate_array(1, 99)) as n) "
    "select diff > 0 as x from m",
    "with m as (select salary - n as diff from build.users, (select 1 as n union all select 2)) "
    "select diff > 0 as x from m",
    "with m as (select id, count(*) as n from build.days group by id), d as (select salary - n as diff "
    "from build.users, m) select diff > 0 as x from d",
    "with m as (select salary - n as diff from build.users, build.days) "
    "select a as x from (select diff, 1 as one from m) pivot (max(one) for diff in (0 as a))",
    "select salary - row_number() over () > 0 as x from build.users",
    "select salary - cast(rand() * 9 as int64) > 0 as x from build.users",
]


@pytest.mark.parametrize("sql", OTHERS)
def test_what_a_condition_ties_to_a_protected_value_is_as_protected(sql: str) -> None:
    assert of_query(sql) == "financial"


@pytest.mark.parametrize("sql", TESTS)
def test_a_test_of_a_mix_opens_nothing_wherever_the_mix_is_made(sql: str) -> None:
    assert of_query(sql) == "financial"


def test_a_protected_bool_in_a_choice_of_conditions_is_tied_to_the_others() -> None:
    condition = "is_adult and country = 'a' or not is_adult and country = 'b'"
    assert of_query(f"select country as x from build.users where {condition}") == "pii"


@pytest.mark.parametrize(
    "sql",
    [
        "select d.n as x from build.users as u join build.days as d on u.id = d.id",
        "select d.n as x from build.users as u join build.days as d on u.id = d.id and u.salary > 5",
        "select d.n as x from build.users as u, build.days as d where u.id = d.id and u.birth_date < date '2000-01-01'",
        "select a.id as x from build.users as a join build.users as b on a.email = b.email",
        "select a.id as x from build.users as a join build.users as b using (email)",
        "select count(*) as x from build.users as a join build.users as b on a.email = b.email group by a.id",
        "select u.id as x from build.users as u join build.days as d on d.day <= u.birth_date",
        "select country as x from build.users where salary > 5 or country = 'a'",
        "select id as x from build.users where coalesce(concat(email, country) != email, id = 5)",
        "with m as (select salary * 2 as twice from build.users) select twice > 10 as x from m",
        "with m as (select coalesce(a.email, b.email) as mail from build.users as a join build.users as b using (id)) "
        "select mail is null as x from m",
        "select extract(year from birth_date) as x from build.users where birth_date > date '1900-01-01'",
    ],
)
def test_a_condition_that_compares_protected_data_with_nothing_open_opens_and_closes_nothing(sql: str) -> None:
    assert [str(finding) for finding in findings(sql, {"x": None})] == []
