"""Random queries over two small tables, some of whose columns are secret; what decides which rows there are never is.

Every SELECT yields `k`, the key of its rows as far as there is one, and columns with known types, so that queries nest.
"""

import random
from dataclasses import dataclass, field

INT, TEXT, LIST = "INT64", "STRING", "ARRAY<INT64>"
TABLES = {
    "t": {"k": INT, "g": INT, "a": INT, "s": INT, "d": TEXT, "p": TEXT, "xs": LIST, "ys": LIST},
    "u": {"k": INT, "a": INT, "s": INT, "w": TEXT, "p": TEXT},
}
SECRETS = {("t", "s"), ("t", "p"), ("t", "ys"), ("u", "s"), ("u", "p")}
KEYS = {"k", "g"}


@dataclass
class Names:
    """The columns that an expression can use, as they are written, with their types."""

    columns: dict[str, str] = field(default_factory=dict)

    def of(self, data_type: str) -> list[str]:
        return [name for name, known in self.columns.items() if known == data_type]


class Writer:
    """Writes one query. Everything that it draws comes from the seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.number = 0

    def query(self) -> str:
        tables = dict(TABLES)
        parts = []
        for _ in range(self.random.randint(0, 2)):
            name, (sql, columns) = self.name("c"), self.select(tables, 2)
            parts.append(f"{name} as ({sql})")
            tables[name] = columns
        sql, _ = self.select(tables, 2)
        return f"with {', '.join(parts)} {sql}" if parts else sql

    def name(self, prefix: str) -> str:
        self.number += 1
        return f"{prefix}{self.number}"

    def select(self, tables: dict[str, dict[str, str]], depth: int) -> tuple[str, dict[str, str]]:
        shapes = [self.plain, self.plain, self.grouped, self.starred, self.united]
        return self.random.choice(shapes)(tables, depth)

    # FROM

    def source(self, tables: dict[str, dict[str, str]], depth: int) -> tuple[str, dict[str, str]]:
        """A table or a subquery, with its columns; every one has k."""
        if depth and self.random.random() < 0.35:
            sql, columns = self.select(tables, depth - 1)
            return f"({sql})", columns
        name = self.random.choice(list(tables))
        return name, tables[name]

    def sources(self, tables: dict[str, dict[str, str]], depth: int) -> tuple[str, Names, list[str]]:
        """A whole FROM clause, the names in it, and the keys that grouping may use."""
        first, columns = self.source(tables, depth)
        alias = self.name("f")
        names = Names({f"{alias}.{column}": known for column, known in columns.items()})
        sql = f"{first} as {alias}"
        keys = [f"{alias}.{column}" for column in columns if column in KEYS]
        if self.random.random() < 0.4:
            second, others = self.source(tables, depth)
            other = self.name("f")
            sql += f" {self.random.choice(['join', 'left join'])} {second} as {other} on {alias}.k = {other}.k"
            names.columns |= {f"{other}.{column}": known for column, known in others.items()}
        if (lists := names.of(LIST)) and self.random.random() < 0.5:
            element, position = self.name("e"), self.name("o")
            sql += f" cross join unnest({self.random.choice(lists)}) as {element} with offset as {position}"
            names.columns |= {element: INT, position: INT}
        return sql, names, keys

    # SELECT

    def plain(self, tables: dict[str, dict[str, str]], depth: int) -> tuple[str, dict[str, str]]:
        sql, names, keys = self.sources(tables, depth)
        columns, items = {"k": INT}, [f"{keys[0]} as k"]
        for _ in range(self.random.randint(1, 4)):
            name, data_type = self.name("x"), self.random.choice([INT, INT, TEXT, TEXT, LIST])
            expression = self.windowed(names, keys) if data_type == INT and self.random.random() < 0.25 else None
            items.append(f"{expression or self.expression(data_type, names, 3)} as {name}")
            columns[name] = data_type
        where = f" where mod({keys[0]}, 7) != {self.random.randint(0, 6)}" if self.random.random() < 0.3 else ""
        return f"select {', '.join(items)} from {sql}{where}", columns

    def grouped(self, tables: dict[str, dict[str, str]], depth: int) -> tuple[str, dict[str, str]]:
        sql, names, keys = self.sources(tables, depth)
        columns, items = {"k": INT}, [f"{keys[-1]} as k"]
        for _ in range(self.random.randint(1, 3)):
            name, data_type = self.name("x"), self.random.choice([INT, INT, TEXT, LIST])
            items.append(f"{self.aggregate(data_type, names)} as {name}")
            columns[name] = data_type
        return f"select {', '.join(items)} from {sql} group by {keys[-1]}", columns

    def starred(self, tables: dict[str, dict[str, str]], depth: int) -> tuple[str, dict[str, str]]:
        first, columns = self.source(tables, depth)
        alias, result = self.name("f"), dict(columns)
        others = [name for name in columns if name not in KEYS]
        star = f"{alias}.*" if self.random.random() < 0.5 else "*"
        names = Names({f"{alias}.{name}": known for name, known in columns.items()})
        if others and self.random.random() < 0.4:
            dropped = self.random.choice(others)
            star += f" except ({dropped})"
            del result[dropped]
            others.remove(dropped)
        if others and self.random.random() < 0.4:
            replaced = self.random.choice(others)
            star += f" replace ({self.expression(columns[replaced], names, 2)} as {replaced})"
        return f"select {star} from {first} as {alias}", result

    def united(self, tables: dict[str, dict[str, str]], depth: int) -> tuple[str, dict[str, str]]:
        """Both sides have columns of the same types, under other names, in an order of their own."""
        types = [self.random.choice([INT, TEXT]) for _ in range(self.random.randint(1, 3))]
        sides, columns = [], {}
        for side in range(2):
            sql, names, keys = self.sources(tables, depth)
            made = {self.name("x"): data_type for data_type in types}
            items = [f"{self.expression(known, names, 2)} as {name}" for name, known in made.items()]
            sides.append(f"select {', '.join([f'{keys[0]} as k', *items])} from {sql}")
            columns = columns if side else {"k": INT, **made}
        return " union all ".join(sides), columns

    # Expressions

    def expression(self, data_type: str, names: Names, depth: int) -> str:
        known = names.of(data_type)
        if known and (not depth or self.random.random() < 0.4):
            return self.random.choice(known)
        if not depth:
            return {INT: str(self.random.randint(0, 9)), TEXT: f"'{self.random.choice('abc')}'", LIST: "[1, 2]"}[
                data_type
            ]

        def part(wanted: str) -> str:
            return self.expression(wanted, names, depth - 1)

        condition = self.condition(names, depth - 1)
        shapes = {
            INT: [
                lambda: f"({part(INT)} + {part(INT)})",
                lambda: f"if({condition}, {part(INT)}, {part(INT)})",
                lambda: f"case when {condition} then {part(INT)} else {part(INT)} end",
                lambda: f"case {part(INT)} when 1 then {part(INT)} when {part(INT)} then 2 else {part(INT)} end",
                lambda: f"coalesce({part(INT)}, {part(INT)})",
                lambda: f"nullif({part(INT)}, {part(INT)})",
                lambda: f"length({part(TEXT)})",
                lambda: f"array_length({part(LIST)})",
                lambda: f"{part(LIST)}[safe_offset(0)]",
                lambda: f"struct({part(INT)} as m, {part(TEXT)} as n).m",
                lambda: (
                    f"(select max(v.{self.random.choice(['a', 's', 'k'])}) from u as v where v.k = {names.of(INT)[0]})"
                ),
                lambda: f"(select sum(v + {part(INT)}) from unnest({part(LIST)}) as v)",
            ],
            TEXT: [
                lambda: f"concat({part(TEXT)}, {part(TEXT)})",
                lambda: f"upper({part(TEXT)})",
                lambda: f"substr({part(TEXT)}, 1, 2)",
                lambda: f"cast({part(INT)} as string)",
                lambda: f"if({condition}, {part(TEXT)}, {part(TEXT)})",
                lambda: f"struct({part(INT)} as m, {part(TEXT)} as n).n",
                lambda: f"(select min(v.{self.random.choice(['w', 'p'])}) from u as v where v.k = {names.of(INT)[0]})",
            ],
            LIST: [
                lambda: f"[{part(INT)}, {part(INT)}]",
                lambda: f"array(select v + {part(INT)} from unnest({part(LIST)}) as v)",
            ],
        }
        return self.random.choice(shapes[data_type])()

    def condition(self, names: Names, depth: int) -> str:
        def part(wanted: str) -> str:
            return self.expression(wanted, names, max(depth - 1, 0))

        return self.random.choice(
            [
                lambda: f"{part(INT)} > {part(INT)}",
                lambda: f"{part(INT)} <= 4",
                lambda: f"{part(TEXT)} is null",
                lambda: f"{part(TEXT)} like 'a%'",
                lambda: f"{part(INT)} in (1, 2, {part(INT)})",
                lambda: f"{part(INT)} between 2 and {part(INT)}",
                lambda: f"exists(select 1 from u as v where v.k = {names.of(INT)[0]} and v.s > {part(INT)})",
                lambda: f"{part(INT)} in (select v.s from u as v)",
                lambda: f"not ({part(INT)} = {part(INT)} or {part(TEXT)} = 'b')",
            ]
        )()

    def aggregate(self, data_type: str, names: Names) -> str:
        number, text = self.expression(INT, names, 1), self.expression(TEXT, names, 1)
        order = ", ".join([number, *names.of(INT)])
        return {
            INT: self.random.choice(
                [
                    f"sum({number})",
                    f"min({number})",
                    f"max({number})",
                    f"count(distinct {text})",
                    f"countif({self.condition(names, 1)})",
                    "count(*)",
                    f"array_agg({number} order by {order})[safe_offset(0)]",
                ]
            ),
            TEXT: self.random.choice([f"max({text})", f"string_agg({text}, ',' order by {order}, {text})"]),
            LIST: f"array_agg({number} order by {order})",
        }[data_type]

    def windowed(self, names: Names, keys: list[str]) -> str:
        value = self.expression(INT, names, 1)
        order = ", ".join([self.expression(INT, names, 1), *names.of(INT)])
        function = self.random.choice(
            [f"sum({value})", f"lag({value})", "row_number()", f"first_value({value})", "count(*)"]
        )
        partition = f"partition by {self.random.choice(keys)} " if self.random.random() < 0.6 else ""
        return f"{function} over ({partition}order by {order})"
