"""Reports: a run, or several compared, as one document that needs no server; and charts for the terminal."""
