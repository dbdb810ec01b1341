"""Redis: what several instances of the product should know at once, and may forget. A convenience, never the truth."""

from lib.adapters.redis.breakers import Breakers
from lib.adapters.redis.connection import Connection
from lib.adapters.redis.locks import Locks

__all__ = ["Breakers", "Connection", "Locks"]
