"""Lossboard: the web application, its store, its ingest and its command line."""


def __getattr__(name: str) -> str:
    """`webapp.__version__`, read when it is asked for: the reader of versions takes longer to load than a command takes to start."""
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import PackageNotFoundError, version

    try:
        found = version("lossboard")
    except PackageNotFoundError:  # a checkout that was not installed
        found = "0+unknown"
    globals()[name] = found  # the next one to ask finds it without us
    return found
