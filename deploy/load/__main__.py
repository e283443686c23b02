"""python -m deploy.load, from the project's directory: locust, with make's variables as its options."""

import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.load.mix import MixError, read_mix
from deploy.load.options import LoadOptions, address, read_options

ROOT = Path(__file__).parents[2]
LOCUSTFILE = Path(__file__).with_name("locustfile.py")


def main() -> int:
    """Exit status: locust's, which is 1 where a bound was passed; 2 where the run could not begin."""
    options = read_options(LoadOptions)
    try:
        read_mix(address(options.url), options.models.split())
    except MixError as error:
        print(f"Slipway: {error}.", file=sys.stderr)
        return 2
    # Ctrl-C is for locust, which then writes its report; a handler, since an ignored signal would be ignored there too.
    signal.signal(signal.SIGINT, lambda *_: None)
    Path(options.report).parent.mkdir(parents=True, exist_ok=True)
    code = subprocess.run([*locust(options), *_ui(options), "--html", options.report], cwd=ROOT, check=False).returncode
    print(f"Slipway: tables and plots are in {options.report}.")
    return code


def locust(options: LoadOptions) -> Sequence[str]:
    """The command line that every run has in common."""
    return [
        *(sys.executable, "-m", "locust", "--locustfile", str(LOCUSTFILE), "--loglevel", "WARNING"),
        *("--host", address(options.url), "--models", options.models, "--think", str(options.think)),
        # All users within a second: who looks for a bound does not want to wait for the load.
        *("--users", str(options.users), "--spawn-rate", str(options.users), "--run-time", options.time),
        *("--max-errors", str(options.max_errors), "--max-p95", str(options.max_p95)),
    ]


def _ui(options: LoadOptions) -> Sequence[str]:
    if not options.web:
        return ["--headless", "--only-summary"]
    print(f"Slipway: open http://127.0.0.1:{options.web_port}; Ctrl-C ends it.")
    return ["--autostart", "--web-host", "127.0.0.1", "--web-port", str(options.web_port)]


if __name__ == "__main__":
    sys.exit(main())
