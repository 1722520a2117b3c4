"""Monoscope's explorer: everything that runs while people use the app."""

__version__ = "0.1.0"
