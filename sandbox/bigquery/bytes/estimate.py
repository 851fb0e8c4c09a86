"""The bytes that a statement processes and is billed ("Estimate and control costs", "On-demand compute pricing")."""

from dataclasses import dataclass

import duckdb
from local_bigquery.sql.translate import Context
from sqlglot import exp

from sandbox.bigquery import columns_read, resources
from sandbox.bigquery.bytes.partitions import Evaluator
from sandbox.bigquery.bytes.statistics import Partition, Partitioning, Statistics, statistics
from sandbox.bigquery.catalogue import Reference, holding
from sandbox.bigquery.relations import Path, Scan

MEBIBYTE = 1024 * 1024
MINIMUM = 10 * MEBIBYTE  # for every table that is read


@dataclass(frozen=True)
class Bytes:
    """Bytes processed and bytes billed."""

    processed: int = 0
    billed: int = 0

    def __add__(self, other: "Bytes") -> "Bytes":
        return Bytes(self.processed + other.processed, self.billed + other.billed)


def billed(processed: int) -> int:
    """What is billed for one table: whole MiB, at least ten; nothing for nothing."""
    return max(MINIMUM, -(-processed // MEBIBYTE) * MEBIBYTE) if processed else 0


@holding
def estimate(tree: exp.Expr, context: Context) -> Bytes:
    """The bytes of one statement, before it runs. A table that is read twice counts once; making a view reads none."""
    if isinstance(tree, exp.Create) and tree.args.get("kind") == "VIEW":
        return Bytes()
    scans: dict[Reference, list[Scan]] = {}
    for scan in columns_read.analyse(tree, context).reads.scans:
        if scan.table.table_id is not None and (scan.paths or scan.rewritten):
            scans.setdefault(scan.reference, []).append(scan)
    evaluator = Evaluator(tree, context)
    total = Bytes()
    for found in scans.values():
        processed = _table_bytes(found, evaluator)
        total += Bytes(processed, billed(processed))
    return total


def _table_bytes(scans: list[Scan], evaluator: Evaluator) -> int:
    measured = statistics(scans[0].table)
    if not measured.rows:
        return 0
    everything = {(item.name.casefold(),) for item in scans[0].table.fields if item.name != "_PARTITIONTIME"}
    kept: dict[Path, set[Partition | None] | None] = {}  # None: the whole table
    for scan in scans:
        partitions = _kept(scan, measured, evaluator)
        for path in everything if scan.rewritten else scan.paths:
            before = kept.get(path, set())
            kept[path] = None if before is None or partitions is None else before | partitions
    paths = _outermost(set(kept))
    widths = measured.widths(paths)
    return round(sum(widths[path] * _rows(kept[path], measured) for path in paths))


def _outermost(paths: set[Path]) -> set[Path]:
    """The paths without those that are inside another one."""
    return {path for path in paths if not any(path[:length] in paths for length in range(1, len(path)))}


def _rows(partitions: set[Partition | None] | None, measured: Statistics) -> int:
    if partitions is None:
        return measured.rows
    counted = measured._partitions or {}
    return sum(counted.get(partition, 0) for partition in partitions)


def _kept(scan: Scan, measured: Statistics, evaluator: Evaluator) -> set[Partition | None] | None:
    if not scan.predicates:
        return None
    by = partitioning(scan.reference)
    names = {by.column, "_partitiondate"} if by and by.column == "_partitiontime" else {by.column} if by else set()
    conditions = [predicate for name, predicate in scan.predicates if name in names]
    if by is None or not conditions:
        return None
    try:
        partitions = measured.partitions(by)
    except duckdb.Error:  # a partitioning that does not fit the column prunes nothing
        return None
    return {one for one in partitions if all(evaluator.keeps(condition, one) for condition in conditions)}


def partitioning(reference: Reference) -> Partitioning | None:
    """How the table is partitioned, from its REST resource; None when it is not."""
    stored = resources.find("tables", *reference) or {}
    if time := stored.get("timePartitioning"):
        return Partitioning((time.get("field") or "_partitiontime").casefold(), (time.get("type") or "DAY").upper())
    if ranged := stored.get("rangePartitioning"):
        start, end, interval = (int(ranged["range"][key]) for key in ("start", "end", "interval"))
        return Partitioning(ranged["field"].casefold(), "", start, end, interval)
    return None
