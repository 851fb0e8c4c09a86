"""docs/operations/costs.md, which is made by `make docs`: what each part costs a month at three sizes.

Every number of the page is worked out here from list prices and stated assumptions; none is typed into the text. Sizes
are in GB and money in USD. A GB is taken for a GiB, which is 7 % off at most.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PAGE = Path(__file__).parents[1] / "docs" / "operations" / "costs.md"
TEMPLATE = Path(__file__).with_suffix(".md")
DAYS: Final = 30
HOURS: Final = 730
SECONDS: Final = HOURS * 3600
SNAPSHOT, QUERY = "snapshot", "query"
INCREMENTAL, FULL = "incremental", "full"


@dataclass(frozen=True)
class Price:
    """A list price in USD: of what, for which unit, from which page of the vendor."""

    of: str
    usd: float
    unit: str
    page: str


AWS, GOOGLE = "https://aws.amazon.com", "https://cloud.google.com"
PRICES: Final[Mapping[str, Price]] = {
    "pitr": Price("DynamoDB, point-in-time recovery", 0.20, "GB of the table and month", f"{AWS}/dynamodb/pricing/"),
    "ddb_export": Price("DynamoDB, export", 0.10, "GB exported", f"{AWS}/dynamodb/pricing/"),
    "rds_export": Price("Aurora, snapshot export", 0.010, "GB of the snapshot", f"{AWS}/rds/aurora/pricing/"),
    "s3": Price("S3 Standard", 0.023, "GB and month", f"{AWS}/s3/pricing/"),
    "put": Price("S3 and Cloud Storage, writes", 0.005, "1,000", f"{AWS}/s3/pricing/"),
    "get": Price("S3, reads", 0.0004, "1,000", f"{AWS}/s3/pricing/"),
    "kms": Price("KMS key", 1.00, "key and month", f"{AWS}/kms/pricing/"),
    "gcs": Price("Cloud Storage Standard", 0.020, "GB and month", f"{GOOGLE}/storage/pricing"),
    "nearline": Price("Cloud Storage Nearline", 0.010, "GB and month", f"{GOOGLE}/storage/pricing"),
    "logical": Price("BigQuery storage, active, logical", 0.02, "GiB and month", f"{GOOGLE}/bigquery/pricing"),
    "physical": Price("BigQuery storage, active, physical", 0.04, "GiB and month", f"{GOOGLE}/bigquery/pricing"),
    "scan": Price("BigQuery queries, on demand", 6.25, "TiB", f"{GOOGLE}/bigquery/pricing"),
    "slot": Price("BigQuery Enterprise, without commitment", 0.06, "slot and hour", f"{GOOGLE}/bigquery/pricing"),
    "dts": Price("Data Transfer Service from S3, load jobs", 0.0, "GB", f"{GOOGLE}/bigquery-transfer/pricing"),
    "cpu": Price("Cloud Run, CPU of instances and jobs", 0.000018, "vCPU and second", f"{GOOGLE}/run/pricing"),
    "memory": Price("Cloud Run, memory of instances and jobs", 0.000002, "GiB and second", f"{GOOGLE}/run/pricing"),
    "sql": Price("Cloud SQL, db-g1-small", 0.035, "hour", f"{GOOGLE}/sql/pricing"),
    "sql_disk": Price("Cloud SQL, SSD", 0.17, "GB and month", f"{GOOGLE}/sql/pricing"),
    "secret": Price("Secret Manager", 0.06, "active version and month", f"{GOOGLE}/secret-manager/pricing"),
    "log": Price("Cloud Logging, beyond 50 GiB", 0.50, "GiB", f"{GOOGLE}/stackdriver/pricing"),
    "image": Price("Artifact Registry", 0.10, "GB and month", f"{GOOGLE}/artifact-registry/pricing"),
}
# What leaves AWS for the internet: up to so many GB a month, at so much each. https://aws.amazon.com/ec2/pricing/on-demand/
EGRESS: Final = ((100, 0.0), (10_240, 0.09), (51_200, 0.085), (153_600, 0.07), (float("inf"), 0.05))
FREE_TIB, FREE_LOG_GIB = 1, 50


@dataclass(frozen=True)
class Assumptions:
    """What holds at every size."""

    dynamodb_share: float = 0.5  # the rest is Aurora; Stripe and Sheets are small beside them
    daily_change: float = 0.01
    file_share: float = 0.4  # size of files, compressed, beside their source; rows of a query come uncompressed
    compression: float = 4.0  # of BigQuery's storage: logical beside physical
    raw_days: int = 90
    landing_days: int = 90  # of them the first 30 Standard, the others Nearline
    export_days: int = 35
    modelled: float = 1.0  # build and marts together, beside the sources
    carried_a_second: float = 0.1  # GB that one run carries, from S3 or from Aurora
    file_gb: float = 0.064
    secret_versions: int = 6
    image_gb: int = 10
    sql_disk_gb: int = 10
    run: tuple[int, int] = (2, 8)  # vCPU and GiB of the daily run's job
    daemon: tuple[float, float] = (3, 3.5)  # daemon, code location and proxy; the UI has as much
    metabase: tuple[float, float] = (2, 4.5)  # with its proxy
    ui_hours: int = 160  # a month
    run_hours: float = 1.0  # a day, without carrying


@dataclass(frozen=True)
class Setup:
    """How the tables of a size are delivered and scanned."""

    name: str
    size: float  # GB of sources
    dynamodb: str  # full, or incremental
    aurora: str  # query (whole tables), snapshot, or incremental (query with a cursor)
    full_every: int  # days from one full delivery to the next, where deliveries are incremental
    transfer: bool  # whether DynamoDB's exports are carried by the Data Transfer Service
    scanned: float  # bytes that all queries scan a day, beside the sources
    physical: bool  # how BigQuery's storage is billed
    log_gib: int  # a month


GIVEN = Assumptions()
SETUPS: Final = (
    Setup("10 GB", 10, FULL, QUERY, 1, False, 3.0, False, 5),
    Setup("1 TB", 1_000, INCREMENTAL, SNAPSHOT, 7, False, 1.0, False, 20),
    Setup("100 TB", 100_000, INCREMENTAL, INCREMENTAL, 30, True, 0.1, True, 60),
)


@dataclass(frozen=True)
class Flow:
    """What a store delivers in a month, in GB of the source."""

    full: float
    changes: float

    @property
    def all(self) -> float:
        return self.full + self.changes


def flow(size: float, mode: str, full_every: int) -> Flow:
    """A full delivery every day, or every so many days with the changes in between."""
    if mode == INCREMENTAL:
        return Flow(size * DAYS / full_every, size * GIVEN.daily_change * DAYS)
    return Flow(size * DAYS, 0)


def egress(gigabytes: float) -> float:
    """What AWS charges for so many GB that leave it in a month."""
    total, below = 0.0, 0.0
    for limit, usd in EGRESS:
        total += max(0.0, min(gigabytes, limit) - below) * usd
        below = limit
    return total


def instances(count: float, cpu: float, gib: float) -> float:
    """Containers of Cloud Run that run all month."""
    return count * SECONDS * (cpu * PRICES["cpu"].usd + gib * PRICES["memory"].usd)


def storage(gigabytes: float, physical: bool) -> float:
    """BigQuery's storage of so many logical GB."""
    return gigabytes / GIVEN.compression * PRICES["physical"].usd if physical else gigabytes * PRICES["logical"].usd


def leaving(setup: Setup) -> tuple[float, float]:
    """GB that leave AWS in a month: DynamoDB's, and Aurora's."""
    dynamodb, aurora = flows(setup)
    return dynamodb.all * GIVEN.file_share, aurora.all * (GIVEN.file_share if setup.aurora == SNAPSHOT else 1)


def carried(setup: Setup) -> float:
    """GB that pass through our process in a month."""
    dynamodb, aurora = leaving(setup)
    return aurora + (0 if setup.transfer else dynamodb)


def flows(setup: Setup) -> tuple[Flow, Flow]:
    """DynamoDB's and Aurora's."""
    size = setup.size * GIVEN.dynamodb_share
    return flow(size, setup.dynamodb, setup.full_every), flow(setup.size - size, setup.aurora, setup.full_every)


def stored(setup: Setup) -> float:
    """Logical GB in BigQuery once the oldest raw partitions are being deleted."""
    raw = sum(one.all for one in flows(setup)) * GIVEN.raw_days / DAYS
    return raw + setup.size * GIVEN.modelled


def carrying_hours(setup: Setup) -> float:
    """Hours a day that our process spends on carrying."""
    return carried(setup) / DAYS / GIVEN.carried_a_second / 3600


def bill(setup: Setup) -> dict[str, float]:
    """USD a month by part."""
    dynamodb, aurora = flows(setup)
    exported = dynamodb.all + (aurora.all if setup.aurora == SNAPSHOT else 0)
    landed = (aurora.all + (0 if setup.transfer else dynamodb.all)) * GIVEN.file_share
    files = (dynamodb.all + aurora.all) * GIVEN.file_share / GIVEN.file_gb
    run_hours = DAYS * GIVEN.run_hours + carried(setup) / GIVEN.carried_a_second / 3600
    cpu, gib = GIVEN.run
    return {
        "DynamoDB: point-in-time recovery, which exports need": setup.size * GIVEN.dynamodb_share * PRICES["pitr"].usd,
        "DynamoDB: exports": dynamodb.all * PRICES["ddb_export"].usd,
        "Aurora: snapshot exports": aurora.all * PRICES["rds_export"].usd if setup.aurora == SNAPSHOT else 0.0,
        "S3: exports, and their key": exported * GIVEN.file_share * GIVEN.export_days / DAYS * PRICES["s3"].usd
        + PRICES["kms"].usd,
        "AWS: bytes that leave for Google": egress(sum(leaving(setup))),
        "Requests to S3 and Cloud Storage": files / 1000 * (2 * PRICES["put"].usd + PRICES["get"].usd),
        "Data Transfer Service": (leaving(setup)[0] if setup.transfer else 0) * PRICES["dts"].usd,
        "Cloud Storage: landing bucket": landed * PRICES["gcs"].usd
        + landed * (GIVEN.landing_days - DAYS) / DAYS * PRICES["nearline"].usd,
        "BigQuery: storage": storage(stored(setup), setup.physical),
        "BigQuery: queries": max(0.0, setup.size / 1000 * setup.scanned * DAYS - FREE_TIB) * PRICES["scan"].usd,
        "Cloud Run: the daily run": run_hours * 3600 * (cpu * PRICES["cpu"].usd + gib * PRICES["memory"].usd),
        "Cloud Run: Dagster's daemon, and the UI while it is open": instances(
            1 + GIVEN.ui_hours / HOURS, *GIVEN.daemon
        ),
        "Cloud Run: Metabase": instances(1, *GIVEN.metabase),
        "Cloud Run: tagging server (2) and its preview (1)": instances(3, 1, 0.5),
        "Cloud SQL, for Dagster and for Metabase": 2
        * (HOURS * PRICES["sql"].usd + GIVEN.sql_disk_gb * PRICES["sql_disk"].usd),
        "Secrets, images, logs": GIVEN.secret_versions * PRICES["secret"].usd
        + GIVEN.image_gb * PRICES["image"].usd
        + max(0, setup.log_gib - FREE_LOG_GIB) * PRICES["log"].usd,
    }


def usd(amount: float) -> str:
    """Two figures are as much as the assumptions bear."""
    if amount == 0:
        return "0"
    if amount < 1:
        return "below 1"
    digits = 10 ** max(0, len(str(int(amount))) - 2)
    return f"{round(amount / digits) * digits:,}"


def table(head: list[str], rows: list[list[str]], align: str = "---:") -> str:
    """A table in Markdown, its numbers to the right."""
    line = "| --- |" + f" {align} |" * (len(head) - 1)
    return "\n".join(["| " + " | ".join(head) + " |", line, *("| " + " | ".join(row) + " |" for row in rows)])


def costs() -> str:
    bills = [bill(setup) for setup in SETUPS]
    rows = [[part, *(usd(each[part]) for each in bills)] for part in bills[0]]
    total = ["**All**", *(f"**{usd(sum(each.values()))}**" for each in bills)]
    return table(["USD a month", *(setup.name for setup in SETUPS)], [*rows, total])


def everything() -> list[Setup]:
    """The same sizes with everything exported in full every day, and all of it through our process."""
    return [Setup(s.name, s.size, FULL, SNAPSHOT, 1, False, s.scanned, s.physical, s.log_gib) for s in SETUPS]


def comparison() -> str:
    rows: list[list[str]] = []
    for label, setups in (("as above", list(SETUPS)), ("all in full every day, Aurora by snapshot", everything())):
        bills = [bill(setup) for setup in setups]
        leaves = "AWS: bytes that leave for Google"
        rows.append([f"leaving AWS: {label}", *(usd(each[leaves]) for each in bills)])
        rows.append([f"total: {label}", *(usd(sum(each.values())) for each in bills)])
        rows.append([f"hours a day of carrying: {label}", *(_hours(carrying_hours(setup)) for setup in setups)])
    return table(["", *(setup.name for setup in SETUPS)], rows)


def _hours(hours: float) -> str:
    return "below 0.1" if hours < 0.1 else f"{hours:.1f}" if hours < 24 else f"{hours:.0f}: more than a day has"


def billing() -> str:
    rows = [
        [f"storage, {'physical' if physical else 'logical'}", *(usd(storage(stored(s), physical)) for s in SETUPS)]
        for physical in (False, True)
    ]
    rows.append(["TiB scanned", *(usd(s.size / 1000 * s.scanned * DAYS) for s in SETUPS)])
    return table(["", *(setup.name for setup in SETUPS)], rows)


def assumed() -> str:
    rows = [
        [
            "DynamoDB",
            *("full, daily" if s.dynamodb == FULL else f"changes daily, full every {s.full_every} d" for s in SETUPS),
        ],
        [
            "Aurora",
            *(
                {QUERY: "query, whole tables", SNAPSHOT: "snapshot, daily"}.get(
                    s.aurora, f"query with a cursor, whole every {s.full_every} d"
                )
                for s in SETUPS
            ),
        ],
        ["DynamoDB's exports carried by", *("Data Transfer Service" if s.transfer else "our process" for s in SETUPS)],
        ["scanned a day, of the sources' size", *(f"{s.scanned:.0%}" for s in SETUPS)],
        ["BigQuery's storage billed", *("physical" if s.physical else "logical" for s in SETUPS)],
    ]
    return table(["", *(setup.name for setup in SETUPS)], rows, "---")


def prices() -> str:
    rows = [[p.of, f"{p.usd:.6f}".rstrip("0").rstrip(".") or "0", f"{p.unit}", f"<{p.page}>"] for p in PRICES.values()]
    tiers = ", then ".join(f"{price:g}" for _, price in EGRESS[1:])
    rows.append(["AWS, bytes that leave", tiers, "GB, by tiers; 100 GB free", f"<{AWS}/ec2/pricing/on-demand/>"])
    return table(["price", "USD", "for each", "page"], rows, "---")


def facts() -> dict[str, str]:
    """Numbers in the text."""
    biggest = SETUPS[-1]
    slot_hours = PRICES["scan"].usd / PRICES["slot"].usd
    return {
        "costs": costs(),
        "assumed": assumed(),
        "comparison": comparison(),
        "billing": billing(),
        "prices": prices(),
        "dynamodb_share": f"{GIVEN.dynamodb_share:.0%}",
        "daily_change": f"{GIVEN.daily_change:.0%}",
        "file_share": f"{GIVEN.file_share:.0%}",
        "compression": f"{GIVEN.compression:g}",
        "raw_days": str(GIVEN.raw_days),
        "landing_days": str(GIVEN.landing_days),
        "export_days": str(GIVEN.export_days),
        "modelled": f"{GIVEN.modelled:.0%}",
        "megabytes": f"{GIVEN.carried_a_second * 1000:.0f}",
        "ui_hours": str(GIVEN.ui_hours),
        "slot_hours": f"{slot_hours:.0f}",
        "break_even": usd(100 * HOURS * PRICES["slot"].usd / PRICES["scan"].usd),
        "baseline": usd(100 * HOURS * PRICES["slot"].usd),
        "physical_from": f"{PRICES['physical'].usd / PRICES['logical'].usd:g}",
        "largest_table": f"{GIVEN.carried_a_second * 6 * 3.6:.1f}",
        "pitr": usd(bill(biggest)["DynamoDB: point-in-time recovery, which exports need"]),
    }


def page() -> str:
    """The page's text."""
    text = TEMPLATE.read_text(encoding="utf-8")
    for name, value in facts().items():
        text = text.replace("{{ " + name + " }}", value)
    return text


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
