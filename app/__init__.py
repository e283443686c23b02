"""Slipway: a trained model in, a production prediction service out."""

from flask import Flask

from app.settings import Settings

__version__ = "0.1.0"


def create_app(settings: Settings) -> Flask:
    return Flask(__name__)
