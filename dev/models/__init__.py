"""Stand-ins for the model vendors, one module each, speaking the vendor's wire.

Another vendor's is one more module with its own wire on top of `stand_in.py` (what all have in common), `script.py`
(failures on demand, calls counted) and `prose.py` (what is written).
"""
