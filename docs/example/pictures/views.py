from typing import ClassVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from rest_framework.serializers import ModelSerializer
from rest_framework.viewsets import ModelViewSet

from pictures.models import Picture
from tiles.rest import LargeImageFileDetailMixin


class PictureSerializer(ModelSerializer):  # type: ignore[type-arg]
    class Meta:
        model = Picture
        fields = ("id", "title", "file")


class PictureViewSet(LargeImageFileDetailMixin, ModelViewSet):  # type: ignore[type-arg]
    """Pictures, and below each its tiles: ``/api/pictures/1/tiles/0/0/0.png``."""

    queryset = Picture.objects.order_by("pk")
    serializer_class = PictureSerializer
    FILE_FIELD_NAME: ClassVar[str] = "file"


def show_picture(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "pictures/picture.html", {"picture": get_object_or_404(Picture, pk=pk)})


def show_globe(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "pictures/globe.html", {"picture": get_object_or_404(Picture, pk=pk)})
