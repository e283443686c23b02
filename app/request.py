"""The request that every view sees: a form that cannot be read is an error, not an empty form."""

from typing import IO, Any

from flask import Request
from werkzeug.formparser import FormDataParser

from app.errors import MalformedBodyError


class StrictFormParser(FormDataParser):
    """Werkzeug's parser by default keeps silent about a broken form and drops what it held."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.silent = False

    def parse(self, stream: IO[bytes], mimetype: str, *arguments: Any, **options: Any) -> Any:
        """Raises MalformedBodyError."""
        try:
            return super().parse(stream, mimetype, *arguments, **options)
        except ValueError as error:
            raise MalformedBodyError(f"the {mimetype} body cannot be read: {error}") from None


class StrictRequest(Request):
    form_data_parser_class = StrictFormParser
