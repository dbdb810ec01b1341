"""Supabase Auth: whose access token is this, and signing in with a password.

Tokens are proven here with the project's public keys, without a call; PyJWT and cryptography are loaded at the first
token and not before (90 ms, which the machine doors do not pay).
"""

from lib.adapters.identity.identity import Identity

__all__ = ["Identity"]
