from django.db import models


class Picture(models.Model):
    """An uploaded scene, slide or photograph."""

    title = models.CharField(max_length=200)
    file = models.FileField(upload_to="pictures")

    def __str__(self) -> str:
        return self.title
