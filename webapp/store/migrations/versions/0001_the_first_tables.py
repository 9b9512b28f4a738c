"""The first tables"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "experiment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("folder", sa.LargeBinary(), nullable=True),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("notes", sa.Text(), server_default="", nullable=False),
        sa.Column("archived", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("folder"),
    )
    op.create_table(
        "login_code",
        sa.Column("hashed", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hashed"),
    )
    op.create_table(
        "login_session",
        sa.Column("hashed", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hashed"),
    )
    op.create_table(
        "token",
        sa.Column("hashed", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("scopes", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("hashed"),
    )
    op.create_table(
        "experiment_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("experiment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("path", sa.Text(), server_default="", nullable=False),
        sa.Column("file", sa.LargeBinary(), nullable=False),
        sa.Column("tags", sa.Text(), server_default="", nullable=False),
        sa.Column("archived", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("pinned", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("metrics_version", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("spark", sa.JSON(), nullable=False),
        sa.Column("notes", sa.Text(), server_default="", nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiment.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("experiment_run", schema=None) as batch_op:
        batch_op.create_index("experiment_run_name", ["experiment_id", "name"], unique=False)

    op.create_table(
        "finding",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rule", sa.Text(), server_default="", nullable=False),
        sa.Column("metric", sa.Text(), server_default="", nullable=False),
        sa.Column("evidence", sa.Text(), server_default="", nullable=False),
        sa.Column("step", sa.Float(), nullable=True),
        sa.Column("offset", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["experiment_run.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("finding", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_finding_run_id"), ["run_id"], unique=False)

    op.create_table(
        "run_progress",
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("points", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("bytes_read", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("bytes_total", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("lines", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_step", sa.Float(), nullable=True),
        sa.Column("total_steps", sa.Float(), nullable=True),
        sa.Column("last_epoch", sa.Float(), nullable=True),
        sa.Column("total_epochs", sa.Float(), nullable=True),
        sa.Column("last_loss", sa.Float(), nullable=True),
        sa.Column("loss_nan", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("best_loss", sa.Float(), nullable=True),
        sa.Column("best_step", sa.Float(), nullable=True),
        sa.Column("best_metric", sa.Text(), server_default="", nullable=False),
        sa.Column("outcome", sa.Text(), server_default="", nullable=False),
        sa.Column("cadence_s", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["experiment_run.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id"),
    )
    with op.batch_alter_table("run_progress", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_run_progress_updated_at"), ["updated_at"], unique=False)

    op.create_table(
        "series",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("metric", sa.Text(), server_default="", nullable=False),
        sa.Column("printed", sa.Text(), server_default="", nullable=False),
        sa.Column("format", sa.Text(), server_default="", nullable=False),
        sa.Column("step_source", sa.Text(), server_default="", nullable=False),
        sa.Column("scale", sa.Float(), nullable=False),
        sa.Column("origin", sa.Float(), nullable=False),
        sa.Column("grid", sa.Float(), nullable=False),
        sa.Column("points", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("sealed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("nan", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("posinf", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("neginf", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("first", sa.Float(), nullable=True),
        sa.Column("last", sa.Float(), nullable=True),
        sa.Column("min", sa.Float(), nullable=True),
        sa.Column("max", sa.Float(), nullable=True),
        sa.Column("sum", sa.Float(), nullable=True),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["experiment_run.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("series", schema=None) as batch_op:
        batch_op.create_index("series_run_metric", ["run_id", "metric"], unique=True)

    op.create_table(
        "source",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("path", sa.LargeBinary(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("base", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("offset", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("size", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("dev", sa.Text(), server_default="", nullable=False),
        sa.Column("ino", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("folder", sa.LargeBinary(), nullable=False),
        sa.Column("experiment", sa.Text(), server_default="", nullable=False),
        sa.Column("run_name", sa.Text(), server_default="", nullable=False),
        sa.Column("origin", sa.LargeBinary(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("tail", sa.LargeBinary(), nullable=False),
        sa.Column("parser", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["experiment_run.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("source", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_source_run_id"), ["run_id"], unique=False)
        batch_op.create_index("source_file", ["dev", "ino"], unique=False)
        batch_op.create_index("source_origin", ["origin"], unique=False)
        batch_op.create_index("source_path", ["path"], unique=False)

    op.create_table(
        "text_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("offset", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("step", sa.Float(), nullable=True),
        sa.Column("time", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["experiment_run.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("text_event", schema=None) as batch_op:
        batch_op.create_index("text_event_place", ["run_id", "offset"], unique=False)

    op.create_table(
        "metric_block",
        sa.Column("series_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("start", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("points", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("stepless", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("bare", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("step_min", sa.Float(), nullable=True),
        sa.Column("step_max", sa.Float(), nullable=True),
        sa.Column("epoch_min", sa.Float(), nullable=True),
        sa.Column("epoch_max", sa.Float(), nullable=True),
        sa.Column("time_min", sa.Float(), nullable=True),
        sa.Column("time_max", sa.Float(), nullable=True),
        sa.Column("preview", sa.LargeBinary(), nullable=True),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("series_id", "start"),
    )
    op.create_table(
        "source_print",
        sa.Column("source_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("blocks", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("source_id"),
    )


def downgrade() -> None:
    op.drop_table("source_print")
    op.drop_table("metric_block")
    with op.batch_alter_table("text_event", schema=None) as batch_op:
        batch_op.drop_index("text_event_place")

    op.drop_table("text_event")
    with op.batch_alter_table("source", schema=None) as batch_op:
        batch_op.drop_index("source_path")
        batch_op.drop_index("source_origin")
        batch_op.drop_index("source_file")
        batch_op.drop_index(batch_op.f("ix_source_run_id"))

    op.drop_table("source")
    with op.batch_alter_table("series", schema=None) as batch_op:
        batch_op.drop_index("series_run_metric")

    op.drop_table("series")
    with op.batch_alter_table("run_progress", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_run_progress_updated_at"))

    op.drop_table("run_progress")
    with op.batch_alter_table("finding", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_finding_run_id"))

    op.drop_table("finding")
    with op.batch_alter_table("experiment_run", schema=None) as batch_op:
        batch_op.drop_index("experiment_run_name")

    op.drop_table("experiment_run")
    op.drop_table("token")
    op.drop_table("login_session")
    op.drop_table("login_code")
    op.drop_table("experiment")
