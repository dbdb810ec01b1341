"""A real Postgres without Docker and without installing anything: binaries from wherever there are some."""

from dev.postgres.binaries import Binaries, all_binaries, find_binaries
from dev.postgres.server import Postgres

__all__ = ["Binaries", "Postgres", "all_binaries", "find_binaries"]
