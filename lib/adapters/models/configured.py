"""The models that are set up here: in which order they are asked, and how each is made."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lib.adapters.models import Writer
from lib.adapters.models.anthropic import Claude
from lib.adapters.models.gemini import Gemini
from lib.adapters.models.openai import OpenAI
from lib.adapters.models.own import OwnModel
from lib.domain.pricing import Price
from lib.domain.vendor import Vendor, split_model
from lib.domain.writing_settings import Quality
from lib.errors import NotConfigured

if TYPE_CHECKING:
    import httpx

    Connect = Callable[[], httpx.AsyncClient]


@dataclass(frozen=True, slots=True)
class Access:
    """How a vendor is reached. It is closed while none of the variables in `needs` is set."""

    needs: tuple[str, ...]
    is_open: bool
    base_url: str = ""
    api_key: str = ""
    price: Price | None = None


MAKERS: Mapping[Vendor, "Callable[[str, Access, Connect], Writer]"] = {
    Vendor.ANTHROPIC: lambda name, via, _: Claude(name=name, api_key=via.api_key, base_url=via.base_url),
    Vendor.OPENAI: lambda name, via, connect: OpenAI(
        name=name, api_key=via.api_key, base_url=via.base_url, connect=connect
    ),
    Vendor.GEMINI: lambda name, via, connect: Gemini(
        name=name, api_key=via.api_key, base_url=via.base_url, connect=connect
    ),
    Vendor.OWN: lambda name, via, connect: OwnModel(
        name=name, api_key=via.api_key, base_url=via.base_url, price=via.price, connect=connect
    ),
}


class Models:
    """`models[model]` writes. A model is set up when it is in one of the orders and its vendor can be reached."""

    def __init__(
        self,
        orders: Mapping[Quality, Sequence[str]],
        judge: str | None,
        accesses: Mapping[Vendor, Access],
        connect: "Connect",
    ) -> None:
        self._accesses = accesses
        self._connect = connect
        self._writers: dict[str, Writer] = {}
        self._listed = orders
        self._orders = {quality: tuple(filter(self._is_open, order)) for quality, order in orders.items()}
        self._judge = judge

    def order(self, quality: Quality, chosen: Sequence[str] = ()) -> tuple[str, ...]:
        """The models to ask, most wanted first: the chosen ones that are set up, then the others of this quality.

        Raises NotConfigured when there is none.
        """
        known = self.known()
        wanted = tuple(dict.fromkeys((*(model for model in chosen if model in known), *self._orders[quality])))
        if not wanted:
            vendors = dict.fromkeys(split_model(model)[0] for model in self._listed[quality])
            needs = [name for vendor in vendors for name in self._accesses[vendor].needs]
            raise NotConfigured("models", tuple(needs))
        return wanted

    def known(self) -> tuple[str, ...]:
        """All that are set up, of whatever quality."""
        return tuple(dict.fromkeys(model for order in self._orders.values() for model in order))

    @property
    def judge(self) -> str | None:
        """The model that gives its opinion of drafts; none when it is not set, or its vendor cannot be reached."""
        return self._judge if self._judge and self._is_open(self._judge) else None

    def __getitem__(self, model: str) -> Writer:
        """Made at first use. Raises NotConfigured when its vendor cannot be reached."""
        if model not in self._writers:
            vendor, name = split_model(model)
            access = self._accesses[vendor]
            if not access.is_open:
                raise NotConfigured(model, access.needs)
            self._writers[model] = MAKERS[vendor](name, access, self._connect)
        return self._writers[model]

    async def prepare(self, model: str) -> None:
        """Load what this model's first call needs."""
        await self[model].prepare()

    async def close(self) -> None:
        """Close the running loop's connections."""
        for writer in self._writers.values():
            await writer.close()

    def _is_open(self, model: str) -> bool:
        return self._accesses[split_model(model)[0]].is_open
