"""Settings -> rendered configuration -> supervisord, NGINX and Gunicorn in the foreground.

Exit status: 0 after SIGTERM or Ctrl-C, 1 where the stack could not be kept running, 2 for a bad setting.
"""

import fcntl
import grp
import logging.config
import math
import os
import re
import resource
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from signal import SIG_IGN, SIGTSTP, SIGTTOU, signal

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.errors import BrokenBundleError
from app.listeners import CannotListenError, Listeners
from app.ops.logs import logging_config
from app.outlet import OutletHandler, standard_outlets
from app.repository.mounted import PLACE, mounted_models
from app.repository.opening import missing_backend
from app.repository.state import forget_taken
from app.settings import BadSettingError, Settings, load_settings, set_variable
from app.supervision import supervise

ROOT = Path(__file__).resolve().parent.parent
# Debian keeps /usr/sbin out of users' PATH; brew's place on Apple's processors is not in everybody's either.
NGINX_PLACES = "/usr/sbin:/usr/local/sbin:/usr/local/bin:/opt/homebrew/bin"
# Of a UNIX socket's path, with its closing zero: 108 on Linux, 104 on macOS (sys/un.h).
MAX_SOCKET_PATH = 103
# What NGINX's or supervisord's configuration would read as something else, or not at all.
UNSAYABLE = re.compile(r'["$%;\\{}\x00-\x1f\x7f\ud800-\udfff]')
FILES = 8192
# Seconds that a client may make us wait for the next piece of its request.
MAX_PAUSE = 10
# NGINX cuts off at the end of the grace; it then needs a moment to end by itself.
NGINX_STOP_MARGIN = 1
# Each worker process runs one request at a time on one processor; its pools must not think otherwise.
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")

_log = logging.getLogger("slipway")


class CannotStartError(Exception):
    """The machine is not ready for the stack; the message says what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    arguments = sys.argv[1:] if arguments is None else arguments
    if list(arguments) not in ([], ["serve"]):
        print(f"{' '.join(arguments)!r} is not accepted: the only command is 'serve'.", file=sys.stderr)
        return 2
    try:
        settings = load_settings()
        check_backend(settings)
        nginx = find_nginx()
        with locked_run_directory(settings) as run_dir, foreground():
            if arguments:
                choose_mounted(run_dir)
            return run(settings, run_dir, nginx)
    except (BadSettingError, BrokenBundleError) as error:
        print(error, file=sys.stderr)
        return 2
    except (CannotStartError, CannotListenError) as error:
        print(error, file=sys.stderr)
        return 1


def run(settings: Settings, run_dir: Path, nginx: str) -> int:
    listeners = Listeners(settings.host, {"PORT": settings.port, "SLIPWAY_METRICS_PORT": settings.metrics_port})
    (run_dir / "nginx.conf").write_text(render_nginx(settings, run_dir))
    link(run_dir / "gunicorn.conf.py", ROOT / "gunicorn.conf")
    metrics = run_dir / "metrics"
    shutil.rmtree(metrics, ignore_errors=True)
    metrics.mkdir()
    for left in ("unloaded", "trial"):  # a start serves every model again, and has killed nobody yet
        shutil.rmtree(run_dir / left, ignore_errors=True)
    os.environ.update(children_environment(settings, run_dir, nginx))
    os.environ["SLIPWAY_LISTENERS"] = listeners.variable()
    outlets = standard_outlets()
    configuration = logging_config(settings.log_level)
    configuration["handlers"]["stderr"] |= {"()": OutletHandler, "outlet": outlets[1]}
    logging.config.dictConfig(configuration)

    def on_start(program: str) -> None:
        listeners.before(program)
        if program == "gunicorn":
            forget_gunicorn(run_dir)

    failure = supervise(ROOT / "supervisord.conf", outlets, on_start, listeners.close)
    if failure:
        _log.critical("%s; giving up", failure)
    for outlet in outlets:
        outlet.flush()
    return 1 if failure else 0


def forget_gunicorn(run_dir: Path) -> None:
    """What the last one had in its hands when it died, nobody has now. Counters go on."""
    forget_taken(run_dir)
    shutil.rmtree(run_dir / "predictors", ignore_errors=True)
    for gauge in (run_dir / "metrics").glob("gauge_live*"):
        gauge.unlink()


def choose_mounted(run_dir: Path) -> None:
    """As SageMaker starts a container: unless a setting names other models, those that it has mounted."""
    found = os.environ.get(set_variable("models")) or mounted_models(PLACE, run_dir / "mounted")
    if found:
        os.environ["SLIPWAY_MODELS"] = str(found)


def check_backend(settings: Settings) -> None:
    remedy = missing_backend(settings.models)
    if remedy:
        raise BadSettingError(f"{set_variable('models')}={settings.models!r} is not accepted: {remedy}.")


def children_environment(settings: Settings, run_dir: Path, nginx: str) -> dict[str, str]:
    """What supervisord.conf asks for, and what the workers' libraries read when they are imported."""
    return dict.fromkeys(ONE_THREAD, "1") | {
        "SLIPWAY_WATCHES": str(bool(settings.poll_seconds)).lower(),
        "ORT_DISABLE_TELEMETRY": "1",  # onnxruntime would write a device id, and call home
        "SLIPWAY_RUN_DIR": str(run_dir),
        "SLIPWAY_PYTHON": sys.executable,
        "SLIPWAY_NGINX": nginx,
        "SLIPWAY_NGINX_STOP_SECONDS": str(settings.grace + NGINX_STOP_MARGIN),
    }


def render_nginx(settings: Settings, run_dir: Path) -> str:
    environment = Environment(
        loader=FileSystemLoader(ROOT), undefined=StrictUndefined, trim_blocks=True, autoescape=False
    )
    return environment.get_template("nginx.conf").render(
        host=f"[{settings.host}]" if ":" in settings.host else settings.host,
        port=settings.port,
        metrics_port=settings.metrics_port,
        metrics_public=settings.metrics_public,
        cors_origins=settings.cors_origins,
        socket=run_dir / "gunicorn.sock",
        user=f"root {grp.getgrgid(os.getegid()).gr_name}" if os.geteuid() == 0 else None,
        processes=min(4, math.ceil(settings.workers / 4)),
        connections=max_connections(),
        queue=settings.queue,
        routes=platform_routes(settings),
        max_body=int(settings.max_body),
        timeout=settings.timeout,
        pause=MAX_PAUSE,
        grace=settings.grace,
        problems=problems(settings),
    )


def platform_routes(settings: Settings) -> list[tuple[str, str]]:
    """What platforms call a path, as a regular expression, and the path that answers."""
    routes = [(settings.health_route, "/readyz"), (settings.predict_route, "/invocations")]
    return [(re.escape(route), path) for route, path in routes if route not in (None, path)]


def problems(settings: Settings) -> list[tuple[int, str, str]]:
    """Status, title and detail of the errors that NGINX answers itself."""
    return [
        (400, "Bad Request", "This is not a request that HTTP/1.1 allows."),
        (403, "Forbidden", "This may not be asked."),
        (404, "Not Found", "Nothing is answered at this path."),
        (405, "Method Not Allowed", "This method is not answered here."),
        (408, "Request Timeout", f"The request must arrive without a pause of more than {MAX_PAUSE} seconds."),
        (411, "Length Required", "A body must come with its Content-Length, or chunked."),
        (413, "Content Too Large", f"The request body may have at most {int(settings.max_body)} bytes."),
        (414, "URI Too Long", "The request line may have at most 8192 bytes."),
        (415, "Unsupported Media Type", "This content type is not accepted."),
        (416, "Range Not Satisfiable", "This range is not in the answer."),
        (429, "Too Many Requests", f"At most {settings.queue} requests may be under way or waiting; try again."),
        (431, "Request Header Fields Too Large", "A header may have at most 8192 bytes, and all of them 32768."),
        (500, "Internal Server Error", "The request could not be answered; the log says why."),
        (501, "Not Implemented", "Of the transfer encodings only chunked is accepted."),
        (502, "Bad Gateway", "The application ended while it worked on this request, twice."),
        (503, "Service Unavailable", "The application is starting; try again in a moment."),
        (504, "Gateway Timeout", f"The answer took longer than {settings.timeout} seconds."),
        (505, "HTTP Version Not Supported", "HTTP/1.0 and HTTP/1.1 are spoken here."),
    ]


def find_nginx() -> str:
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', os.defpath)}:{NGINX_PLACES}")
    if found is None:
        raise CannotStartError("NGINX is not installed: install the package nginx (apt-get, dnf, apk or brew).")
    return found


@contextmanager
def locked_run_directory(settings: Settings) -> Iterator[Path]:
    """The run directory, made where it is missing; nobody else's while the stack runs."""
    run_dir = settings.run_dir.resolve()
    if len(os.fsencode(run_dir / "gunicorn.sock")) > MAX_SOCKET_PATH:
        raise BadSettingError(f"SLIPWAY_RUN_DIR={str(run_dir)!r} is not accepted: set it to a shorter path.")
    if UNSAYABLE.search(str(run_dir)):
        raise BadSettingError(
            f'SLIPWAY_RUN_DIR={str(run_dir)!r} is not accepted: set it to a path without ", $, %, ;, \\, {{, }} '
            "and control characters."
        )
    try:
        run_dir.mkdir(parents=True, exist_ok=True)
        lock = (run_dir / "lock").open("w")
    except OSError as error:
        raise BadSettingError(
            f"SLIPWAY_RUN_DIR={str(run_dir)!r} is not accepted: set it to a writable directory ({error.strerror})."
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStartError(
                f"Slipway already runs with the run directory {run_dir}: stop it, or set another PORT."
            ) from None
        yield run_dir


def max_connections() -> int:
    """For one NGINX worker: as many as its share of descriptors, which is raised as far as the system allows.

    A request under way takes two; a shell's usual limit of 1,024 is little.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < FILES:
        soft = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return FILES if soft == resource.RLIM_INFINITY else min(FILES, soft)


def link(path: Path, target: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(target)


@contextmanager
def foreground() -> Iterator[None]:
    """Ctrl-C goes to the stack alone: were `make` interrupted too, it would report a failure."""
    if not (sys.stdin and sys.stdin.isatty() and os.tcgetpgrp(0) == os.getpgrp() != os.getpid()):
        yield
        return
    before = os.getpgrp()
    signal(SIGTTOU, SIG_IGN)
    signal(SIGTSTP, SIG_IGN)  # the shell could not wake what it does not see
    os.setpgid(0, 0)
    os.tcsetpgrp(0, os.getpid())
    try:
        yield
    finally:
        os.tcsetpgrp(0, before)
