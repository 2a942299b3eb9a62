from django.core.files.storage import storages
from django.db import models


class ImageFile(models.Model):  # noqa: DJ008
    file = models.FileField()

    class Meta:
        app_label = "core"


class S3ImageFile(models.Model):  # noqa: DJ008
    file = models.FileField(storage=storages["bucket"])

    class Meta:
        app_label = "core"
