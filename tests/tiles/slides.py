"""Slides drawn for tests: a pyramid of JPEG tiles, OME-TIFFs of many planes."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
import tifftools  # type: ignore[import-untyped]
import zarr  # type: ignore[import-untyped]
from osgeo import gdal

from tiles.slides.tiff_directories import SUB_DIRECTORIES

SIDE = 1000
OME_HEAD = '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:own">'


def write_pyramid(path: Path, *, width: int = SIDE, height: int = 700, big: bool = False) -> Path:
    """Write a tiled, color JPEG TIFF with overviews inside: what most scanners' formats come down to."""
    rows, columns = np.mgrid[0:height, 0:width]
    bands = [columns % 256, rows % 256, (rows + columns) // 8 % 256]
    dataset = gdal.GetDriverByName("GTiff").Create(
        str(path),
        width,
        height,
        3,
        options=[
            "TILED=YES",
            "COMPRESS=JPEG",
            "PHOTOMETRIC=YCBCR",
            "BLOCKXSIZE=256",
            "BLOCKYSIZE=256",
            f"BIGTIFF={'YES' if big else 'NO'}",
        ],
    )
    for number, band in enumerate(bands, start=1):
        dataset.GetRasterBand(number).WriteArray(band.astype(np.uint8))
    dataset.BuildOverviews("AVERAGE", [2, 4])
    dataset.FlushCache()
    return path


def write_ome(
    path: Path,
    *,
    z: int = 1,
    t: int = 1,
    names: tuple[str, ...] = ("DNA",),
    companion: str = "",
    scale: str = 'PhysicalSizeX="0.5" PhysicalSizeY="0.5"',
) -> Path:
    """64 x 48 pixels a plane, all of the value ``10 * (number + 1)`` in the order z, channel, time."""
    count = z * t * len(names)
    channels = "".join(f'<Channel ID="Channel:0:{i}" Name="{name}"/>' for i, name in enumerate(names))
    elsewhere = f'<UUID FileName="{companion}">urn:uuid:other</UUID>'
    data = f'<TiffData IFD="0" PlaneCount="{count}">{elsewhere if companion else ""}</TiffData>'
    text = (
        f'{OME_HEAD}<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint8" SizeX="64" SizeY="48"'
        f' SizeZ="{z}" SizeC="{len(names)}" SizeT="{t}" {scale}>{channels}{data}</Pixels></Image></OME>'
    )
    _write_pages(path, [bytes([10 * (number + 1) % 256]) * (64 * 48) for number in range(count)], text.encode())
    return path


def write_tiled_ome(path: Path, *, z: int = 2, names: tuple[str, ...] = ("DNA", "CD4"), codec: str = "LZW") -> Path:
    """600 x 400 pixels a plane in tiles of 128, with two smaller levels of its own; each plane differs from the others.

    ``codec``: JPEG for bytes, any other for 16 bits.
    """
    planes = [(plane, c) for plane in range(z) for c in range(len(names))]
    directories: list[dict[str, Any]] = []
    for number in range(len(planes)):
        draft = path.with_name(f"plane-{number}.tif")
        _write_plane(draft, number, codec=codec)
        info = tifftools.read_tiff(str(draft))
        first, *smaller = info["ifds"]
        first["tags"][SUB_DIRECTORIES] = {"datatype": 13, "ifds": [[each] for each in smaller]}
        directories.append(first)
    kind = "uint8" if codec == "JPEG" else "uint16"
    channels = "".join(f'<Channel ID="Channel:0:{c}" Name="{name}"/>' for c, name in enumerate(names))
    data = "".join(
        f'<TiffData FirstZ="{plane}" FirstC="{c}" FirstT="0" IFD="{number}" PlaneCount="1"/>'
        for number, (plane, c) in enumerate(planes)
    )
    text = (
        f'{OME_HEAD}<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="{kind}" SizeX="600"'
        f' SizeY="400" SizeZ="{z}" SizeC="{len(names)}" SizeT="1" PhysicalSizeX="0.5" PhysicalSizeY="0.5">'
        f"{channels}{data}</Pixels></Image></OME>"
    )
    directories[0]["tags"][tifftools.Tag.ImageDescription.value] = {"datatype": 2, "data": text}
    tifftools.write_tiff({**info, "ifds": directories}, str(path), allowExisting=True)
    return path


def _write_plane(path: Path, number: int, *, codec: str) -> None:
    rows, columns = np.mgrid[0:400, 0:600]
    kind = gdal.GDT_Byte if codec == "JPEG" else gdal.GDT_UInt16
    options = ["TILED=YES", "BLOCKXSIZE=128", "BLOCKYSIZE=128", f"COMPRESS={codec}"]
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), 600, 400, 1, kind, options=options)
    dataset.GetRasterBand(1).WriteArray((rows * (number + 1) + columns) % (251 if codec == "JPEG" else 40_009))
    dataset.BuildOverviews("AVERAGE", [2, 4])
    dataset.FlushCache()


def write_zarr(path: Path) -> Path:
    """Write an OME-Zarr of 2 channels, 3 planes of focus and 2 levels, each plane filled with ``10 * (number + 1)``."""
    group = zarr.open_group(str(path), mode="w")
    values = np.arange(10, 70, 10, dtype=np.uint8).reshape(2, 3, 1, 1) * np.ones((1, 1, 48, 64), np.uint8)
    for name, level in (("0", values), ("1", values[:, :, ::2, ::2])):
        group.create_dataset(name, data=level, chunks=(1, 1, *level.shape[2:]))
    axes = [{"name": "c", "type": "channel"}, *({"name": name, "type": "space"} for name in "zyx")]
    levels = [
        {"path": name, "coordinateTransformations": [{"type": "scale", "scale": [1, 1, scale, scale]}]}
        for name, scale in (("0", 0.5), ("1", 1.0))
    ]
    group.attrs["multiscales"] = [{"version": "0.4", "axes": axes, "datasets": levels}]
    group.attrs["omero"] = {"channels": [{"label": "DNA", "color": "0000FF"}, {"label": "CD4", "color": "00FF00"}]}
    return path


def _write_pages(path: Path, pages: list[bytes], description: bytes) -> None:
    """Gray 64 x 48 pages, uncompressed. Pillow would take minutes for thousands."""
    out = bytearray(b"II*\0" + (8).to_bytes(4, "little"))
    for number, page in enumerate(pages):
        text = description if number == 0 else b"-"
        entries = [(256, 3, 1, 64), (257, 3, 1, 48), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1)]
        after = len(out) + 2 + 12 * 9 + 4
        entries += [(270, 2, len(text) + 1, after + len(page)) if number == 0 else (270, 2, 2, text[0])]
        entries += [(273, 4, 1, after), (278, 4, 1, 48), (279, 4, 1, len(page))]
        end = after + len(page) + (len(text) + 1 if number == 0 else 0)
        end += end % 2
        out += struct.pack("<H", len(entries))
        for entry in entries:
            out += struct.pack("<HHII", *entry)
        out += struct.pack("<I", end if number + 1 < len(pages) else 0) + page
        out += text + b"\0" if number == 0 else b""
        out += bytes(end - len(out))
    path.write_bytes(out)


def write_jpeg2000_svs(path: Path) -> Path:
    """600 x 400 pixels as Aperio's scanners write them in JPEG 2000: tiles of 128, and two smaller levels."""
    rows, columns = np.mgrid[0:400, 0:600]
    picture = np.stack([columns % 256, rows % 256, (rows * columns) // 97 % 256], axis=-1).astype(np.uint8)
    out = bytearray(b"II*\0" + bytes(4))
    link = 4
    for scale in (1, 2, 4):
        level = picture[::scale, ::scale]
        tiles = [_jpeg2000(level[y : y + 128, x : x + 128]) for y, x in _corners(*level.shape[:2])]
        text = f"Aperio Image Library v11.2.1\r\n{level.shape[1]}x{level.shape[0]}|AppMag = 20|MPP = 0.5\0".encode()
        link = _append_page(out, link, tiles, text, size=(level.shape[1], level.shape[0]))
    path.write_bytes(out)
    return path


def _corners(height: int, width: int) -> list[tuple[int, int]]:
    return [(y, x) for y in range(0, height, 128) for x in range(0, width, 128)]


def _jpeg2000(tile: np.ndarray) -> bytes:
    padded = np.pad(tile, ((0, 128 - tile.shape[0]), (0, 128 - tile.shape[1]), (0, 0)))
    source = gdal.GetDriverByName("MEM").Create("", 128, 128, 3)
    for number in range(3):
        source.GetRasterBand(number + 1).WriteArray(padded[:, :, number])
    options = ["CODEC=J2K", "QUALITY=100", "REVERSIBLE=YES", "YCC=NO"]
    gdal.GetDriverByName("JP2OpenJPEG").CreateCopy("/vsimem/tile.j2k", source, options=options)
    size = gdal.VSIStatL("/vsimem/tile.j2k").size
    file = gdal.VSIFOpenL("/vsimem/tile.j2k", "rb")
    content = bytes(gdal.VSIFReadL(1, size, file))
    gdal.VSIFCloseL(file)
    gdal.Unlink("/vsimem/tile.j2k")
    return content


def _append_page(out: bytearray, link: int, tiles: list[bytes], text: bytes, *, size: tuple[int, int]) -> int:
    """Add a page of tiles in Aperio's JPEG 2000, to which the place ``link`` leads; its own link's place."""
    starts = []
    for tile in tiles:
        starts.append(len(out))
        out += tile
    arrays = [struct.pack("<3H", 8, 8, 8), text, struct.pack(f"<{len(tiles)}I", *starts)]
    arrays.append(struct.pack(f"<{len(tiles)}I", *map(len, tiles)))
    places = []
    for array in arrays:
        out += bytes(len(out) % 2)
        places.append(len(out))
        out += array
    out += bytes(len(out) % 2)
    entries = [(256, 4, 1, size[0]), (257, 4, 1, size[1]), (258, 3, 3, places[0]), (259, 3, 1, 33005)]
    entries += [(262, 3, 1, 2), (270, 2, len(text), places[1]), (277, 3, 1, 3), (284, 3, 1, 1), (322, 3, 1, 128)]
    entries += [(323, 3, 1, 128), (324, 4, len(tiles), places[2]), (325, 4, len(tiles), places[3])]
    out[link : link + 4] = struct.pack("<I", len(out))
    out += struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries) + bytes(4)
    return len(out) - 4
