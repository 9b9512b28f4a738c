"""Lossboard: the web application, its store, its ingest and its command line."""


def __getattr__(name: str) -> str:
    """`webapp.__version__`, read when it is asked for: the reader of versions takes longer to load than a command takes to start."""
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("lossboard")
    except PackageNotFoundError:  # a checkout that was not installed
        return "0+unknown"
