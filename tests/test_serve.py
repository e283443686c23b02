"""What happens before anything listens: settings become configuration, and what cannot work is said in a sentence."""

import os
import re
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from app import serve
from app.healthcheck import address, ready
from app.settings import BadSettingError, Settings, load_settings


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    return tmp_path / "run"


def rendered(run_dir: Path, **settings: object) -> str:
    return serve.render_nginx(Settings(run_dir=run_dir, **settings), run_dir)


@pytest.mark.parametrize("name", ["run", "it's a #run (1)"])
def test_nginx_accepts_what_is_rendered(name: str, tmp_path: Path) -> None:
    run_dir = tmp_path / name
    run_dir.mkdir()
    for number, host in enumerate(("127.0.0.1", "::1", "localhost")):
        text = rendered(run_dir, host=host, port=18090 + number, metrics_public=bool(number))
        (run_dir / "nginx.conf").write_text(text)
        command = [serve.find_nginx(), "-t", "-q", "-e", "stderr", "-p", str(run_dir), "-c", "nginx.conf"]
        checked = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (checked.returncode, checked.stderr) == (0, "")


def test_limits_come_from_the_settings(run_dir: Path) -> None:
    text = rendered(run_dir, max_body=4096, queue=7, timeout=9, grace=11)
    assert "client_max_body_size 4096;" in text
    assert "limit_conn queue 7;" in text
    assert "proxy_read_timeout 9s;" in text
    assert "worker_shutdown_timeout 11s;" in text
    assert f"client_body_timeout {serve.MAX_PAUSE}s;" in text
    assert f"client_header_timeout {serve.MAX_PAUSE}s;" in text
    assert f"a pause of more than {serve.MAX_PAUSE} seconds" in text
    assert "at most 4096 bytes" in text
    assert "At most 7 requests" in text
    assert "longer than 9 seconds" in text


@pytest.mark.parametrize(("workers", "processes"), [(1, 1), (4, 1), (5, 2), (64, 4)])
def test_nginx_gets_a_process_for_each_four_workers_and_four_at_most(
    run_dir: Path, workers: int, processes: int
) -> None:
    assert f"worker_processes {processes};" in rendered(run_dir, WEB_CONCURRENCY=workers)


def test_each_error_that_nginx_makes_has_a_title_and_a_sentence(run_dir: Path) -> None:
    text = (serve.ROOT / "nginx.conf").read_text()
    shaped = {int(code) for line in re.findall(r"error_page ([^;]*);", text) for code in re.findall(r"\b\d{3}\b", line)}
    problems = serve.problems(Settings())
    assert shaped - {494} == {status for status, _, _ in problems}
    for _, title, detail in problems:
        assert title
        assert detail.endswith(".")
        assert '"' not in detail


def test_supervisords_patience_is_longer_than_its_childrens() -> None:
    supervisord = (serve.ROOT / "supervisord.conf").read_text()
    gunicorn = (serve.ROOT / "gunicorn.conf").read_text()
    (stop_wait,) = re.findall(r"stopwaitsecs = (\d+)", supervisord)
    (graceful,) = re.findall(r"graceful_timeout = (\d+)", gunicorn)
    assert int(stop_wait) > int(graceful)
    assert Settings().grace + serve.NGINX_STOP_MARGIN + int(stop_wait) <= 30  # what Kubernetes gives


def test_childrens_pools_have_one_thread_and_telemetry_is_off(run_dir: Path) -> None:
    environment = serve.children_environment(Settings(), run_dir, "/usr/sbin/nginx")
    assert {environment[name] for name in serve.ONE_THREAD} == {"1"}
    assert environment["ORT_DISABLE_TELEMETRY"] == "1"


def test_a_run_directory_is_made_and_held(run_dir: Path) -> None:
    settings = Settings(run_dir=run_dir)
    with serve.locked_run_directory(settings) as made:
        assert stat.S_ISDIR(made.stat().st_mode)
        with pytest.raises(serve.CannotStartError, match="already runs"), serve.locked_run_directory(settings):
            pass
    with serve.locked_run_directory(settings):
        pass


def test_a_run_directory_that_is_a_file_is_refused(run_dir: Path) -> None:
    run_dir.write_text("")
    with (
        pytest.raises(BadSettingError, match=r"SLIPWAY_RUN_DIR='.*' is not accepted: set it to a writable directory"),
        serve.locked_run_directory(Settings(run_dir=run_dir)),
    ):
        pass


def test_a_run_directory_too_long_for_a_socket_is_refused(run_dir: Path) -> None:
    with (
        pytest.raises(BadSettingError, match="shorter path"),
        serve.locked_run_directory(Settings(run_dir=run_dir / ("x" * 100))),
    ):
        pass


@pytest.mark.parametrize("character", ['"', "$", "%", ";", "\\", "{", "}", "\n", "\udcff"])
def test_a_run_directory_that_no_configuration_can_name_is_refused(run_dir: Path, character: str) -> None:
    with (
        pytest.raises(BadSettingError, match=r"SLIPWAY_RUN_DIR='.*' is not accepted: set it to a path without \","),
        serve.locked_run_directory(Settings(run_dir=run_dir / f"a{character}b")),
    ):
        pass


def test_what_a_gunicorn_had_when_it_died_is_gone_before_the_next_one_and_its_counters_stay(run_dir: Path) -> None:
    for name in ("taken.json", "predictors/slipway-x/model.txt", "metrics/gauge_live_1.db", "metrics/counter_1.db"):
        (run_dir / name).parent.mkdir(parents=True, exist_ok=True)
        (run_dir / name).write_text("")
    serve.forget_gunicorn(run_dir)
    assert [path.name for path in run_dir.rglob("*") if path.is_file()] == ["counter_1.db"]
    assert not (run_dir / "predictors").exists()
    serve.forget_gunicorn(run_dir)


def test_a_missing_nginx_is_said_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    with pytest.raises(serve.CannotStartError, match="install the package nginx"):
        serve.find_nginx()


def test_only_serve_is_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert serve.main(["train", "now"]) == 2
    assert capsys.readouterr().err == "'train now' is not accepted: the only command is 'serve'.\n"


@pytest.mark.parametrize("arguments", [[], ["serve"]])
def test_a_bad_setting_ends_the_start_with_2(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORT", "0")
    assert serve.main(arguments) == 2
    assert capsys.readouterr().err.startswith("PORT='0' is not accepted")


class _Readiness(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/readyz" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), _Readiness) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_the_health_check_asks_for_readiness(server: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    port = server.server_address[1]
    assert ready("0.0.0.0", port)
    monkeypatch.setattr(_Readiness, "status", 503)
    assert not ready("127.0.0.1", port)


def test_the_health_check_fails_where_nobody_listens(server: HTTPServer) -> None:
    port = server.server_address[1]
    server.server_close()
    assert not ready("127.0.0.1", port)


def test_the_health_check_runs_without_the_package(server: HTTPServer) -> None:
    environment = {**os.environ, "HOST": "0.0.0.0", "PORT": str(server.server_address[1])}
    check = serve.ROOT / "app" / "healthcheck.py"
    assert subprocess.run([sys.executable, "-I", str(check)], env=environment, check=False).returncode == 0


@pytest.mark.parametrize("port", ["", "1", "080", "65535", "8080.0", "8_080", "80 ", "+80", "65536"])
def test_the_health_check_and_the_settings_agree_on_what_a_port_is(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", port)
    try:
        expected = load_settings().port
    except BadSettingError:
        expected = None
    assert address() == (("127.0.0.1", expected) if expected else None)
