"""Lossboard: the web application, its store, its ingest and its command line."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("lossboard")
except PackageNotFoundError:  # a checkout that was not installed
    __version__ = "0+unknown"
