"""The one function that Vercel runs: every path of the product arrives here.

Vercel finds `app` by reading this file, not by running it: it stays one plain assignment, and the only one.
"""

from lib.app import create_app
from lib.settings import Settings

app = create_app(Settings.from_environment())
