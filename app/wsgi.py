"""The WSGI entry point: `gunicorn app.wsgi`."""

from app import create_app
from app.settings import load_settings

application = create_app(load_settings())
