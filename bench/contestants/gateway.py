"""The gateway: app.py through its Lambda entry."""

from app import app

handler = app
