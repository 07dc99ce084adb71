"""A record type of one's own: infrared spectra, found by substance and resolution.

Run: python examples/own_record_type.py
"""

from typing import Annotated, ClassVar

import propstore as ps

Wavenumber = Annotated[ps.Quantity, ps.Dimension("wavenumber", "1/cm", above=0.0)]


class InfraredSpectrum(ps.HashableStoredData, type_name="mylab.infrared_spectrum@v1"):
    """An infrared spectrum: where its bands are, and how it was taken."""

    indexed_fields: ClassVar[tuple[str, ...]] = ("resolution",)

    substance: ps.Substance
    phase: ps.PropertyPhase
    resolution: Wavenumber
    bands: tuple[Wavenumber, ...]
    instrument: str | None = None


def main() -> None:
    """Store two spectra, and find the better one."""
    water = ps.Substance.from_components("O")
    with ps.open("memory:") as store:
        for resolution, bands in (
            ("16 1/cm", ("1600 1/cm", "3700 1/cm")),
            ("2 1/cm", ("1594.7 1/cm", "3657.1 1/cm", "3755.9 1/cm")),
        ):
            store.store_object(
                InfraredSpectrum(substance=water, phase="gas", resolution=resolution, bands=bands)
            )
        fine = store.find(
            InfraredSpectrum, ps.contains("O"), ps.field("resolution") <= "400 1/m"
        ).one()
        print(", ".join(str(band) for band in fine.record.bands))

        # What is not a wavenumber is refused, with a sentence.
        try:
            InfraredSpectrum(substance=water, phase="gas", resolution="2 nm", bands=())
        except ps.PropstoreError as error:
            print(error)


if __name__ == "__main__":
    main()
