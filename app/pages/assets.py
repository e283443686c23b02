"""The page's style and scripts: read once, named by their content, cached for good."""

import hashlib
from dataclasses import dataclass
from mimetypes import guess_type
from pathlib import Path

from flask import Response
from werkzeug.exceptions import NotFound

FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    content: bytes
    content_type: str


class Assets:
    """The files of one directory.

    The tag stands in the path and not in a query, for a module's relative imports then carry it as well.
    """

    def __init__(self, directory: Path) -> None:
        self._files = {path.name: _read(path) for path in sorted(directory.iterdir()) if path.is_file()}
        content = b"".join(name.encode() + asset.content for name, asset in self._files.items())
        self.tag = hashlib.sha256(content).hexdigest()[:12]
        self.modules = [name for name in self._files if name.endswith(".js")]

    def reply(self, tag: str, name: str) -> Response:
        """A file as it is now. Raises NotFound."""
        if name not in self._files:
            raise NotFound(f"the page has no file {name!r}")
        asset = self._files[name]
        response = Response(asset.content, content_type=asset.content_type)
        # Another release's tag is answered during a rollout, but must not stay in a cache under its name.
        response.headers["Cache-Control"] = FOREVER if tag == self.tag else "no-cache"
        return response


def _read(path: Path) -> Asset:
    content_type = guess_type(path.name)[0] or "application/octet-stream"
    text = content_type.startswith("text/") or content_type.endswith("xml")
    return Asset(path.read_bytes(), f"{content_type}; charset=utf-8" if text else content_type)
