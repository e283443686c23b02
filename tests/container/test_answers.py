"""What a client sees through NGINX, whatever way the stack was started."""

import gzip
import json
import re
import signal
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

import pytest

from app.settings import default_metrics_port as metrics_port
from tests.container.conftest import Launch, MakeStack
from tests.container.stack import IRIS, JSON, Reply, Stack, ask, free_port, wait_for

PROBLEM = "application/problem+json"
NAVIGATES = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def raw(port: int, request: bytes) -> tuple[bytes, bytes]:
    """Head and body of the answer to bytes that no HTTP client would send."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    return head, body


def assert_problem(reply: Reply, status: int) -> None:
    assert (reply.status, reply.headers["Content-Type"]) == (status, PROBLEM)
    problem = reply.json()
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert problem["request_id"] == reply.headers["X-Request-ID"]


def assert_page(reply: Reply, status: int, said: str) -> None:
    """What a person reads whose browser was refused by NGINX."""
    assert (reply.status, reply.headers["Content-Type"]) == (status, "text/html")
    page = reply.body.decode()
    assert said in page
    assert f"request <code>{reply.headers['X-Request-ID']}</code>" in page


def test_predicts_through_nginx(stack: Stack) -> None:
    reply = stack.predict()
    assert (reply.status, reply.headers["Server"]) == (200, "nginx")
    assert reply.json()["predictions"] == ["setosa"]
    assert re.fullmatch(r"iris/1@[0-9a-f]{12}", reply.headers["X-Model"])


@pytest.mark.parametrize("path", ["/livez", "/healthz", "/readyz", "/ping"])
def test_health_is_answered(stack: Stack, path: str) -> None:
    assert stack.ask("GET", path).status == 200


def test_a_sane_request_id_is_kept(stack: Stack) -> None:
    reply = stack.ask("GET", "/healthz", headers={"X-Request-ID": "order-66.a_b"})
    assert reply.headers.get_all("X-Request-ID") == ["order-66.a_b"]


@pytest.mark.parametrize("sent", ["two words", 'quo"te', "x" * 129, "<script>"])
def test_any_other_request_id_is_replaced(stack: Stack, sent: str) -> None:
    reply = stack.ask("GET", "/healthz", headers={"X-Request-ID": sent})
    (given,) = reply.headers.get_all("X-Request-ID") or []
    assert re.fullmatch("[0-9a-f]{32}", given)


def test_a_body_over_the_limit_is_413_with_the_limit(launch: Launch) -> None:
    stack = launch(SLIPWAY_MAX_BODY="2KiB")
    reply = stack.ask("POST", "/predict/iris", b"x" * 2049, JSON)
    assert_problem(reply, 413)
    assert "2048 bytes" in reply.json()["detail"]
    assert_page(stack.ask("POST", "/segmentfrontend", b"x" * 2049, NAVIGATES), 413, "at most 2048 bytes")
    chunked = (
        b"POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n"
        + b"x" * 4096
        + b"\r\n0\r\n\r\n"
    )
    head, _ = raw(stack.port, chunked)
    assert head.startswith(b"HTTP/1.1 413")


def test_an_error_that_is_known_before_a_large_body_is_read_reaches_the_client(stack: Stack) -> None:
    body = bytes(20 * 1024**2)
    assert {stack.ask("POST", "/predict/no-such-model", body, JSON).status for _ in range(20)} == {404}


@pytest.mark.parametrize(
    ("said", "root"),
    [
        ({}, "http://api.example.com/"),
        ({"X-Forwarded-Proto": "https"}, "https://api.example.com/"),
        ({"X-Forwarded-Proto": "gopher"}, "http://api.example.com/"),
        ({"X-Forwarded-Prefix": "/behind/a-prefix"}, "http://api.example.com/behind/a-prefix/"),
        ({"X-Forwarded-Prefix": "/behind/"}, "http://api.example.com/behind/"),
        ({"X-Forwarded-Prefix": "/<script>"}, "http://api.example.com/"),
        ({"X-Forwarded-Prefix": "//evil.example"}, "http://api.example.com/"),
    ],
)
def test_links_lead_through_the_proxy_in_front(stack: Stack, said: dict[str, str], root: str) -> None:
    described = stack.ask("GET", "/models/iris", headers={"Host": "api.example.com", **said}).body.decode()
    assert f" {root}predict/iris" in described
    assert described.count("://api.example.com/") == described.count(root)


def test_errors_of_the_application_pass_through(stack: Stack) -> None:
    assert_problem(stack.ask("GET", "/nothing-here"), 404)
    assert_problem(stack.ask("POST", "/predict/no-such-model", IRIS, JSON), 404)
    assert_problem(stack.ask("DELETE", "/predict"), 405)
    assert_problem(stack.ask("POST", "/predict", b"?", {"Content-Type": "application/x-unheard-of"}), 415)
    assert_problem(stack.ask("POST", "/predict/iris", b"{", JSON), 400)


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n", 400),
        (b"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 9000 + b"\r\n\r\n", 431),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"GET / HTTP/3.0\r\nHost: x\r\n\r\n", 505),
    ],
)
def test_errors_of_nginx_are_json(stack: Stack, request_bytes: bytes, status: int) -> None:
    head, body = raw(stack.port, request_bytes)
    assert head.startswith(f"HTTP/1.1 {status}".encode())
    assert f"Content-Type: {PROBLEM}".encode() in head
    assert head.count(b"X-Request-ID: ") == 1
    assert f'"status":{status}'.encode() in body


def test_errors_of_nginx_name_the_reason_as_the_dialect_does(stack: Stack) -> None:
    for path in ("/v2/models/iris/infer", "/v1/models/iris:predict"):
        _, body = raw(stack.port, f"TRACE {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        told = json.loads(body)
        assert told["error"] == told["detail"]


@pytest.mark.parametrize("method", ["A_B-C", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"])
def test_an_unheard_of_method_is_json_as_well(stack: Stack, method: str) -> None:
    head, body = raw(stack.port, f"{method} /predict HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert head.startswith(b"HTTP/1.1 405")
    assert b'"status":405' in body


def test_a_long_query_and_many_headers_reach_the_application(stack: Stack) -> None:
    headers = {f"X-Extra-{number}": "x" * 60 for number in range(300)}
    assert stack.ask("GET", f"/healthz?{'q' * 7000}", headers=headers).status == 200


@pytest.mark.parametrize("path", ["/", "/models", "/models/iris", "/livez", "/healthz", "/readyz", "/v2", "/v1/models"])
def test_head_answers_as_get_without_the_body(stack: Stack, path: str) -> None:
    get, head = (stack.ask(method, path, headers={"X-Request-ID": "same"}) for method in ("GET", "HEAD"))
    assert (head.status, head.body) == (get.status, b"") == (200, b"")
    assert int(head.headers["Content-Length"]) == len(get.body)
    assert {**dict(head.headers), "Date": ""} == {**dict(get.headers), "Date": ""}


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/predict/iris", {"POST", "OPTIONS"}),
        ("/models", {"GET", "HEAD", "OPTIONS"}),
        ("/livez", {"GET", "HEAD", "OPTIONS"}),
        ("//livez?x", {"GET", "HEAD", "OPTIONS"}),
        ("/readyz", {"GET", "HEAD", "OPTIONS"}),
        ("/v2/models/iris/infer", {"POST", "OPTIONS"}),
    ],
)
def test_options_and_405_tell_which_methods_are_answered(stack: Stack, path: str, methods: set[str]) -> None:
    options, refused = stack.ask("OPTIONS", path), stack.ask("BREW", path)
    assert (options.status in (200, 204), options.body, refused.status) == (True, b"", 405)
    for reply in (options, refused):
        (allow,) = reply.headers.get_all("Allow") or []
        assert set(allow.split(", ")) == methods
    assert refused.json()


PAGE = {"Origin": "https://app.example.com"}
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}


def allowed_origins(reply: Reply) -> list[str]:
    return reply.headers.get_all("Access-Control-Allow-Origin") or []


def test_no_page_may_ask_by_default(stack: Stack) -> None:
    for reply in (stack.ask("GET", "/models", headers=PAGE), stack.ask("GET", "/metrics", headers=PAGE)):
        assert not [name for name in reply.headers if name.startswith("Access-Control")]


def test_a_page_that_may_ask_can_read_replies_and_errors_whoever_makes_them(launch: Launch) -> None:
    stack = launch(SLIPWAY_CORS_ORIGINS="https://app.example.com,http://[::1]:3000", SLIPWAY_MAX_BODY="2KiB")
    replies = {
        "preflight": stack.ask("OPTIONS", "/predict/iris", headers={**PAGE, **PREFLIGHT}),
        "prediction": stack.ask("POST", "/predict/iris", IRIS, {**JSON, **PAGE}),
        "the application's error": stack.ask("POST", "/predict/iris", b"{", {**JSON, **PAGE}),
        "NGINX's answer": stack.ask("GET", "/livez", headers=PAGE),
        "NGINX's 404": stack.ask("GET", "/metrics", headers=PAGE),
        "NGINX's 413": stack.ask("POST", "/predict/iris", b"x" * 2049, {**JSON, **PAGE}),
    }
    assert [reply.status for reply in replies.values()] == [200, 200, 400, 200, 404, 413]
    for what, reply in replies.items():
        assert allowed_origins(reply) == [PAGE["Origin"]], what
        assert "X-Request-ID" in reply.headers["Access-Control-Expose-Headers"], what
        assert "Origin" in ", ".join(reply.headers.get_all("Vary") or []), what
    for path in ("/models", "/metrics", "/livez"):
        assert allowed_origins(stack.ask("GET", path, headers={"Origin": "https://evil.example"})) == []
        assert allowed_origins(stack.ask("GET", path, headers={"Origin": "http://[::1]:3000"})) == ["http://[::1]:3000"]
        assert allowed_origins(stack.ask("GET", path)) == []


def test_a_star_lets_every_page_ask(make_stack: MakeStack) -> None:
    stack = make_stack("native", SLIPWAY_CORS_ORIGINS="*")
    for path in ("/models", "/metrics", "/livez"):
        assert allowed_origins(stack.ask("GET", path, headers=PAGE)) == ["*"]
        assert allowed_origins(stack.ask("GET", path)) == []
    stack.discard()


def test_curl_that_waits_to_be_asked_for_a_large_body_is_answered(stack: Stack) -> None:
    table = b"sepal_length,sepal_width,petal_length,petal_width\n" + b"5.1,3.5,1.4,0.2\n" * 200_000
    curl = ["curl", "-sv", "--max-time", "60", "--data-binary", "@-", "-o", "-"]
    curl += ["-H", "Expect: 100-continue", "-H", "Content-Type: text/csv", "-H", "Accept: text/csv"]
    done = subprocess.run(
        [*curl, f"http://127.0.0.1:{stack.port}/predict/iris"], input=table, capture_output=True, check=True
    )
    assert done.stderr.index(b"< HTTP/1.1 100 Continue") < done.stderr.index(b"< HTTP/1.1 200 OK")
    assert done.stdout.count(b"\n") == 200_001


def test_the_queue_is_bounded(launch: Launch) -> None:
    stack = launch(SLIPWAY_QUEUE="1")
    with socket.create_connection(("127.0.0.1", stack.port)) as waiting:
        waiting.sendall(b"POST /predict/iris HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")
        wait_for(lambda: stack.predict().status == 429, "a full queue", 10)
        reply = stack.predict()
        assert_problem(reply, 429)
        assert reply.headers["Retry-After"] == "1"
        assert_page(stack.ask("GET", "/", headers=NAVIGATES), 429, "under way or waiting")
        assert stack.ask("GET", "/readyz").status == 200
    wait_for(lambda: stack.predict().status == 200, "an empty queue", 10)


def test_an_upload_that_stops_loses_its_place_in_the_queue(make_stack: MakeStack) -> None:
    stack = make_stack("native", SLIPWAY_QUEUE="1")
    with socket.create_connection(("127.0.0.1", stack.port)) as waiting:
        waiting.sendall(b"POST /predict/iris HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")
        wait_for(lambda: stack.predict().status == 429, "a full queue", 10)
        wait_for(lambda: stack.predict().status == 200, "its place", 20)
    stack.discard()


def test_a_request_over_the_time_out_is_504_and_the_stack_recovers(launch: Launch) -> None:
    stack = launch(SLIPWAY_TIMEOUT="2", WEB_CONCURRENCY="1")
    (worker,) = stack.family("gunicorn")[1]
    stack.kill(worker, signal.SIGSTOP)
    assert stack.ask("GET", "/livez").status == 200
    reply = stack.predict()
    assert_problem(reply, 504)
    assert "2 seconds" in reply.json()["detail"]
    wait_for(lambda: stack.predict().status == 200, "a new worker", 30)


def test_metrics_are_for_the_scrapers_port_alone(stack: Stack) -> None:
    assert_problem(stack.ask("GET", "/metrics"), 404)
    assert_page(stack.ask("GET", "/metrics", headers=NAVIGATES), 404, "Nothing is answered at this path.")
    assert_problem(stack.ask("GET", "//metrics"), 404)
    assert_problem(stack.ask("GET", "/%6detrics"), 404)
    reply = ask(metrics_port(stack.port), "GET", "/metrics")
    assert reply.status == 200
    assert b"# TYPE " in reply.body
    assert_problem(ask(metrics_port(stack.port), "POST", "/predict/iris", IRIS, JSON), 404)


def test_metrics_are_public_where_the_setting_says_so(launch: Launch) -> None:
    assert launch(SLIPWAY_METRICS_PUBLIC="true").ask("GET", "/metrics").status == 200


def test_a_long_json_reply_is_compressed(stack: Stack) -> None:
    rows = b'{"instances": [' + b",".join([IRIS[len('{"instances": [') : -2]] * 100) + b"]}"
    reply = stack.ask("POST", "/predict/iris", rows, {**JSON, "Accept-Encoding": "gzip"})
    assert reply.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(reply.body).count(b"setosa") >= 100


def test_a_long_body_and_a_long_reply_are_whole(stack: Stack) -> None:
    header = b"sepal_length,sepal_width,petal_length,petal_width\n"
    reply = stack.ask(
        "POST",
        "/predict/iris",
        header + b"5.1,3.5,1.4,0.2\n" * 50_000,
        {"Content-Type": "text/csv", "Accept": "text/csv"},
    )
    assert reply.status == 200
    assert reply.body.count(b"\n") == 50_001


def test_a_connection_serves_many_requests(stack: Stack) -> None:
    connection = HTTPConnection("127.0.0.1", stack.port, timeout=30)
    for _ in range(3):
        connection.request("GET", "/healthz")
        reply = connection.getresponse()
        reply.read()
        assert not reply.will_close
    connection.close()


def test_two_stacks_run_side_by_side_on_neighbouring_ports(launch: Launch) -> None:
    port = free_port()
    first, second = launch(PORT=str(port)), launch(PORT=str(port + 1))
    assert first.predict().status == second.predict().status == 200
    for stack in (first, second):
        assert ask(metrics_port(stack.port), "GET", "/metrics").status == 200


def test_each_request_leaves_one_line_of_json(stack: Stack) -> None:
    before = time.time()
    reply = stack.ask("POST", "/predict/iris?secret=1", IRIS, JSON)
    line = stack.logged(reply.headers["X-Request-ID"])
    assert list(line) == [
        "time", "request_id", "method", "path", "status", "bytes", "request_time", "upstream_time", "model", "version",
    ]  # fmt: skip
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d", line["time"])
    assert (line["method"], line["path"], line["status"]) == ("POST", "/predict/iris", 200)
    assert line["bytes"] == len(reply.body)
    assert 0 <= line["upstream_time"] <= line["request_time"] + 0.01 < time.time() - before + 1
    assert (line["model"], line["version"]) == ("iris", "1")


def test_a_line_without_an_upstream_has_nulls(stack: Stack) -> None:
    reply = stack.ask("GET", '/livez?"%22', headers={"X-Request-ID": "nulls"})
    line = stack.logged(reply.headers["X-Request-ID"])
    assert (line["upstream_time"], line["model"], line["version"]) == (None, None, None)


def test_strange_requests_leave_valid_json(stack: Stack) -> None:
    before = stack.ask("GET", "/livez").headers["X-Request-ID"]
    stack.logged(before)
    for request in (b"\x16\x03\x01\r\n\r\n", b'GET /"\\\x01\xff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'):
        raw(stack.port, request)

    def statuses() -> list[int]:
        log = stack.access_log()
        ids = [line["request_id"] for line in log]
        return [line["status"] for line in log[ids.index(before) + 1 :]]

    wait_for(lambda: len(statuses()) == 2, "two lines of JSON", 10)
    assert statuses() == [400, 400]


def test_the_start_up_log_has_no_warning(stack: Stack) -> None:
    log = stack.application_log()
    assert any(entry["message"].startswith("ready: ") for entry in log)
    start_up = log[: 1 + next(i for i, entry in enumerate(log) if entry["message"].startswith("ready: "))]
    assert {entry["level"] for entry in start_up} == {"info"}
    assert not any("warn" in entry["message"].lower() for entry in start_up)


def test_lines_of_200_kilobytes_stay_whole_between_others(launch: Launch) -> None:
    stack = launch(SLIPWAY_LOG_LEVEL="debug")
    # Each backslash is escaped once where it is quoted and once more in the log's own JSON.
    row = b",".join([b"\\" * 300] * 4) + b"\n"
    table = b"sepal_length,sepal_width,petal_length,petal_width\n" + row * 500

    def refuse(number: int) -> int:
        headers = {"Content-Type": "text/csv", "X-Request-ID": f"long-{number}"}
        return stack.ask("POST", "/predict/iris", table, headers).status

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(refuse, range(16))) == {422}

    def long_lines() -> set[str]:
        return {json.loads(line)["request_id"] for line in stack.stderr().splitlines() if len(line) > 200_000}

    wait_for(lambda: len(long_lines()) == 16, "16 long lines", 10)
    assert long_lines() == {f"long-{number}" for number in range(16)}
    assert stack.application_log()
