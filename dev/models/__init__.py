"""Stand-ins for the model vendors, one module each, speaking the vendor's wire.

`anthropic.py` is the first. Another vendor's is one more module with its own wire on top of `script.py` (failures on
demand, calls counted) and `prose.py` (what is written).
"""
