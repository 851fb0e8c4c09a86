"""Relations and scopes for the analysis of which columns a statement reads (see columns_read)."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from sqlglot import exp

from sandbox.bigquery.catalogue import Field, Reference
from sandbox.bigquery.catalogue import Relation as Stored

Path = tuple[str, ...]  # a column and the struct fields below it, casefolded

# What a table has besides its columns. None of them is protected, none is billed.
PSEUDO_COLUMNS = frozenset({"_partitiontime", "_partitiondate", "_table_suffix", "_file_name", "rowid"})


@dataclass(eq=False)
class Scan:
    """One mention of a table in a statement: the columns it reads there, and what is asked of its rows.

    `predicates` are conditions that hold for every row that the statement needs; each has columns of one name only.
    `filtered` are the columns with conditions at all: also those of one of several mentions of a CTE, or of a WHEN.
    `rewritten` says that the statement writes the table's rows again, for which BigQuery bills all columns. `node` is
    where the statement, or a view that it names, has the table, if something else could be put there.
    """

    table: Stored
    historical: bool = False
    paths: set[Path] = field(default_factory=set)
    predicates: list[tuple[str, exp.Expr]] = field(default_factory=list)
    filtered: set[str] = field(default_factory=set)
    rewritten: bool = False
    node: exp.Table | None = None

    @property
    def reference(self) -> Reference:
        return self.table.reference

    def read(self, path: Path) -> None:
        """Notes that the path is read. A name that the table no longer has counts as all of them."""
        fields: tuple[Field, ...] = self.table.fields
        known: list[str] = []
        for name in path:
            found = next((item for item in fields if item.name.casefold() == name), None)
            if found is None:
                break
            known.append(name)
            fields = found.fields if found.type == "struct" else ()
        if known:
            self.paths.add(tuple(known))
        elif path[0] not in PSEUDO_COLUMNS:
            self.read_all()

    def keep(self, name: str, predicate: exp.Expr, certain: bool) -> None:
        """Notes a condition on the column; `certain` when it holds for every row that the statement needs."""
        self.filtered.add(name)
        if certain:
            self.predicates.append((name, predicate))

    def read_all(self) -> None:
        names = (item.name.casefold() for item in self.table.fields)
        self.paths |= {(name,) for name in names if name not in PSEUDO_COLUMNS}


@dataclass
class Output:
    """One column of a relation. Reading it, or knowing a condition on it, is passed on to where it comes from."""

    name: str | None
    read: Callable[[Path], None] = lambda path: None
    keep: Callable[[exp.Expr, bool], None] = lambda predicate, certain: None


@dataclass
class Source:
    """What a FROM clause can name. `open` when it has columns that we cannot name; those count as read already."""

    outputs: list[Output] = field(default_factory=list)
    hidden: list[Output] = field(default_factory=list)
    open: bool = False
    historical: Callable[[], None] | None = None

    def named(self, name: str) -> list[Output]:
        return [output for output in [*self.outputs, *self.hidden] if output.name == name]

    def has(self, output: Output) -> bool:
        return any(one is output for one in [*self.outputs, *self.hidden])

    def read_all(self) -> None:
        for output in self.outputs:
            output.read(())
        if self.historical:
            self.historical()

    def renamed(self, names: list[str]) -> "Source":
        """The same columns under new names, by position; those beyond the list keep theirs."""
        pairs = zip(self.outputs, names, strict=False)
        renamed = [Output(name, output.read, output.keep) for output, name in pairs]
        return Source(renamed + self.outputs[len(renamed) :], self.hidden, self.open, self.historical)

    def unfiltered(self) -> "Source":
        """The same columns; conditions are not passed on, because they are not asked of the rows below."""
        outputs = [Output(output.name, output.read) for output in self.outputs]
        return Source(outputs, self.hidden, self.open, self.historical)

    def shared(self) -> "Source":
        """The same columns for one of several mentions of a relation, which may each ask other rows of it."""

        def keeper(output: Output) -> Callable[[exp.Expr, bool], None]:
            return lambda predicate, certain: output.keep(predicate, False)

        outputs = [Output(output.name, output.read, keeper(output)) for output in self.outputs]
        return Source(outputs, self.hidden, self.open, self.historical)


def opened(names: Iterable[str] = ()) -> Source:
    """A relation of which we know at most some names."""
    return Source([Output(name) for name in names], open=True)


def scanned(scan: Scan) -> Source:
    """A table's columns."""

    def reader(name: str) -> Callable[[Path], None]:
        return lambda rest: scan.read((name, *rest))

    def keeper(name: str) -> Callable[[exp.Expr, bool], None]:
        return lambda predicate, certain: scan.keep(name, predicate, certain)

    names = [item.name.casefold() for item in scan.table.fields]
    return Source(
        [Output(name, reader(name), keeper(name)) for name in names if name not in PSEUDO_COLUMNS],
        [Output(name, keep=keeper(name)) for name in sorted(PSEUDO_COLUMNS)],
        historical=scan.read_all if scan.historical else None,
    )


def united(sources: list[Source]) -> Source:
    """All the tables of a wildcard as one: a column of it is that column of each of them."""
    names = list(dict.fromkeys(output.name for source in sources for output in source.outputs))
    hidden = list(dict.fromkeys(output.name for source in sources for output in source.hidden))

    def output(name: str | None) -> Output:
        return combined(name, [part for source in sources for part in source.named(name or "")])

    return Source([output(name) for name in names], [output(name) for name in hidden])


def combined(name: str | None, parts: list[Output]) -> Output:
    """One column that comes from several."""

    def read(path: Path) -> None:
        for part in parts:
            part.read(path)

    def keep(predicate: exp.Expr, certain: bool) -> None:
        for part in parts:
            part.keep(predicate, certain)

    return Output(name, read, keep)


@dataclass
class Scope:
    """The names that an expression can use: the sources of its SELECT, then those of the SELECTs around it."""

    parent: "Scope | None" = None
    sources: list[tuple[str, Source]] = field(default_factory=list)
    nullable: list[Source] = field(default_factory=list)  # sources whose rows an outer join makes up
    items: dict[str, Output] = field(default_factory=dict)  # the SELECT list's own names
    variables: frozenset[str] = frozenset()

    def chain(self) -> Iterator["Scope"]:
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def read_all(self) -> None:
        for _, source in self.sources:
            source.read_all()

    def resolve(self, parts: Path, guess: bool = False) -> bool:
        """Marks what the reference can mean as read. False when it can mean nothing that we know.

        The innermost scope that has the name decides; where a scope has columns that we cannot name, the scopes
        around it are asked too. What is ambiguous counts in every meaning. `guess`: it may be no reference at all.
        """
        possible = False
        for scope in self.chain():
            certain, known = scope._resolve(parts, guess)
            if certain:
                return True
            possible = possible or known or any(source.open for _, source in scope.sources)
        return possible

    def _resolve(self, parts: Path, guess: bool) -> tuple[bool, bool]:
        """Marks what the reference can mean here. Returns whether that is certain, and whether it means anything here.

        Only `column` and `source.column` are certain: a row, a field of a column, an alias of the SELECT list can give
        way to a column of a scope around this one.
        """
        certain, known = parts[0] in self.variables, False
        if parts[0] in self.items:
            self.items[parts[0]].read(parts[1:])
            known = True
        for _, source in self.sources:
            for output in source.named(parts[0]):
                output.read(parts[1:])
                certain, known = certain or len(parts) == 1, True
        # `t`, `t.column`, `dataset.t.column`, `project.dataset.t.column`
        for position in range(min(len(parts), 3)):
            for name, source in self.sources:
                if name == parts[position] and not (certain and len(parts) == 1):
                    here = self._qualified(source, parts[position + 1 :])
                    certain = certain or (here and position == 0 and len(parts) > 1)
                    known = known or here
        if not known and not guess and any(source.historical for _, source in self.sources):
            self.read_all()
            known = True
        return certain, known

    @staticmethod
    def _qualified(source: Source, rest: Path) -> bool:
        if not rest or rest == ("*",):
            source.read_all()
            return True
        outputs = source.named(rest[0])
        for output in outputs:
            output.read(rest[1:])
        if not outputs and source.historical:
            source.read_all()
        return bool(outputs) or source.open or source.historical is not None

    def output(self, parts: Path) -> Output | None:
        """The one column of this scope's own sources that the reference names, or None."""
        name = parts[-1]
        if len(parts) > 2:
            return None
        found = [
            output
            for alias, source in self.sources
            if len(parts) == 1 or alias == parts[0]
            for output in source.named(name)
        ]
        return found[0] if len(found) == 1 else None
