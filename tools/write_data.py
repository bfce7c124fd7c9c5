"""Write the series and the surnames of `chapters/data/`, from libraries that carry them.

    pip install -e . --group data    # pip 25.1 or later
    python tools/write_data.py

It needs no network beyond the installation. What it wrote is committed, so no reader runs it;
`chapters/data/README.md` holds the sources, licences and checksums.
"""

import csv
import importlib
from collections import Counter
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "chapters" / "data"
LANGUAGES = {
    "Dutch": "nl_NL",
    "English": "en_US",
    "Finnish": "fi_FI",
    "French": "fr_FR",
    "German": "de_DE",
    "Italian": "it_IT",
    "Spanish": "es_ES",
    "Swedish": "sv_SE",
}
LONGEST = 20  # characters; the few longer names are titles of noble families


def sunspots():
    """Yield (year, mean number of sunspots)."""
    from statsmodels.datasets import sunspots

    for row in sunspots.load_pandas().data.itertuples():
        yield int(row.YEAR), f"{row.SUNACTIVITY:.1f}"


def co2():
    """Yield (day on which a week begins, parts of CO2 in a million of dry air, or nothing)."""
    from statsmodels.datasets import co2

    for day, value in co2.load_pandas().data.co2.items():
        yield day.date().isoformat(), "" if value != value else f"{value:.1f}"  # NaN is a gap


def surnames():
    """Yield (language, name) for the names that stand in one language's list only."""
    names = {}
    for language, place in LANGUAGES.items():
        provider = importlib.import_module(f"faker.providers.person.{place}").Provider
        names[language] = set(provider.last_names)
    lists = Counter(name for of_one in names.values() for name in of_one)
    for language, of_one in names.items():
        for name in sorted(of_one):
            if lists[name] == 1 and len(name) <= LONGEST and "," not in name:
                yield language, name


def write(name, head, rows):
    with (FOLDER / name).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([head, *rows])


if __name__ == "__main__":
    write("sunspots.csv", ["year", "sunspots"], sunspots())
    write("co2.csv", ["week", "ppm"], co2())
    write("surnames.csv", ["language", "surname"], surnames())
