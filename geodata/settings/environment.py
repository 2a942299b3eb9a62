"""Read variables of the environment, and refuse those that make no sense by a sentence that says what would.

A number or a flag that is set but empty counts as not set, as compose files have it (`${NAME:-}`). An empty text or
list is what it says.
"""

import builtins
import difflib
import math
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any, TypeAlias

import environ
from django.core.exceptions import ImproperlyConfigured

PREFIX = "GEODATA_"
# Of these, what no settings read: by the gate, by the demo's and the tests' own programs.
READ_ELSEWHERE = frozenset({
    "GEODATA_GATE_RULES", "GEODATA_SHARED_DATA", "GEODATA_SITE", "GEODATA_TEST_SEED", "GEODATA_TESTING_DIR",
    "GEODATA_TOKEN",
})  # fmt: skip
YES, NO = ("true", "yes", "on", "1", "y"), ("false", "no", "off", "0", "n")


@dataclass(frozen=True, slots=True)
class Form:
    """Say how a text has to look: by a pattern, in words, and by an example."""

    pattern: str
    words: str
    example: str


RATE = Form(
    r"(\d+/(second|minute|hour|day))?", "a number, a slash and second, minute, hour or day; or nothing", "6000/minute"
)
DATABASE = Form(
    r"spatialite:///.+|postgis://.+", "spatialite:/// and a path, or postgis://", "postgis://user:password@host/name"
)
REDIS = Form(r"(rediss?|unix)://.+", "redis://, rediss:// or unix://", "redis://127.0.0.1:6379/0")
STORAGE = Form(r"file:///.+|s3://.+", "file:// and a folder, or s3:// and a bucket", "s3://bucket/files")
# Whatever it is: a refusal would print it.
SECRET = Form(r"(?s).+", "50 characters that nobody can guess", "what `openssl rand -hex 32` prints")
WEB = Form(r"https?://[^/\s]+.*", "http:// or https://", "https://id.example.org")


# Within the class, these names are its methods'.
Text: TypeAlias = str
Whole: TypeAlias = int
Real: TypeAlias = float
Flag: TypeAlias = bool


class Environment:
    """Read each variable once, with its type; ``names`` are those that were read."""

    def __init__(self, file: Path) -> None:
        """Take variables from the environment, and those that it lacks from the file, if there is one."""
        environ.Env.read_env(file)
        self.names: set[Text] = set()

    def str(
        self, name: Text, *, default: Text | None = None, among: Iterable[Text] = (), form: Form | None = None
    ) -> Text:
        """Return a text, one of ``among`` or of a form if these are given; it must be there if it has no default."""
        text = self._read(name)
        if text is None or not (text or (form and re.fullmatch(form.pattern, ""))):
            text = default if text is None or form or not default else text
        if text is None or (default is None and not text):
            allowed = f" to {form.words}, such as {form.example}" if form else ""
            raise ImproperlyConfigured(
                f"Set the {name} environment variable{allowed}; .env.example says what it is for"
            )
        if among and text not in among:
            raise _refusal(name, text, f"one of {', '.join(among)}")
        if form and text != default and not re.fullmatch(form.pattern, text):
            raise _refusal(name, text, form.words, example=form.example)
        return text

    def int(self, name: Text, *, default: Whole, least: Whole = 0, most: Whole = sys.maxsize) -> Whole:
        found: Whole = self._number(name, Whole, default, (least, most), kind="a whole number")
        return found

    def float(self, name: Text, *, default: Real, least: Real = 0, most: Real = math.inf) -> Real:
        found: Real = self._number(name, Real, default, (least, most), kind="a number")
        return found

    def bool(self, name: Text, *, default: Flag) -> Flag:
        text = (self._read(name) or "").lower()
        if text and text not in (*YES, *NO):
            raise _refusal(name, text, "true or false")
        return text in YES if text else default

    def list(
        self, name: Text, *, default: Iterable[Text], check: Callable[[Text], object] | None = None
    ) -> builtins.list[Text]:
        """Return what stands between commas; ``check`` raises ValueError for a part that makes no sense."""
        text = self._read(name)
        found = [*default] if text is None else [part.strip() for part in text.split(",") if part.strip()]
        for part in found if check else ():
            try:
                check(part)  # type: ignore[misc]  # There is one.
            except ValueError as error:
                raise ImproperlyConfigured(f"{name} has {part!r}: {error}") from None
        return found

    def unread(self) -> dict[Text, Text]:
        """Return the site's variables that are set and that nothing reads, each with the name that may be meant."""
        unread = {name for name in os.environ if name.startswith(PREFIX)} - self.names - READ_ELSEWHERE
        return {name: next(iter(difflib.get_close_matches(name, self.names, n=1)), "") for name in sorted(unread)}

    def _read(self, name: Text) -> Text | None:
        self.names.add(name)
        text = os.environ.get(name)
        return None if text is None else text.strip()

    def _number(self, name: Text, cast: Any, default: Any, bounds: tuple[Any, Any], *, kind: Text) -> Any:
        text = self._read(name)
        try:
            value = cast(text) if text else default
        except ValueError:
            value = math.nan
        # What is no number at all isn't between any two.
        if not bounds[0] <= value <= bounds[1]:
            most = f" to {bounds[1]}" if bounds[1] not in (sys.maxsize, math.inf) else ""
            raise _refusal(name, text, f"{kind} from {bounds[0]}{most}", example=default)
        return value


def _refusal(name: str, text: str | None, allowed: str, *, example: Any = "") -> ImproperlyConfigured:
    # Passwords are nobody's business who reads a log.
    text = re.sub("//[^/@]*@", "//…@", text or "")
    return ImproperlyConfigured(f"{name} is {text!r}: it is {allowed}" + (f", such as {example}" if example else ""))


def make_folder(name: str, folder: Path) -> None:
    """Make the folder that a variable names; refuse one that can't be made, or not be written in."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise _refusal(
            name, str(folder), f"a folder that this user may write in ({error.strerror})", example="/var/lib/geodata"
        ) from None


def host_or_network(text: str) -> None:
    """Raise ValueError for what looks like a network and is none; who connects judges names and addresses."""
    if "/" in text:
        try:
            ip_network(text, strict=False)
        except ValueError:
            raise ValueError("a network is written like 10.1.0.0/16") from None
