"""What the simulated cards can do: the figures of NI's data sheets, as far as the engine asks for them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction

from nidaqmx.constants import BusType, ProductCategory, TerminalConfiguration

from psi.core.errors import ConfigurationError
from psi.core.names import did_you_mean

_TERMINALS = {
    TerminalConfiguration.RSE: 1,
    TerminalConfiguration.NRSE: 2,
    TerminalConfiguration.DIFF: 4,
    TerminalConfiguration.PSEUDO_DIFF: 8,
}


@dataclass(frozen=True)
class Product:
    """One model of card."""

    name: str
    category: ProductCategory
    bus: BusType
    #: Number of channels.
    n_ai: int
    n_ao: int
    #: Lines of each digital port; the first is hardware-timed.
    ports: tuple[int, ...] = ()
    n_counters: int = 0
    #: V; the converter's range is the smallest that holds what a channel asks for.
    ai_ranges: tuple[float, ...] = (0.2, 1.0, 5.0, 10.0)
    ao_ranges: tuple[float, ...] = (10.0,)
    bits: int = 16
    #: Samples/s: of one channel, of all channels together where one converter serves them, and at least.
    ai_max_rate: float = 500e3
    ai_max_aggregate: float = 500e3
    ai_min_rate: float = 0.0
    simultaneous: bool = False
    ao_max_rate: float = 900e3
    ao_min_rate: float = 0.0
    digital_max_rate: float = 1e6
    #: The sample clock is this divided by a whole number; None where any rate can be made.
    timebase: int | None = 100_000_000
    #: Samples of output that the card holds, for all channels together, and of input.
    output_fifo: int = 8191
    input_fifo: int = 4095
    #: Samples that the converters' filters delay by.
    ai_filter_delay: int = 0
    ao_filter_delay: int = 0
    terminal_configs: tuple[TerminalConfiguration, ...] = field(
        default=(TerminalConfiguration.RSE, TerminalConfiguration.NRSE, TerminalConfiguration.DIFF)
    )
    #: dB; empty where there is no preamplifier.
    gains: tuple[float, ...] = ()

    @property
    def terminal_bits(self) -> int:
        """As the driver tells them, one bit each."""
        return sum(_TERMINALS[each] for each in self.terminal_configs)

    def coerced(self, rate: float) -> Fraction:
        """The rate that the card makes when asked for ``rate``, samples/s."""
        if self.timebase is None:
            return Fraction(rate).limit_denominator(10_000)
        return Fraction(self.timebase, max(1, round(self.timebase / rate)))


_USB_6343 = Product(
    "USB-6343",
    ProductCategory.X_SERIES_DAQ,
    BusType.USB,
    n_ai=32,
    n_ao=4,
    ports=(32, 8, 8),
    n_counters=4,
)

#: By product type, as NI writes it.
PRODUCTS = {
    product.name: product
    for product in (
        _USB_6343,
        replace(
            _USB_6343,
            name="PCIe-6363",
            bus=BusType.PCIE,
            ai_ranges=(0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0),
            ao_ranges=(5.0, 10.0),
            ai_max_rate=2e6,
            ai_max_aggregate=1e6,
            ao_max_rate=2.86e6,
            digital_max_rate=10e6,
        ),
        Product(
            "PXI-4461",
            ProductCategory.DSA,
            BusType.PXI,
            n_ai=2,
            n_ao=2,
            ai_ranges=(0.316, 1.0, 3.16, 10.0, 31.6, 42.4),
            ao_ranges=(0.1, 1.0, 10.0),
            bits=24,
            ai_max_rate=204.8e3,
            ai_max_aggregate=2 * 204.8e3,
            ai_min_rate=1e3,
            simultaneous=True,
            ao_max_rate=204.8e3,
            ao_min_rate=1e3,
            timebase=None,
            output_fifo=2047,
            input_fifo=2047,
            ai_filter_delay=63,
            ao_filter_delay=32,
            terminal_configs=(TerminalConfiguration.DIFF, TerminalConfiguration.PSEUDO_DIFF),
            gains=(-20.0, -10.0, 0.0, 10.0, 20.0, 30.0),
        ),
    )
}


def product(name: str) -> Product:
    """Raises ``ConfigurationError`` for a card that is not simulated."""
    found = PRODUCTS.get(name)
    if found is None:
        raise ConfigurationError(
            f"no simulated card {name!r}{did_you_mean(name, PRODUCTS)}; there are {', '.join(PRODUCTS)}", "--device"
        )
    return found
