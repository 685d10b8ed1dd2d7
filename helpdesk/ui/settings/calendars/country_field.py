# SPDX-License-Identifier: GPL-3.0-or-later
"""Chooses whose public holidays count: a country, and one of its regions."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QComboBox, QHBoxLayout, QWidget

from helpdesk.core.schemas.sla import HolidayCountry
from helpdesk.ui.widgets.drop_down import DropDown

_NONE = ("", "None")
_ALL = ("", "The whole country")


class CountryField(QWidget):
    """Two lists; the second stands there where the country has regions."""

    changed = pyqtSignal()

    def __init__(self) -> None:
        """Begin without countries."""
        super().__init__()
        self._regions: dict[str, list[tuple[str, str]]] = {}
        self.countries = DropDown([_NONE])
        self.countries.setAccessibleName("Country of public holidays")
        self.regions = DropDown([_ALL])
        self.regions.setAccessibleName("Region of the country")
        for field in (self.countries, self.regions):
            field.setSizeAdjustPolicy(QComboBox.AdjustToMinimumContentsLengthWithIcon)
            field.setMinimumContentsLength(14)
            field.setMaxVisibleItems(16)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.countries, 1)
        row.addWidget(self.regions, 1)
        self.countries.currentIndexChanged.connect(self._on_country)
        self.regions.currentIndexChanged.connect(self.changed)
        self._show_regions()

    @property
    def country(self) -> str:
        """The code of the country, empty for none."""
        return str(self.countries.key or "")

    @property
    def region(self) -> str:
        """The code of the region, empty for the whole country."""
        return str(self.regions.key or "")

    def set_countries(self, countries: Sequence[HolidayCountry]) -> None:
        """Offer these."""
        self._regions = {each.code: _regions_of(each) for each in countries}
        before = self.country, self.region
        named = sorted(countries, key=lambda each: each.name.casefold())
        self.countries.set_choices([_NONE, *((each.code, each.name) for each in named)])
        self.put(*before)

    def put(self, country: str, region: str) -> None:
        """Choose without telling; what is not offered is offered from now on."""
        blocked = self.blockSignals(True)
        if country and self.countries.findData(country) < 0:
            self.countries.addItem(country, country)
        self.countries.set_key(country)
        self._show_regions()
        if region and self.regions.findData(region) < 0:
            self.regions.addItem(region, region)
            self.regions.show()
        self.regions.set_key(region)
        self.blockSignals(blocked)

    def _show_regions(self) -> None:
        regions = self._regions.get(self.country, [])
        self.regions.set_choices([_ALL, *regions])
        self.regions.setVisible(bool(regions))

    def _on_country(self) -> None:
        self._show_regions()
        self.changed.emit()


def _regions_of(country: HolidayCountry) -> list[tuple[str, str]]:
    """Return the codes and names of regions, by name."""
    named = zip(country.regions, country.region_names, strict=True)
    return sorted(named, key=lambda region: region[1].casefold())
