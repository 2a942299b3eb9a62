"""Routes below ``/stac/``."""

from django.urls import path

from . import browsing, views

urlpatterns = [
    path("", views.LandingView.as_view(), name="stac-landing"),
    path("conformance", views.ConformanceView.as_view(), name="stac-conformance"),
    path("children", views.ChildrenView.as_view(), name="stac-children"),
    path("search", views.SearchView.as_view(), name="stac-search"),
    path("queryables", views.QueryablesView.as_view(), name="stac-queryables"),
    path("sortables", views.SortablesView.as_view(), name="stac-sortables"),
    path("collections", views.CollectionsView.as_view(), name="stac-collections"),
    path("collections/<str:collection_id>", views.CollectionView.as_view(), name="stac-collection"),
    path(
        "collections/<str:collection_id>/queryables", views.QueryablesView.as_view(), name="stac-collection-queryables"
    ),
    path("collections/<str:collection_id>/browse", browsing.MonthsView.as_view(), name="stac-months"),
    path("collections/<str:collection_id>/browse/<str:period>", browsing.PeriodView.as_view(), name="stac-period"),
    path("collections/<str:collection_id>/sortables", views.SortablesView.as_view(), name="stac-collection-sortables"),
    path("collections/<str:collection_id>/items", views.ItemsView.as_view(), name="stac-items"),
    path("collections/<str:collection_id>/items/<str:item_id>", views.ItemView.as_view(), name="stac-item"),
]
