"""Bundles in a bucket: s3://, gs:// or az://, through fsspec. What is fetched and whole stands in a local directory.

Credentials and endpoints are those of each client's own environment.
"""

import hashlib
import logging
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import orjson

from app.errors import BrokenBundleError
from app.repository.bundle import read_bundle
from app.repository.local import fingerprint, list_bundles
from app.repository.traffic import TRAFFIC, Traffic, parse_traffic, write_traffic
from app.signature import NAME_PATTERN

log = logging.getLogger(__name__)

Key = tuple[str, str]
# Below the local directory, and no model's name: bundles on their way, and what the bucket said of those that are here.
INCOMING, OUTGOING, NOTES = ".incoming", ".outgoing", ".notes"


@dataclass(frozen=True)
class Remote:
    """One object. tag: changes whenever it is written, as the bucket tells it."""

    path: str
    size: int
    tag: str


@dataclass
class Listing:
    """What is in the bucket: every version's objects by their path in the bundle, and the traffic files by model."""

    bundles: dict[Key, dict[str, Remote]] = field(default_factory=dict)
    traffic: dict[str, Remote] = field(default_factory=dict)


class BucketRepository:
    """A bucket, or a prefix in it. No two processes may fetch into one local directory at once."""

    def __init__(self, url: str, cache: Path) -> None:
        self._url = url.rstrip("/")
        self.root = cache.resolve()

    def sync(self) -> dict[Key, str]:
        """Fetch what is new and remove what is gone. Returns why a version that is there cannot be used.

        What cannot be fetched now, for a connection was cut or an object is still being written, is logged and tried
        again the next time; what was here before stays, and then there is no reason. Raises ConnectionError where the
        bucket cannot be listed, and FileNotFoundError where it lists no version any more.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        with self._translated():
            files, base = self._open()
            listing = self._list(files, base)
        if not listing.bundles and list_bundles(self.root):
            raise FileNotFoundError(f"{self._url} holds no model any more: taken for a loss, what was here goes on")
        refused = {}
        for key, objects in listing.bundles.items():
            reason = self._update(files, key, objects)
            if reason:
                refused[key] = reason
        self._update_traffic(files, listing.traffic)
        self._remove_all_but(listing)
        return refused

    def versions(self, name: str) -> list[int]:
        """The versions of one model in the bucket, oldest first. Raises ConnectionError."""
        with self._translated():
            files, base = self._open()
            return sorted(int(version) for model, version in self._list(files, base).bundles if model == name)

    def traffic(self, name: str) -> Traffic | None:
        """The traffic file of a model in the bucket. Raises SlipwayError where it is bad, ConnectionError."""
        with self._translated():
            files, base = self._open()
            path = f"{base}/{name}/{TRAFFIC}"
            content = files.cat_file(path) if files.exists(path) else None
        return None if content is None else parse_traffic(content, f"{self._url}/{name}/{TRAFFIC}")

    def write_traffic(self, name: str, traffic: Traffic | None) -> None:
        """Put a model's traffic file into the bucket, or remove it. Raises ConnectionError."""
        with self._translated():
            files, base = self._open()
            path = f"{base}/{name}/{TRAFFIC}"
            if traffic is not None:
                files.pipe_file(path, traffic.text().encode())
            elif files.exists(path):
                files.rm_file(path)

    def _open(self) -> tuple[Any, str]:
        import fsspec  # an optional extra

        # Without Google's credentials gcsfs would warn, at every look, that it cannot tell a bucket's kind.
        os.environ.setdefault("GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false")
        # No caches: a listing from before would hide what is new.
        files, base = fsspec.core.url_to_fs(self._url, use_listings_cache=False, skip_instance_cache=True)
        return files, base.rstrip("/")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # each client has errors of its own
            raise ConnectionError(f"{self._url} cannot be reached: {type(error).__name__}: {error}") from error

    def _list(self, files: Any, base: str) -> Listing:
        listing = Listing()
        for path, info in files.find(base, detail=True).items():
            parts = PurePosixPath(path.removeprefix(base).lstrip("/")).parts
            remote = Remote(path, int(info["size"] or 0), _tag(info))
            if len(parts) < 2 or ".." in parts or path.endswith("/") or not re.match(NAME_PATTERN, parts[0]):
                continue
            if len(parts) == 2 and parts[1] == TRAFFIC:
                listing.traffic[parts[0]] = remote
            elif len(parts) > 2 and parts[1].isdecimal() and parts[1] == str(int(parts[1])):
                listing.bundles.setdefault((parts[0], parts[1]), {})["/".join(parts[2:])] = remote
        return listing

    def _update(self, files: Any, key: Key, objects: Mapping[str, Remote]) -> str | None:
        """Fetch a version unless it is here as it is there. The reason where none is here, or what came is no good."""
        tag = _digest(objects)
        note = self._read_note(key)
        if note.get("tag") == tag:
            return note.get("reason")
        try:
            fetched = self._fetch(files, key, objects)
        except Exception as error:  # each client has errors of its own
            log.warning("model %s/%s cannot be fetched now: %s: %s", *key, type(error).__name__, error)
            # The same words each time, for others would be another state, and that is a reload.
            return None if self._place(key).exists() else f"it cannot be fetched now ({type(error).__name__})"
        try:
            read_bundle(fetched).verify()
        except BrokenBundleError as error:
            # Whole as it was listed, so it will not get better until somebody writes to it.
            reason = str(error).replace(f"{fetched.parent.parent}/", "")
            self._write_note(key, {"tag": tag, "reason": reason})
            log.error("model %s/%s was fetched, but is refused: %s", *key, reason)
            return reason
        self._swap_in(fetched, key)
        self._write_note(key, self._arrived(key, tag))
        return None

    def _fetch(self, files: Any, key: Key, objects: Mapping[str, Remote]) -> Path:
        folder = self.root / INCOMING / key[0] / key[1]
        shutil.rmtree(folder, ignore_errors=True)
        for name, remote in objects.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            files.get_file(remote.path, str(path))
            size = path.stat().st_size
            if size != remote.size:
                raise ConnectionError(f"{name} arrived with {size} of {remote.size} bytes")
        return folder

    def _swap_in(self, fetched: Path, key: Key) -> None:
        final = self._place(key)
        final.parent.mkdir(exist_ok=True)
        self._remove(final)
        fetched.rename(final)

    def _remove(self, path: Path) -> None:
        """Out of sight at once; then its files."""
        if path.exists():
            outgoing = self.root / OUTGOING
            shutil.rmtree(outgoing, ignore_errors=True)
            path.rename(outgoing)
            shutil.rmtree(outgoing)

    def _update_traffic(self, files: Any, listed: Mapping[str, Remote]) -> None:
        for name, remote in listed.items():
            key = (name, TRAFFIC)
            if not (self.root / name).is_dir() or self._read_note(key).get("tag") == remote.tag:
                continue
            try:
                content = files.cat_file(remote.path)
            except Exception as error:  # each client has errors of its own
                log.warning("%s of model %s cannot be fetched now: %s: %s", TRAFFIC, name, type(error).__name__, error)
                continue
            write_traffic(self.root / name / TRAFFIC, content)
            self._write_note(key, self._arrived(key, remote.tag))

    def _remove_all_but(self, listing: Listing) -> None:
        for name, version in list_bundles(self.root):
            if (name, str(version)) not in listing.bundles:
                self._remove(self._place((name, str(version))))
                self._note(name, str(version)).unlink(missing_ok=True)
        for folder in self.root.iterdir():
            if not folder.name.startswith(".") and folder.name not in listing.traffic:
                (folder / TRAFFIC).unlink(missing_ok=True)
                self._note(folder.name, TRAFFIC).unlink(missing_ok=True)

    def _place(self, key: Key) -> Path:
        return self.root / key[0] / key[1]

    def _arrived(self, key: Key, tag: str) -> dict[str, str]:
        """The note on what has just been put into place."""
        return {"tag": tag, "fingerprint": fingerprint(self._place(key))}

    def _note(self, name: str, what: str) -> Path:
        return self.root / NOTES / name / f"{what}.json"

    def _read_note(self, key: Key) -> dict[str, str]:
        """What is known of what is here; nothing where it is not here any more, or not as it arrived."""
        try:
            note: dict[str, str] = orjson.loads(self._note(*key).read_bytes())
        except (OSError, orjson.JSONDecodeError):
            return {}
        return note if "reason" in note or note.get("fingerprint") == fingerprint(self._place(key)) else {}

    def _write_note(self, key: Key, note: Mapping[str, str]) -> None:
        path = self._note(*key)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(orjson.dumps(note))


def _tag(info: Mapping[str, Any]) -> str:
    """Each client has its own word for it."""
    known = ("ETag", "etag", "generation", "LastModified", "last_modified", "updated")
    return str([str(info[name]) for name in known if name in info])


def _digest(objects: Mapping[str, Remote]) -> str:
    listed = sorted((name, remote.size, remote.tag) for name, remote in objects.items())
    return hashlib.sha256(repr(listed).encode()).hexdigest()
