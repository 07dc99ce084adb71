"""Results in propstore: asked for one by one, by a cached function, or all at once."""

from __future__ import annotations

from collections.abc import Sequence

import propstore as ps
from benchmarks.asking import Asking

WATER = ps.Substance.from_components("O")


def _request(number: int) -> ps.PropertyDataQuery:
    return ps.PropertyDataQuery(
        substance=WATER,
        thermodynamic_state=ps.ThermodynamicState((280 + number, "K"), "1 atm"),
        property_type="Density",
    )


class ComputeOnce(Asking):
    """A query for each result, and ``compute_once``."""

    name = "propstore, compute_once"

    def open(self) -> None:
        self.store = ps.open(self.directory)
        self.requests: dict[int, ps.PropertyDataQuery] = {}

    def ask(self, number: int) -> float:
        request = self.request(number)
        match = self.store.compute_once(request, lambda: self.record(request))
        return match.record.value.value

    def request(self, number: int) -> ps.PropertyDataQuery:
        """Give the request, which is made once."""
        if number not in self.requests:
            self.requests[number] = _request(number)
        return self.requests[number]

    def record(self, request: ps.PropertyDataQuery) -> ps.PropertyData:
        """Calculate."""
        state = request.thermodynamic_state
        assert state is not None
        number = round(state.temperature.value) - 280
        return ps.PropertyData(
            property_type="Density",
            substance=WATER,
            thermodynamic_state=state,
            phase="liquid",
            value=(self.calculate(number), "kg/m**3"),
        )


class Ensure(ComputeOnce):
    """All requests at once; each process has its own order."""

    name = "propstore, ensure"

    def ask_all(self, numbers: Sequence[int]) -> list[float]:
        requests = [self.request(number) for number in numbers]
        outcomes = self.store.ensure(self.record, requests)
        records = [match.record for match in outcomes.answers()]
        return [record.value.value for record in records if isinstance(record, ps.PropertyData)]


class CachedFunction(Asking):
    """A function of a number, cached."""

    name = "propstore, cached function"

    def open(self) -> None:
        store, calculate = ps.open(self.directory), self.calculate

        @store.cached(name="benchmark.density", version="1")
        def density(number: int) -> ps.Quantity:
            return ps.Quantity(calculate(number), "kg/m**3")

        self.density = density

    def ask(self, number: int) -> float:
        return self.density(number).value
