"""Offer django-large-image's mixins for models with a `FileField`: local files, S3, and any other storage."""

from pathlib import Path
from typing import Any, ClassVar

from django.db.models.fields.files import FieldFile
from osgeo import gdal
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from tiles.errors import SourceNotFound, SourceUnreadable
from tiles.large_image.locations import make_vsi
from tiles.rest.compat.mixins import LargeImageDetailMixin


class LargeImageFileDetailMixin(LargeImageDetailMixin):
    """Serve the imagery of a model's file field; ``FILE_FIELD_NAME`` names it."""

    FILE_FIELD_NAME: ClassVar[str] = ""

    def get_field_file(self) -> FieldFile:
        try:
            found: FieldFile = getattr(self.get_object(), self.FILE_FIELD_NAME)  # type: ignore[attr-defined]
        except (AttributeError, TypeError):
            raise APIException("FILE_FIELD_NAME doesn't name a file field of the viewset's model") from None
        if not found:
            raise SourceNotFound("There is no file yet")
        return found

    def get_path(self, request: Request, pk: Any = None) -> str | Path:  # noqa: ARG002
        """Name the file where its storage has it: nothing is copied."""
        file = self.get_field_file()
        return local_path(file) or vsi_path(file)

    def find_tiff(self, request: Request) -> Any:
        """Open the file at its storage when that isn't this machine."""
        if isinstance(self, LargeImageVSIFileDetailMixin) and self.USE_VSI:
            return super().find_tiff(request)
        file = self.get_field_file()
        return local_path(file) or file.open("rb")


class LargeImageVSIFileDetailMixin(LargeImageFileDetailMixin):
    """Serve a file field's imagery through GDAL's virtual file systems: only the parts of a file that a tile shows."""

    USE_VSI: ClassVar[bool] = True
    # Whether GDAL reads a presigned URL (True) or the bucket itself, with the storage's keys.
    USE_PRESIGNED_URLS: ClassVar[bool] = False

    def get_path(self, request: Request, pk: Any = None) -> str | Path:
        if not self.USE_VSI:
            return super().get_path(request, pk)
        file = self.get_field_file()
        if self.USE_PRESIGNED_URLS and "://" in file.url:
            return make_vsi(file.url)
        return vsi_path(file) if hasattr(file.storage, "bucket_name") else super().get_path(request, pk)

    def get_version(self, request: Request, location: str) -> str:
        """Ask the storage for the version of a presigned URL, whose signature allows no question about the file."""
        if "X-Amz-Signature" not in location:
            return super().get_version(request, location)
        file = self.get_field_file()
        return f"{file.storage.get_modified_time(str(file.name)).timestamp()}-{file.size}"


def local_path(file: FieldFile) -> str:
    """Return the file's path on this machine; empty when it has none."""
    try:
        return str(Path(file.path).absolute())
    except NotImplementedError:
        return ""


def vsi_path(file: FieldFile) -> str:
    """Return ``/vsis3/bucket/key`` of a file in S3 or its like, with GDAL told the storage's keys; else its URL.

    A path stays the same from one request to the next, as the signature of a URL does not.
    """
    storage: Any = file.storage
    bucket = getattr(storage, "bucket_name", "")
    if bucket:
        _tell_gdal(storage, f"/vsis3/{bucket}/")
        prefix = str(getattr(storage, "location", "") or "").strip("/")
        return "/vsis3/" + "/".join(part for part in (bucket, prefix, str(file.name).lstrip("/")) if part)
    url = file.url
    if not url.startswith(("http://", "https://")):
        raise SourceUnreadable("The file's storage gives neither a path nor a URL to read it by")
    return make_vsi(url)


def _tell_gdal(storage: Any, prefix: str) -> None:
    """Tell GDAL credentials and endpoint of the storage, for this bucket alone."""
    endpoint = str(getattr(storage, "endpoint_url", "") or "")
    secure, _, host = endpoint.partition("://")
    options = {
        "AWS_ACCESS_KEY_ID": getattr(storage, "access_key", None),
        "AWS_SECRET_ACCESS_KEY": getattr(storage, "secret_key", None),
        "AWS_SESSION_TOKEN": getattr(storage, "security_token", None),
        "AWS_REGION": getattr(storage, "region_name", None),
        "AWS_S3_ENDPOINT": host or None,
        "AWS_HTTPS": ("YES" if secure == "https" else "NO") if host else None,
        "AWS_VIRTUAL_HOSTING": "FALSE" if host else None,
    }
    for name, value in options.items():
        if value:
            gdal.SetPathSpecificOption(prefix, name, str(value))
