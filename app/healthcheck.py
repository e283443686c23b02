"""Exit status 0 where the stack answers /readyz through NGINX. The image's HEALTHCHECK runs this file by itself.

It imports nothing of the package: a check every few seconds must not load Flask each time.
"""

import http.client
import os
import sys

TIMEOUT_SECONDS = 4
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


if __name__ == "__main__":
    sys.exit(not ready(os.environ.get("HOST") or "127.0.0.1", int(os.environ.get("PORT") or 8080)))
