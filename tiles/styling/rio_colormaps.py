"""Hold the color maps that rio-tiler has of its own, for what is spelled for TiTiler: red, green, blue of 256 values.

Values as published with rio-tiler (BSD 3-Clause): "CFastie" for vegetation indexes, by Chris Fastie; "RPlumbo", and
"Schwarzwald" for heights.
"""

import base64

import numpy as np
import numpy.typing as npt

_CFASTIE = (
    "////+vr69vb28vLy7u7u6enp5eXl4eHh3d3d2NjY1NTU0NDQzMzMyMjIw8PDv7+/u7u7t7e3srKyrq6uqqqqpqamoaGhnZ2dmZmZlZWVkZGR"
    "jIyMiIiIhISEgICAe3t7d3d3c3Nzb29vampqZmZmYmJiXl5eWlpaVVVVUVFRTU1NSUlJREREQEBAPDw8ODg4NDQ0ODg4PDw8QEBARERESUlJ"
    "TU1NUVFRVVVVWlpaXl5eYmJiZmZmampqb29vc3Nzd3d3e3t7gICAhISEiIiIjIyMkZGRlZWVmZmZnZ2doaGhpqamqqqqrq6usrKyt7e3u7u7"
    "v7+/w8PDyMjIzMzM0NDQ1NTU2NjY3d3d4eHh5eXl6enp7u7u8vLy9vb2+vr6////+vr69fX18PDw6+vr5ubm4eHh3Nzc19fX0tLSzc3NyMjI"
    "w8PDvr6+ubm5tLS0r6+vqqqqpaWloKCgm5ubl5eXkpKSjY2NiIiIg4ODfn5+eXl5dHR0b29vampqZWVlYGBgW1tbVlZWUVFRTExMR0dHQkJC"
    "PT09ODg4QkJQTU1pV1eCYmKbbGy0d3fNgYHmjIz/g5PveprfcaHPaai/YK+vV7efTr6PRsV/PcxvNNNfK9tPI+I/GukvEfAfCPcPAf8BB/8B"
    "D/8BF/8BH/8BJ/8BL/8BN/8BP/8BR/8BT/8BV/8BX/8BZ/8Bb/8Bd/8Bf/8Bh/8Bj/8Bl/8Bn/8Bp/8Br/8Bt/8Bv/8Bx/8Bz/8B1/8B3/8B"
    "5/8B7/8B9/8B//8B//kB//QB/+8B/+kB/+QB/98B/9kB/9QB/88B/8kB/8QB/78B/7kB/7QB/68B/6oB/6QB/58B/5oB/5QB/48B/4oB/4QB"
    "/38B/3oB/3QB/28B/2oB/2QB/18B/1oB/1UB/08B/0oB/0UB/z8B/zoB/zUB/y8B/yoB/yUB/x8B/xoB/xUB/w8B/woB/wUB/wEB/wEP/wEf"
    "/wEv/wE//wFP/wFf/wFv/wF//wGP/wGf/wGv/wG//wHP/wHf/wHv"
)
_RPLUMBO = (
    "AAAAAQEBAQEBAgICAwMDAwMDBAQEBQUFBQUFBgYGBwcHBwcHCAgICQkJCQkJCgoKCwsLCwsLDAwMDQ0NDQ0NDg4ODw8PDw8PEBAQERERERER"
    "EhISExMTExMTFBQUFRUVFRUVFhYWFxcXFxcXGBgYGRkZGRkZGhoaGxsbGxsbHBwcHR0dHR0dHh4eHx8fHx8fICAgISEhISEhIiIiIyMjIyMj"
    "JCQkJSUlJSUlJiYmJycnJycnKCgoKSkpKSkpKioqKysrKysrLCwsLS0tLS0tLi4uLy8vLy8vMDAwMTExMTExMjIyMzMzMzMzNDQ0NTU1NTU1"
    "NjY2Nzc3Nzc3ODg4OTk5OTk5Ojo6Ozs7Ozs7PDw8PT09PT09Pj4+Pz8/Pz8/QEBAQUFBQUFBQkJCQ0NDQ0NDRERERUVFRUVFRkZGR0dHR0dH"
    "SEhISUlJSUlJSkpKS0tLS0tLTExMTU1NTU1NTk5OT09PT09PUFBQUVFRUVFRUlJSU1NTU1NTVFRUVVVVVVVVSgEAVAMAXgUAaQcAcwoAfQwA"
    "hxAAkRMAnBcAphwAsCAAuiUAxCsAzzAA2TYA4z0A7UMA90oA/1EA/1UA/1kA/14A/2IA/2YA/2oA/28A/3MA/3cA/3sA/4AA/4QA/4gA/4wA"
    "/5EA/5UA/5kA/50A/6IA/6YA/6oA/64A/7MA/7cA/7sA/78A/8QA/8gA/8wA/9AA/9UA/9kA/90A/+EA/+YA/+oA/+4A//IA//cA//sA//8A"
    "+PwA8fkA6vcA5PQA3fEA1u4A0OsAyukAw+YAveMAt+AAsd0Aq9sApdgAoNUAmtIAlc8Aj80AisoAhccAf8QAesEAdb4AcbwAbLkAZ7YAY7MA"
    "XrAAWq4AVasAUagATaUASaIARaAAQZ0APpoAOpcANpQAM5IAMI8ALIwAKYkAJoYAI4QAIIEAHX4AG3sAGHgAFnYAE3MAEXAAD20ADGoACmgA"
    "CGUAB2IABV8AA1wAAVoAAFcAAFQBAFEDAE4EAEsFAEkGAEYHAEMI"
)
_SCHWARZWALD = (
    "ru/Vru/Ur/DTsPLQsPLNsPLKsPLHsfLEsfLBsPO+sPS6sfW4sva1tPaztfayuveyvfeywPeyw/eyxviyyfiyzPmy0vqx1vqx2fqy3fqy4Puy"
    "5/yy6/yy7vyz8vyz9fyz9/yz+vyy+Pms8/en7vSi6PKc4vCX1euMzeeGxuSAv+F7uN52sdtxqthsmtNik9BejM1ZhMpVfcdSbsJKZr9GXrxC"
    "Vrk+TbY5RbM1PrAyMassLKgrJ6UqI6MqHqArGJouFZcwEpQxEJEzDo40DIw2CYk4B4Q8CYM+DII/EoI/GII/KIQ9LoY9NIg8Ooo8QIw7Ro07"
    "TI47V5I4XZM3Y5Q2aZU1bpY0eJoyfJsxgJwwhJ4viaAujqEsk6IrnKQpoaUopqYnq6glsKoku60iwK8gxbAeyrAdz7Ec1bIa2rMY5LQU6bUR"
    "7rYO8rYL9rYI+LAE9qsD9KYC8aAC7psC65UC6JAC4oQC338C3HoC2nQC2G8C02YC0WECzlwCy1gCyFQCwEoCvUYCukICtz4CtDoCsTYCrjEC"
    "qSoCpicCoyQCoCECnR4ClxcClRUCkhIBkBABjQ4BigsBhwgAggUAgAUAfQQAewYBeggCdw0Cdw8CdhACdhEDdRIEdRMEdRQEdRUEdRUEdBYE"
    "dBcEdBgFchoGchwGch0GcR4GcB8HcCAHbyEIbiMIbiMIbiQIbiUIbSYJbCgKbCgKbCgKbCkKbCoKbCsKaywLaiwMai0Mai4Mai8NazAObjQS"
    "cDYUcTkXczsZdD4cdUAedkIgeUYle0gofUorf0wvgE8yg1U4hVc8h1o/iV1CimBFi2JJjGVMkGpUkmxXk29alXFdlnRgmHpomn5snIFwnYR0"
    "nod4n4p9oI2Co5OLpZePppqTpp2Xp6Ccqqekq6morKyrra2trq6usLCwsrKytbW1t7e3uLi4urq6vLy8wMDAwsLCxMTExsbGyMjIysrKzMzM"
    "0M7Q0tDS1NLU1tTW2NbY2tja3Nrc3dvd393f4d/h4+Hj5ePl6efp"
)
_TABLES = {"cfastie": _CFASTIE, "rplumbo": _RPLUMBO, "schwarzwald": _SCHWARZWALD}
NAMES = frozenset(_TABLES)


def own_table(name: str) -> npt.NDArray[np.uint8]:
    """Return 256 colors, (256, 4) red, green, blue, alpha, of one of `NAMES`."""
    colors = np.frombuffer(base64.b64decode(_TABLES[name]), np.uint8).reshape(256, 3)
    return np.hstack([colors, np.full((256, 1), 255, np.uint8)])
