from rest_framework import mixins, serializers, viewsets

from example.core.models import ImageFile, S3ImageFile
from tiles.rest import LargeImageFileDetailMixin, LargeImageVSIFileDetailMixin


class ImageFileSerializer(serializers.ModelSerializer):
    class Meta:
        model = ImageFile
        fields = "__all__"


class S3ImageFileSerializer(serializers.ModelSerializer):
    class Meta:
        model = S3ImageFile
        fields = "__all__"


# The order of bases is django-large-image's.
class ImageFileDetailViewSet(mixins.ListModelMixin, viewsets.GenericViewSet, LargeImageFileDetailMixin):
    queryset = ImageFile.objects.all()
    serializer_class = ImageFileSerializer
    FILE_FIELD_NAME = "file"


class VSIImageFileDetailViewSet(mixins.ListModelMixin, viewsets.GenericViewSet, LargeImageVSIFileDetailMixin):
    queryset = ImageFile.objects.all()
    serializer_class = ImageFileSerializer
    FILE_FIELD_NAME = "file"


class S3ImageFileDetailViewSet(mixins.ListModelMixin, viewsets.GenericViewSet, LargeImageFileDetailMixin):
    queryset = S3ImageFile.objects.all()
    serializer_class = S3ImageFileSerializer
    FILE_FIELD_NAME = "file"


class S3VSIImageFileDetailViewSet(mixins.ListModelMixin, viewsets.GenericViewSet, LargeImageVSIFileDetailMixin):
    queryset = S3ImageFile.objects.all()
    serializer_class = S3ImageFileSerializer
    FILE_FIELD_NAME = "file"
