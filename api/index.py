"""The one function that Vercel runs: every path of the product arrives here.

Vercel finds `app` by reading this file, not by running it: it stays one plain assignment, and the only one.
"""

import gc

gc.disable()  # imports make no garbage; looking for it among all that they make takes a tenth of a cold start

from lib.app import create_app  # noqa: E402
from lib.settings import Settings  # noqa: E402

app = create_app(Settings.from_environment())

gc.freeze()  # what is here now stays for the instance's life: no later collection looks through it again
gc.enable()
