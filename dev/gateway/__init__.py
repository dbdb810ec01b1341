"""Supabase as the product sees it: `/rest/v1/rpc/<function>` like PostgREST, `/auth/v1` like GoTrue.

Only what the product uses: SQL functions called by name, and sign-in with a password. Tables, filters, mails and other
sign-in methods are not imitated and are answered as unknown.
"""

from dev.gateway.app import create_gateway
from dev.gateway.tokens import SigningKeys

__all__ = ["SigningKeys", "create_gateway"]
