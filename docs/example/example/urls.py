from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView
from pictures.views import PictureViewSet, show_globe, show_picture
from rest_framework.routers import SimpleRouter

router = SimpleRouter(trailing_slash=False)
router.register("api/pictures", PictureViewSet, basename="picture")

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/schema/", SpectacularAPIView.as_view()),
    path("pictures/<int:pk>/", show_picture, name="picture-page"),
    path("pictures/<int:pk>/globe/", show_globe, name="picture-globe"),
    path("", include("tiles.urls")),
    path("", include(router.urls)),
]
