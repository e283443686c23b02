"""Exit status 0 where the stack answers /readyz through NGINX. The image's HEALTHCHECK runs this file by itself.

It imports nothing of the package: a check every few seconds must not load Flask each time.
"""

import http.client
import os
import re
import sys

TIMEOUT_SECONDS = 4
PORTS = ("PORT", "AIP_HTTP_PORT", "SAGEMAKER_BIND_TO_PORT")
# Addresses that mean "listen everywhere" cannot be asked.
LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}


def ready(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK.get(host, host), port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def address() -> tuple[str, int] | None:
    """Where app/settings.py makes the stack listen; None where it would refuse the port."""
    port = next(filter(None, map(os.environ.get, PORTS)), "8080")
    if not re.fullmatch("[0-9]+", port) or not 1 <= int(port) <= 65535:
        return None
    return os.environ.get("HOST") or "127.0.0.1", int(port)


if __name__ == "__main__":
    asked = address()
    sys.exit(not (asked and ready(*asked)))
