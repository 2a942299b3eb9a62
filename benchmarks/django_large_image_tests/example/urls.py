from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework.routers import SimpleRouter

from example.core import viewsets

router = SimpleRouter(trailing_slash=False)
router.register("api/image-file", viewsets.ImageFileDetailViewSet, basename="image-file")
router.register("api/vsi-image-file", viewsets.VSIImageFileDetailViewSet, basename="vsi-image-file")
router.register("api/s3-image-file", viewsets.S3ImageFileDetailViewSet, basename="s3-image-file")
router.register("api/s3-vsi-image-file", viewsets.S3VSIImageFileDetailViewSet, basename="s3-vsi-image-file")

urlpatterns = [
    path("", include("tiles.urls")),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("swagger/", SpectacularSwaggerView.as_view(), name="swagger"),
    *router.urls,
]
