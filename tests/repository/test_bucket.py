"""Models in a bucket, on a real S3 server: whole and verified, or not visible at all."""

import os

import pytest

from app.errors import SlipwayError
from app.repository.bucket import BucketRepository
from app.repository.bundle import read_bundle
from app.repository.opening import missing_backend, open_repository
from app.repository.traffic import Traffic
from tests.bundles import constant
from tests.repository.s3 import BUCKET, Bucket, Proxy, client_environment, s3_server


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with s3_server(tmp_path_factory.mktemp("s3")) as port:
        yield port


@pytest.fixture
def proxy(server, monkeypatch):
    proxy = Proxy(server)
    for name, value in client_environment(proxy.port).items():
        monkeypatch.setenv(name, value)
    yield proxy
    proxy.close()


@pytest.fixture
def bucket(server, proxy):
    bucket = Bucket(server)
    yield bucket
    bucket.delete("")
    bucket.close()


@pytest.fixture
def repository(proxy, tmp_path):
    return BucketRepository(f"s3://{BUCKET}/models/", tmp_path / "cache")


@pytest.fixture
def made(tmp_path):
    return tmp_path / "made"


def visible(repository):
    return sorted(
        str(path.relative_to(repository.root)) for path in repository.root.glob("*/*") if path.parent.name[0] != "."
    )


def test_bundles_are_fetched_verified_and_removed_with_the_bucket(repository, bucket, made):
    for version in (1, 2):
        bucket.upload(made, constant(made, "const", version, version))
    assert repository.versions("const") == [1, 2]
    assert repository.sync() == {}
    assert visible(repository) == ["const/1", "const/2"]
    read_bundle(repository.root / "const" / "2").verify()
    bucket.delete("models/const/1/")
    assert repository.sync() == {}
    assert visible(repository) == ["const/2"]


def test_a_prefix_that_lists_nothing_any_more_is_a_loss(repository, bucket, made):
    path = constant(made, "const", 1, 1)
    assert repository.sync() == {}  # nothing was here before
    bucket.upload(made, path)
    repository.sync()
    bucket.delete("models/")
    for _ in range(2):
        with pytest.raises(FileNotFoundError, match="s3://house/models holds no model any more: taken for a loss"):
            repository.sync()
        assert visible(repository) == ["const/1"]
    bucket.upload(made, path)
    assert repository.sync() == {}


def test_what_is_here_already_is_not_fetched_again(repository, bucket, made, proxy):
    bucket.upload(made, constant(made, "const", 1, 1))
    repository.sync()
    stamp = (repository.root / "const" / "1").stat().st_ino
    repository.sync()
    assert (repository.root / "const" / "1").stat().st_ino == stamp


def test_a_version_that_is_written_anew_is_fetched_anew(repository, bucket, made):
    bucket.upload(made, constant(made, "const", 1, 1))
    repository.sync()
    bucket.upload(made, constant(made, "const", 1, 5))
    assert repository.sync() == {}
    assert "5.0" in (repository.root / "const" / "1" / "code" / "own.py").read_text()


def test_what_was_damaged_here_is_fetched_again(repository, bucket, made):
    bucket.upload(made, constant(made, "const", 1, 1))
    bucket.put("models/const/traffic.json", b'{"traffic": {"1": 100}}')
    repository.sync()
    (repository.root / "const" / "1" / "model.txt").write_bytes(b"")
    (repository.root / "const" / "traffic.json").write_bytes(b"")
    assert repository.sync() == {}
    read_bundle(repository.root / "const" / "1").verify()
    assert (repository.root / "const" / "traffic.json").read_bytes() == b'{"traffic": {"1": 100}}'


def test_a_replacement_that_cannot_be_fetched_leaves_what_is_here_in_service(repository, bucket, made, proxy):
    bucket.upload(made, constant(made, "const", 1, 1))
    repository.sync()
    path = constant(made, "const", 1, 5)
    (path / "model.txt").write_bytes(os.urandom(300_000))
    bucket.upload(made, path)
    proxy.limit = 2000
    assert repository.sync() == {}
    assert proxy.cut


@pytest.mark.parametrize("limit", [0, 100, 2000])
def test_a_cut_connection_shows_nothing_and_the_next_look_fetches_all(repository, bucket, made, proxy, limit):
    path = constant(made, "const", 1, 1)
    (path / "model.txt").write_bytes(os.urandom(300_000))
    bucket.upload(made, path)
    proxy.limit = limit
    try:
        refused = repository.sync()
    except ConnectionError:
        assert limit < 2000
    else:
        assert refused["const", "1"].startswith("it cannot be fetched now (")
        assert repository.sync() == refused  # another text would be another state
    assert proxy.cut
    assert visible(repository) == []
    proxy.limit = None
    # The checksum is of another file: it arrives whole and is refused by name.
    assert "model.txt was changed after packing" in repository.sync()["const", "1"]
    bucket.upload(made, constant(made, "const", 1, 1))
    assert repository.sync() == {}
    assert visible(repository) == ["const/1"]


def test_a_cut_connection_leaves_what_was_fetched_before(repository, bucket, made, proxy):
    bucket.upload(made, constant(made, "const", 1, 1))
    repository.sync()
    bucket.upload(made, constant(made, "const", 1, 5))
    bucket.upload(made, constant(made, "const", 2, 2))
    proxy.limit = 0
    with pytest.raises(ConnectionError, match="cannot be reached"):
        repository.sync()
    assert visible(repository) == ["const/1"]
    assert "1.0" in (repository.root / "const" / "1" / "code" / "own.py").read_text()


def test_a_truncated_object_is_refused_by_name_until_somebody_writes_to_it(repository, bucket, made):
    path = constant(made, "const", 1, 1)
    bucket.upload(made, path)
    bucket.put("models/const/1/golden.json", (path / "golden.json").read_bytes()[:10])
    for _ in range(2):
        assert repository.sync() == {
            ("const", "1"): "const/1/golden.json was changed after packing: its sha256 is not the manifest's"
        }
        assert visible(repository) == []
    bucket.upload(made, path)
    assert repository.sync() == {}
    assert visible(repository) == ["const/1"]


def test_an_upload_under_way_is_not_visible(repository, bucket, made):
    path = constant(made, "const", 1, 1)
    bucket.put("models/const/1/manifest.json", (path / "manifest.json").read_bytes())
    assert "is missing" in repository.sync()["const", "1"]
    assert visible(repository) == []
    bucket.upload(made, path)
    assert repository.sync() == {}
    assert visible(repository) == ["const/1"]


def test_names_that_lead_elsewhere_are_not_followed(repository, bucket, made):
    for key in (
        "models/const/1/../../../evil",
        "models/.hidden/1/a",
        "models/const/01/a",
        "models/const/x/a",
        "models/a",
    ):
        bucket.put(key, b"evil")
    repository.sync()
    assert visible(repository) == []
    assert not (repository.root.parent / "evil").exists()


def test_a_traffic_file_comes_goes_and_is_written(repository, bucket, made):
    bucket.upload(made, constant(made, "const", 1, 1))
    assert repository.traffic("const") is None
    repository.write_traffic("const", Traffic(traffic={1: 100}))
    assert repository.traffic("const") == Traffic(traffic={1: 100})
    repository.sync()
    assert (repository.root / "const" / "traffic.json").is_file()
    bucket.put("models/const/traffic.json", b"{")
    with pytest.raises(SlipwayError, match=r"s3://house/models/const/traffic.json is not accepted"):
        repository.traffic("const")
    repository.sync()
    assert (repository.root / "const" / "traffic.json").read_bytes() == b"{"
    repository.write_traffic("const", None)
    repository.write_traffic("const", None)
    repository.sync()
    assert not (repository.root / "const" / "traffic.json").exists()


def test_a_server_that_is_not_there_is_an_error_and_nothing_is_forgotten(repository, bucket, made, proxy, monkeypatch):
    bucket.upload(made, constant(made, "const", 1, 1))
    repository.sync()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(ConnectionError, match=r"s3://house/models cannot be reached: "):
        repository.sync()
    assert visible(repository) == ["const/1"]


def test_a_backend_that_is_not_installed_is_named_with_its_remedy(monkeypatch, tmp_path):
    assert missing_backend("models") is None
    assert missing_backend("s3://bucket") is None
    monkeypatch.setattr("app.repository.opening.find_spec", lambda name: None)
    assert missing_backend("gs://bucket") == "pip install 'slipway[gs]', for gs:// needs gcsfs"
    assert isinstance(open_repository("az://bucket", tmp_path, seconds=1, trusted=False), BucketRepository)
