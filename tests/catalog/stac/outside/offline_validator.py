"""stac-api-validator without a network: ``python -m tests.catalog.stac.outside.offline_validator --root-url …``.

STAC's own schemas are answered from those that come with pystac. Extensions' schemas come with nothing that is
installed here: those accept everything. It would give a server two seconds until a transaction shows; ours gets none.
"""

from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import click
from pystac.validation.local_validator import get_local_schema_cache
from stac_api_validator.__main__ import main
from stac_validator import utilities  # type: ignore[import-untyped]

# Classes that it has checks of, but no way to ask for them by its command line.
UNOFFERED = ("item-search#filter", "features#filter")
SCHEMAS = get_local_schema_cache()
fetch = utilities.fetch_and_parse_file


def answer_schema(input_path: str, headers: dict[str, str] | None = None) -> Any:
    address = urlsplit(input_path)
    if address.hostname == "stac-extensions.github.io":
        return {}
    # Some are asked for by another scheme, or with an empty fragment.
    return SCHEMAS.get(f"https://{address.netloc}{address.path}") or fetch(input_path, headers)


def offer_all_classes() -> None:
    (option,) = [each for each in main.params if each.name == "conformance_classes"]
    assert isinstance(option.type, click.Choice)
    option.type = click.Choice([*option.type.choices, *UNOFFERED])


if __name__ == "__main__":
    utilities.fetch_and_parse_file = answer_schema
    mock.patch("time.sleep").start()
    offer_all_classes()
    main(prog_name="stac-api-validator")
