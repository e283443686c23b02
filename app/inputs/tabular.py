"""Tables: rows of named columns, matched by name and never by chance."""

import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set, Sized
from dataclasses import replace
from difflib import get_close_matches
from heapq import merge
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.errors import MOST_PROBLEMS, InvalidInputError, Problem, UnsupportedMediaError
from app.inputs.base import describe, flat, refuse, shorten
from app.inputs.columns import ColumnReader
from app.inputs.lines import count_fields, read_lines
from app.inputs.npy import read_npy
from app.inputs.vectors import is_readable, taken
from app.inputs.volume import check_values, uncollected
from app.signature import NUMPY_TYPES, Arrays, TableSignature

BATCH = 10_000  # rows of CSV, of which only these are texts at any time


class TableReader:
    """Reads rows of the signature's columns. A list of values stands in the signature's order.

    ignore_extra: columns that the signature does not have are dropped, rather than refused. None may be missing.
    max_values: how many a CSV text may have.
    """

    def __init__(self, signature: TableSignature, max_values: int = sys.maxsize, *, ignore_extra: bool = False) -> None:
        self._max_values = max_values
        self._ignore_extra = ignore_extra
        self._columns = {column.name: ColumnReader(column) for column in signature.columns}
        self._names = tuple(self._columns)
        # Where all columns are floats alike a matrix is read at once, not walked once for each of them.
        kinds = {column.dtype if column.categories is None else None for column in signature.columns}
        self._floats = kinds.pop() if kinds in ({"float64"}, {"float32"}) else None
        self._accepted = "the columns " + ", ".join(self._names)

    def rows(self, rows: Sequence[Any]) -> Arrays:
        if rows and isinstance(rows[0], list):
            return self._read(self._transpose(rows))
        if not all(isinstance(row, dict) and self._has_columns(row.keys()) for row in rows):
            raise InvalidInputError(self._misfits(rows))
        return self._read((name, [row[name] for row in rows]) for name in self._names)

    def columns(self, columns: Mapping[str, Any]) -> Arrays:
        columns = self._known(columns)
        for name, values in columns.items():
            if not isinstance(values, list):
                raise refuse(f"the column is {describe(values)}", field=name, accepted="a list, one value per row")
        self._check_equal_length(columns)
        return self._read(columns.items())

    def csv(self, body: bytes) -> Arrays:
        check_values(count_fields(body), self._max_values)
        with uncollected():
            header, rows = read_lines(body)
            self._check_header(header)
            return self._in_batches(header, rows)

    def npy(self, body: bytes) -> Arrays:
        array = read_npy(body)
        if array.dtype.names:
            return self._vectors({name: array[name] for name in array.dtype.names})
        return self._matrix(array)

    def tensors(self, tensors: Mapping[str, NDArray[Any]]) -> Arrays:
        if len(tensors) == 1:
            ((name, array),) = tensors.items()
            if name not in self._columns or array.shape[1:] == (len(self._names),):
                return self._matrix(array)
        return self._vectors(tensors)

    def picture(self, body: bytes) -> Arrays:
        raise UnsupportedMediaError(f"the model takes {self._accepted}, not a picture")

    def form(self, fields: Mapping[str, Sequence[str]]) -> Arrays:
        fields = self._known(fields)
        for name, values in fields.items():
            if len(values) != 1:
                raise refuse(f"the field is given {len(values)} times", field=name, accepted="one value")
        return self._gather((name, self._columns[name].texts, values) for name, values in fields.items())

    def _matrix(self, array: NDArray[Any]) -> Arrays:
        if array.ndim != 2 or array.shape[1] != len(self._names):
            raise refuse(
                f"the array's shape is {list(array.shape)}",
                accepted=f"[rows, {len(self._names)}]: {self._accepted}, in this order",
            )
        if self._floats and is_readable(array, self._floats) and taken(array, self._floats).all():
            array = array.astype(NUMPY_TYPES[self._floats], copy=False)
            return {name: array[:, index] for index, name in enumerate(self._names)}
        return self._gather((name, self._columns[name].array, array[:, i]) for i, name in enumerate(self._names))

    def _vectors(self, vectors: Mapping[str, NDArray[Any]]) -> Arrays:
        columns = {name: flat(vector, name) for name, vector in self._known(vectors).items()}
        self._check_equal_length(columns)
        return self._gather((name, self._columns[name].array, column) for name, column in columns.items())

    def _in_batches(self, header: Sequence[str], rows: Iterator[Sequence[str]]) -> Arrays:
        parts: list[Arrays] = []
        found: list[Problem] = []
        for number, batch in enumerate(iter(lambda: list(islice(rows, BATCH)), [])):
            try:
                parts.append(self._texts(header, batch))
            except InvalidInputError as error:
                found += (replace(problem, row=number * BATCH + (problem.row or 0)) for problem in error.found)
                if len(found) > MOST_PROBLEMS:
                    break
        if found:
            raise InvalidInputError(found)
        parts = parts or [self._texts(header, [])]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def _texts(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Arrays:
        if any(len(row) != len(header) for row in rows):
            raise InvalidInputError(
                Problem(f"the row has {len(row)} fields", index, accepted=f"{len(header)} fields, as the header has")
                for index, row in enumerate(rows)
                if len(row) != len(header)
            )
        fields = zip(*rows, strict=True) if rows else [()] * len(header)
        return self._gather(
            (name, self._columns[name].texts, values)
            for name, values in zip(header, fields, strict=True)
            if name in self._columns
        )

    def _read(self, columns: Iterable[tuple[str, Sequence[Any]]]) -> Arrays:
        return self._gather((name, self._columns[name].values, values) for name, values in columns)

    def _gather(self, parts: Iterable[tuple[str, Any, Any]]) -> Arrays:
        """Read each column, and report the misfits of all columns together, in row order."""
        arrays: dict[str, NDArray[Any]] = {}
        found: list[tuple[Problem, ...]] = []
        for name, read, values in parts:
            try:
                arrays[name] = read(values)
            except InvalidInputError as error:
                found.append(error.found)
        if found:
            raise InvalidInputError(merge(*found, key=lambda problem: problem.row or 0))
        return arrays

    def _transpose(self, rows: Sequence[Any]) -> Iterator[tuple[str, Sequence[Any]]]:
        width = len(self._names)
        if not all(isinstance(row, list) and len(row) == width for row in rows):
            raise InvalidInputError(
                Problem(
                    f"the row has {len(row)} values" if isinstance(row, list) else f"the row is {describe(row)}",
                    index,
                    accepted=f"a list of {width} values: {self._accepted}, in this order",
                )
                for index, row in enumerate(rows)
                if not isinstance(row, list) or len(row) != width
            )
        # Not zip(*rows): an iterator for each row takes as much memory as the row.
        return ((name, [row[index] for row in rows]) for index, name in enumerate(self._names))

    def _has_columns(self, given: Set[str]) -> bool:
        return given >= self._columns.keys() if self._ignore_extra else given == self._columns.keys()

    def _known(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """What is given by name, in its order, without what may be ignored."""
        if not self._has_columns(given.keys()):
            raise InvalidInputError(self._misnamed(given))
        return {name: values for name, values in given.items() if name in self._columns}

    def _misfits(self, rows: Sequence[Any]) -> Iterator[Problem]:
        """Everything wrong with rows of which some have other columns: the values of the right ones as well."""
        for index, row in enumerate(rows):
            if not isinstance(row, dict):
                yield Problem(f"the row is {describe(row)}", index, accepted="an object, as the others")
                continue
            yield from self._misnamed(row, index)
            for name in filter(row.__contains__, self._names):
                try:
                    self._columns[name].values([row[name]])
                except InvalidInputError as error:
                    yield replace(error.problems[0], row=index)

    def _misnamed(self, given: Collection[str], row: int | None = None) -> Iterator[Problem]:
        """One problem for each column that is not known and each that is missing.

        One that may be ignored is a problem only where it looks like a misspelt name of a missing one.
        """
        missing = [name for name in self._names if name not in given]
        suggested = set()
        for name in given:
            if name not in self._columns:
                shown = shorten(name)
                close = next(iter(get_close_matches(shown, missing or self._names, n=1)), None)
                if self._ignore_extra and (close is None or not missing):
                    continue
                suggested.add(close)
                yield Problem("the column is not known", row, shown, self._accepted, close)
        for name in missing:
            if name not in suggested:
                yield Problem("the column is missing", row, name, self._columns[name].accepted)

    def _check_header(self, header: Sequence[str]) -> None:
        repeated = [
            name
            for name, count in Counter(header).items()
            if count > 1 and not (self._ignore_extra and name not in self._columns)
        ]
        if repeated:
            raise InvalidInputError(
                Problem("the column stands more than once", None, shorten(name), "each column once")
                for name in repeated
            )
        if not self._has_columns(set(header)):
            raise InvalidInputError(self._misnamed(header))

    def _check_equal_length(self, columns: Mapping[str, Sized]) -> None:
        lengths = {name: len(values) for name, values in columns.items()}
        if len(set(lengths.values())) > 1:
            raise refuse(f"the columns differ in length: {lengths}", accepted="one value per row in every column")
