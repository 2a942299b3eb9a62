"""Scenes: several files that become one item, described by their metadata, with an asset for each."""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from catalog.errors import CatalogError, Conflict, InvalidInput, SourceRefused, SourceUnreachable, TooLarge
from catalog.extraction.extracting import FILE_EXTENSION, STAC_VERSION, OpenImage, reading, time_properties
from catalog.extraction.rasters import PROJECTION_EXTENSION, RASTER_EXTENSION
from catalog.extraction.result import Extraction, ExtractionError
from catalog.models import ChecksumFile, IngestSource, Item
from catalog.remote.probing import exists, fetch_object
from catalog.scenes.documents import asset_document, footprint_of, item_properties
from catalog.scenes.grouping import chosen_sensors, find_scene, is_lead, path_of, root_of
from catalog.scenes.outlines import valid_outline
from catalog.scenes.scene import Description, SceneAsset, SceneError, SceneFiles, Sensor
from catalog.services.collections.renders import add_renders
from catalog.services.files.storing import store_blob
from catalog.services.ingest.imagery import (
    APPENDED,
    MAX_SUBDATASET,
    REPLACED,
    THUMBNAIL_ASSET,
    THUMBNAIL_PIXELS,
    THUMBNAIL_SECONDS,
    admit_remote_file,
    file_identity,
    own_address,
    read_image,
)
from catalog.services.items.writing import OPENED_AS, upsert_item
from tiles.encoding.formats import WEBP
from tiles.errors import TilesError
from tiles.limits import deadline
from tiles.rendering.preview import render_composite_whole
from tiles.rendering.tile import render_whole
from tiles.sources.protocol import Source
from tiles.sources.raster import RasterSource
from tiles.styling.style import Style

logger = logging.getLogger(__name__)
# Bytes that one file of metadata may have, and seconds that it may take: a Sentinel-1 annotation has some two million.
MAX_METADATA = 32 * 2**20
METADATA_SECONDS = 120.0
# What comes of metadata whose parts are of other kinds than they should.
MALFORMED = (ValueError, TypeError, AttributeError, LookupError, RecursionError)
# Characters of a file's version that its row has room for.
MAX_VERSION = 256
# What the site draws of a scene that brings a thumbnail of its own.
PREVIEW_ASSET = "rendered_preview"


@dataclass
class Scene:
    """The files of a scene: by their paths below its root, locations of remote ones or rows of uploaded ones."""

    source: IngestSource
    sensor: Sensor
    root: str
    id: str
    members: dict[str, str | ChecksumFile]
    warnings: list[str] = field(default_factory=list)

    @property
    def files(self) -> SceneFiles:
        return SceneFiles(self.id, sorted(self.members), self.read)

    def read(self, path: str) -> bytes:
        """Return the content of a small file. Raises SceneError for one that can't be had, for now or for good."""
        member = self.members[path]
        if isinstance(member, ChecksumFile):
            with member.blob.storage.open(str(member.blob.name)) as content:
                return bytes(content.read(MAX_METADATA))
        try:
            return fetch_object(member, accept="*/*", most_bytes=MAX_METADATA, seconds=METADATA_SECONDS).content
        except SourceUnreachable as error:
            if error.transient:
                raise
            raise SceneError("can't be read") from None
        except TooLarge:
            raise SceneError("is too large") from None
        except SourceRefused:
            raise SceneError("is not read here") from None

    def siblings(self, path: str) -> list[str]:
        """Return the names of the scene's files beside one of them that belong to its pixels: its coefficients."""
        folder, _, name = path.rpartition("/")
        wanted = {name + suffix for suffix in APPENDED} | {name.rpartition(".")[0] + suffix for suffix in REPLACED}
        names = (each.rpartition("/") for each in self.members)
        return sorted(found for inside, _, found in names if inside == folder and found in wanted)

    def admit(self, path: str) -> ChecksumFile:
        """Return the row of one of the files, now the collection's."""
        member = self.members[path]
        if isinstance(member, str):
            file = admit_remote_file(self.source, href=member, siblings=self.siblings(path))
            file.save()
            return file
        collection_id = self.source.job.collection_id
        if member.collection_id not in {None, collection_id}:
            raise InvalidInput(f"{member.name} was ingested into another collection.", code="file_not_found")
        ChecksumFile.objects.filter(pk=member.pk).update(collection_id=collection_id)
        member.collection_id = collection_id
        return member


@dataclass
class Found:
    """What was found of a scene's files: rows by asset, documents of the assets, the rasters that opened."""

    files: dict[str, ChecksumFile] = field(default_factory=dict)
    assets: dict[str, dict[str, Any]] = field(default_factory=dict)
    rasters: dict[str, tuple[OpenImage, Extraction]] = field(default_factory=dict)

    def add(
        self, asset: SceneAsset, file: ChecksumFile, image: tuple[OpenImage, Extraction] | None, *, address: str = ""
    ) -> None:
        """Add an asset, by its file and what opening it found; `address`: where its file is handed out."""
        self.files[asset.key] = file
        document = asset_document(asset, image[1] if image else None, given=file.media_type)
        sizes = {"file:size": file.size, "file:checksum": file.checksum or None}
        told = {name: value for name, value in sizes.items() if value is not None}
        self.assets[asset.key] = {"href": address or file.url or own_address(file)} | document | told
        if image:
            self.rasters[asset.key] = image


def write_scene_item(source: IngestSource) -> tuple[Item, list[str]]:
    """Read a scene's files and write its item, the same one at each time; return it, and what is not as it should be.

    Raises ExtractionError, CatalogError where none of its images can be read.
    """
    scene = find_files(source)
    description = _describe(scene)
    warnings = [*scene.warnings, *description.warnings]
    found = _read_assets(scene, description, warnings)
    document = _document(scene, description, found, warnings)
    thumbnail = _thumbnail(description, found)
    if thumbnail:
        key = PREVIEW_ASSET if THUMBNAIL_ASSET in found.assets else THUMBNAIL_ASSET
        found.files[key] = thumbnail
        document["assets"][key] = {
            "href": own_address(thumbnail),
            "type": thumbnail.media_type,
            "title": "Thumbnail" if key == THUMBNAIL_ASSET else "Preview",
            "roles": ["thumbnail"] if key == THUMBNAIL_ASSET else ["thumbnail", "overview"],
            "file:size": thumbnail.size,
        }
    item = _upsert(source, document, found.files)
    renders = {
        name: render for name, render in description.renders.items() if set(render["assets"]) <= found.rasters.keys()
    }
    add_renders(collection_id=item.collection_id, renders=renders, prefix=scene.sensor.name)
    return item, warnings


def _describe(scene: Scene) -> Description:
    """Return what the scene's metadata say. Raises InvalidInput for what strangers' files made of them."""
    try:
        return scene.sensor.describe(scene.files)
    except SceneError as error:
        raise InvalidInput(f"The scene can't be described: {error}.", code="metadata_invalid") from None
    except MALFORMED as error:
        logger.info("The metadata of %s are malformed", scene.id, exc_info=True)
        raise InvalidInput(
            f"The metadata of {scene.id} are not as its sensor's are ({type(error).__name__}).", code="metadata_invalid"
        ) from None


def find_files(source: IngestSource) -> Scene:
    """Find the files of a scene: those that were given, and the metadata beside them or what the metadata name."""
    hrefs = list(source.parts)
    uploads = {file.name: file for file in source.uploads.all()}
    sensors = chosen_sensors(source.job.options.get("scenes"))
    group = find_scene(next(iter([*hrefs, *uploads]), source.href), sensors)
    if group is None or group.sensor is None or not (hrefs or uploads):
        raise InvalidInput("The files of this scene are gone.", code="file_not_found")
    root = root_of(source.href, map(path_of, [*hrefs, *uploads]))
    members: dict[str, str | ChecksumFile] = {path_of(href).removeprefix(root): href for href in hrefs}
    members |= {name.removeprefix(root): file for name, file in uploads.items()}
    scene = Scene(source, group.sensor, root, group.id, members)
    is_listed = source.parent_id is not None or source.job.watch_id is not None
    if hrefs and not is_listed and not any("?" in href and "://" in href for href in hrefs):
        _look_around(scene)
    return scene


def _look_around(scene: Scene) -> None:
    """Add files that were not given: a scene's metadata, or, where only these were, the images that they name."""
    leads = [path for path in scene.members if is_lead(scene.root + path, scene.sensor)]
    if not leads:
        names = list(scene.sensor.leads(scene.id))
    elif len(leads) == len(scene.members):
        try:
            names = list(scene.sensor.companions(scene.files))
        except SceneError:
            return
    else:
        return
    for name in dict.fromkeys(names):
        if name not in scene.members and exists(scene.root + name):
            scene.members[name] = scene.root + name


def _read_assets(scene: Scene, description: Description, warnings: list[str]) -> Found:
    """Admit and open the scene's files; one that is missing or damaged is told, and the others go on without it."""
    found = Found()
    failure: CatalogError | ExtractionError | None = None
    for asset in description.assets:
        name = asset.path.rpartition("/")[2]
        if asset.key in found.assets:
            warnings.append(f"{name} is left out: there is another {asset.key!r}.")
            continue
        try:
            file = scene.admit(asset.path)
            image = read_image(file) if asset.is_raster else None
            file.save(update_fields=OPENED_AS)
            found.add(asset, file, image)
            if image and asset.has_variables:
                _read_variables(asset, file, image[1], found)
        except (SourceRefused, SourceUnreachable, ExtractionError, InvalidInput) as error:
            if isinstance(error, SourceUnreachable) and error.transient:
                raise
            failure = failure or error
            warnings.append(f"{name} is left out: {error.message}")
    if not found.rasters:
        raise failure or ExtractionError("not_an_image", f"{scene.id} has no images, only metadata.")
    return found


def _read_variables(asset: SceneAsset, file: ChecksumFile, extraction: Extraction, found: Found) -> None:
    """Add an asset for each variable of a file of several."""
    chosen = extraction.asset.get("geodata:subdataset")
    if not chosen:
        return
    for variable in (chosen, *extraction.asset.get("geodata:other_subdatasets", ())):
        key = re.sub(r"[^\w.-]+", "_", variable.rpartition(":")[2].rpartition("/")[2])
        if key in found.assets or len(variable) > MAX_SUBDATASET or len(f"{file.version}:{variable}") > MAX_VERSION:
            continue
        own = _variable_row(file, variable)
        image = read_image(own, variable=variable)
        own.save(update_fields=OPENED_AS)
        bands = image[1].asset.get("bands") or [{}]
        title = bands[0].get("description", "")
        told = SceneAsset(path=asset.path, key=key, title=title, fields={"geodata:subdataset": variable})
        found.add(told, own, image, address=file.url or own_address(file))


def _variable_row(file: ChecksumFile, variable: str) -> ChecksumFile:
    """Return the row by which one variable of a file is opened: the same object under a version of its own."""
    # As `tiles` tells variables apart, so that all are read from one copy.
    version = f"{file.version}:{variable}"
    same: dict[str, Any] = {
        "collection_id": file.collection_id,
        "url": file.url,
        "blob": str(file.blob.name or ""),
        "version": version,
    }
    copied = ("owner_id", "name", "media_type", "size", "etag", "last_modified", "siblings", "driver")
    # Without a checksum: it is no upload of its own, which others could take in.
    row, _ = ChecksumFile.objects.update_or_create(**same, defaults={name: getattr(file, name) for name in copied})
    return row


def _document(scene: Scene, description: Description, found: Found, warnings: list[str]) -> dict[str, Any]:
    """Build the scene's STAC Item."""
    extractions = {key: extraction for key, (_, extraction) in found.rasters.items()}
    properties = item_properties(description, extractions, warnings)
    if properties.get("datetime") is None and "start_datetime" not in properties:
        dated = next((each for each in extractions.values() if each.datetime), next(iter(extractions.values())))
        properties = time_properties(dated, ingested=None) | {k: v for k, v in properties.items() if k != "datetime"}
    if warnings:
        properties["geodata:warnings"] = list(warnings)
    if description.is_tilted:
        description.geometry = _valid_outline(description, found) or description.geometry
    footprint = footprint_of(description, extractions)
    item_id = scene.source.job.options.get("item_id") or description.id
    document: dict[str, Any] = {
        "type": "Feature",
        "stac_version": STAC_VERSION,
        "stac_extensions": [
            *dict.fromkeys((*description.extensions, PROJECTION_EXTENSION, RASTER_EXTENSION, FILE_EXTENSION))
        ],
        "id": item_id,
        "geometry": footprint.geometry if footprint else None,
        "properties": properties,
        "links": [],
        "assets": found.assets,
        "collection": scene.source.job.collection_id,
    }
    return document | ({"bbox": footprint.bbox} if footprint else {})


def _valid_outline(description: Description, found: Found) -> dict[str, Any] | None:
    """Return the outline of the first band's valid pixels; None where they tell nothing, or can't be read now."""
    first = next((asset.key for asset in description.assets if asset.bands and asset.key in found.rasters), "")
    source = found.rasters[first][0].source if first else None
    try:
        with reading(description.id):
            return valid_outline(source) if isinstance(source, RasterSource) else None
    except ExtractionError:
        return None


def _upsert(source: IngestSource, document: dict[str, Any], files: Mapping[str, ChecksumFile]) -> Item:
    identities = {file_identity(file) for file in files.values() if file.url or file.checksum}

    def is_of(item: Item) -> bool:
        """Return whether an item has any file of this scene, or an older version of one."""
        present = ChecksumFile.objects.filter(pk__in=list(item.asset_files.values()))
        return any(file_identity(file) in identities for file in present if file.url or file.checksum)

    def write(item_id: str) -> Item:
        return upsert_item(
            collection_id=source.job.collection_id,
            document=document | {"id": item_id},
            asset_files={key: str(file.pk) for key, file in files.items()},
            may_replace=is_of,
            user=source.job.owner,
        )

    try:
        return write(document["id"])
    except Conflict:
        # Another scene of the same name has that id already: this one's is told apart by where it lies.
        first = min(files.items())[1]
        return write(f"{document['id']}-{file_identity(first)[:8]}")


def _thumbnail(description: Description, found: Found) -> ChecksumFile | None:
    """Render and store a picture of the scene, in true color where it has the bands."""
    sources, style = _pictured(description, found)
    first = next(iter(found.rasters))
    try:
        with reading(description.id), deadline(THUMBNAIL_SECONDS):
            if len(sources) == 1:
                picture = render_whole(sources[0], style=style, side=THUMBNAIL_PIXELS)
            else:
                picture = render_composite_whole(tuple(sources), style=style, side=THUMBNAIL_PIXELS)
            if picture is None:
                return None
            content = WEBP.encode(picture)
    except (TilesError, ExtractionError) as error:
        logger.warning("No thumbnail of %s: %s", description.id, error)
        return None
    file = found.files[first]
    name = f"thumbnail-{file_identity(file, description.id)[:8]}.webp"
    return store_blob(like=file, name=name, content=content, media_type="image/webp")


def _pictured(description: Description, found: Found) -> tuple[Sequence[Source], Style]:
    """Return what a thumbnail is made of: the images of the first rendering in colors, or what shows most."""
    for render in description.renders.values():
        keys = render["assets"]
        if "expression" not in render and set(keys) <= found.rasters.keys():
            nodata = render.get("nodata")
            style = Style() if nodata is None else Style(nodata=float(nodata))
            sources = [found.rasters[key][0].source for key in keys]
            if len({(source.width, source.height) for source in sources}) == 1:
                return sources, style
    best = min(found.rasters, key=lambda key: "visual" not in found.assets[key].get("roles", ()))
    return [found.rasters[best][0].source], Style()
