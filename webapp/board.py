"""The running board: what every handler needs, made once by `webapp.app.create_app`."""

from dataclasses import dataclass

from litestar.di import NamedDependency

from webapp.auth import Access
from webapp.explainer import Explainer
from webapp.ingest.task import Ingest
from webapp.settings import Settings
from webapp.store.database import Database
from webapp.traffic import Traffic


@dataclass(frozen=True, slots=True)
class Board:
    settings: Settings
    database: Database
    ingest: Ingest
    access: Access
    traffic: Traffic
    explainer: Explainer


TheBoard = NamedDependency[Board]  # as the parameter `board` of a handler
