"""Called by Alembic: runs the migrations on the file that `webapp.store.migrate` names, all of them in one transaction."""

from alembic import context
from sqlalchemy import create_engine, event, pool

from webapp.store import models

engine = create_engine(f"sqlite:///{context.config.attributes['path']}", poolclass=pool.NullPool)
event.listen(engine, "connect", context.config.attributes["take_over"])


@event.listens_for(engine, "begin")
def begin(connection):  # type: ignore[no-untyped-def]
    connection.exec_driver_sql("BEGIN IMMEDIATE")


with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=models.runs.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
