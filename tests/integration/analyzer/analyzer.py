"""Google's SQL analyzer, which BigQuery's own frontend is made from, over the tables of a catalogue.

The package's WebAssembly takes many seconds to compile, so the compiled code is kept in a folder; and its client copies
memory byte by byte in Python, which is done at once here.
"""

import ctypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import wasmtime
from zetasql import types
from zetasql.core import ServerError, ZetaSqlLocalService, wasm_client
from zetasql.wasi._pb2.zetasql.local_service.local_service_pb2 import AnalyzeResponse

from tests.integration.analyzer.catalogue import NAMES, Columns, catalogue
from tests.integration.analyzer.language import language

PLACE = re.compile(r"\s*\[at (\d+):(\d+)\]")


class Refused(Exception):
    """A statement that BigQuery would refuse: why, and in which of its lines, or 0 where that is not said."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


class Service(ZetaSqlLocalService):
    """The analyzer of this process, started from compiled code in the folder where there is any."""

    def __init__(self, folder: Path) -> None:
        settings = folder / "wasmtime.toml"
        settings.write_text(f'[cache]\ndirectory = "{folder}"\n')

        def config() -> wasmtime.Config:
            made = wasmtime.Config()
            made.cache = str(settings)
            return made

        with mock.patch.object(wasm_client, "Config", config):
            super().__init__()
        client: Any = self.wasm_client

        def address(pointer: int) -> int:
            return ctypes.addressof(client.memory.data_ptr().contents) + pointer

        client.write_bytes = lambda at, data: ctypes.memmove(address(at), data, len(data))
        client.read_bytes = lambda at, size: ctypes.string_at(address(at), size)


@dataclass(frozen=True)
class Analyzer:
    """Analyzes statements against one catalogue."""

    service: Service
    options: types.AnalyzerOptions
    catalogue_id: int

    @classmethod
    def over(
        cls, service: Service, project: str, location: str, tables: Mapping[str, Columns], raw: set[str]
    ) -> "Analyzer":
        """An analyzer over tables named `dataset.table`; those in `raw` are partitioned by the time of ingestion."""
        spoken = language()
        registered = service.register_catalog(simple_catalog=catalogue(project, location, tables, raw, spoken))
        mode = types.ErrorMessageMode.ERROR_MESSAGE_ONE_LINE
        options = types.AnalyzerOptions(language_options=spoken, error_message_mode=mode, prune_unused_columns=True)
        return cls(service, options, registered.registered_id)

    def columns(self, sql: str) -> dict[str, str]:
        """The data types of the columns that a query gives, by name; of other statements none. Raises Refused."""
        request = types.AnalyzeRequest(options=self.options, registered_catalog_id=self.catalogue_id, sql_statement=sql)
        try:
            # The answer's own class would turn the whole tree into Python objects.
            answer = self.service.wasm_client.call_grpc_func(
                "ZetaSqlLocalService_Analyze", request.to_proto(), AnalyzeResponse
            )
        except ServerError as error:
            raise _refused(error) from None
        statement = answer.resolved_statement
        node = getattr(statement, statement.WhichOneof("node"))
        return {column.name: written(column.column.type) for column in getattr(node, "output_column_list", ())}


def written(of: Any) -> str:
    """A type of the analyzer's answer, as YAML writes it."""
    match of.type_kind:
        case types.TypeKind.TYPE_ARRAY:
            return f"ARRAY<{written(of.array_type.element_type)}>"
        case types.TypeKind.TYPE_STRUCT:
            return f"STRUCT<{', '.join(f'{one.field_name} {written(one.field_type)}' for one in of.struct_type.field)}>"
        case types.TypeKind.TYPE_RANGE:
            return f"RANGE<{written(of.range_type.element_type)}>"
        case kind:
            return NAMES[kind]


def _refused(error: ServerError) -> Refused:
    text = error.raw_error.partition("Message: ")[2]
    places = PLACE.findall(text)
    return Refused(PLACE.sub("", " ".join(text.split())), int(places[-1][0]) if places else 0)
