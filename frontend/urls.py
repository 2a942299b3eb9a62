"""Routes of the pages."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from frontend import views

app_name = "frontend"
urlpatterns = [
    path("", views.home, name="home"),
    path("explore/", views.explore, name="explore"),
    path("collections/<str:collection_id>/", views.collection, name="collection"),
    path("items/<str:collection_id>/<str:item_id>/", views.item, name="item"),
    path("items/<str:collection_id>/<str:item_id>/globe/", views.globe, name="globe"),
    path("ingest/", views.ingest, name="ingest"),
    path("upload/", views.ingest, name="upload"),
    path(
        "sign-in/",
        views.SignIn.as_view(
            template_name="frontend/sign_in.html", redirect_authenticated_user=True, next_page="frontend:home"
        ),
        name="sign_in",
    ),
    path("sign-out/", LogoutView.as_view(next_page="frontend:home"), name="sign_out"),
]
