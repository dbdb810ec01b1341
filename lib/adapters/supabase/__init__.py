"""The database: one method per SQL function of `supabase/schemas`, same name, same arguments without the `p_`."""

from lib.adapters.supabase.calls import Row
from lib.adapters.supabase.store import Store
from lib.adapters.supabase.user_store import UserStore

__all__ = ["Row", "Store", "UserStore"]
