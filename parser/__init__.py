"""Reads the text of training runs: bytes in, points by metric out. Knows nothing of files watched, stores or pages."""

from parser.log import LogParser, parse_file

__all__ = ["LogParser", "parse_file"]
