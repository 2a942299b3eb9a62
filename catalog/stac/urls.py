"""Routes below ``/stac/``."""

from django.urls import path

from catalog.stac.aggregation import views as aggregation
from catalog.stac.core import browsing, previews, views
from catalog.stac.export import views as export_views
from catalog.stac.footprints import views as footprint_tile_views
from catalog.stac.transactions import bulk
from catalog.stac.transactions import views as transactions

urlpatterns = [
    path("", views.LandingView.as_view(), name="stac-landing"),
    path("conformance", views.ConformanceView.as_view(), name="stac-conformance"),
    path("children", views.ChildrenView.as_view(), name="stac-children"),
    path("search", views.SearchView.as_view(), name="stac-search"),
    path("export", export_views.ExportView.as_view(), name="stac-export"),
    path("footprints/tilejson.json", footprint_tile_views.FootprintTileJSONView.as_view(), name="stac-footprints"),
    path(
        "footprints/<int:z>/<int:x>/<int:y>.mvt",
        footprint_tile_views.FootprintTileView.as_view(),
        name="stac-footprint-tile",
    ),
    path("aggregate", aggregation.AggregateView.as_view(), name="stac-aggregate"),
    path("aggregations", aggregation.AggregationsView.as_view(), name="stac-aggregations"),
    path("queryables", views.QueryablesView.as_view(), name="stac-queryables"),
    path("sortables", views.SortablesView.as_view(), name="stac-sortables"),
    path("collections-queryables", views.CollectionsQueryablesView.as_view(), name="stac-collections-queryables"),
    path("collections-sortables", views.CollectionsSortablesView.as_view(), name="stac-collections-sortables"),
    path("collections", transactions.EditableCollectionsView.as_view(), name="stac-collections"),
    path("collections/<str:collection_id>", transactions.EditableCollectionView.as_view(), name="stac-collection"),
    path(
        "collections/<str:collection_id>/queryables",
        transactions.EditableQueryablesView.as_view(),
        name="stac-collection-queryables",
    ),
    path(
        "collections/<str:collection_id>/aggregate",
        aggregation.CollectionAggregateView.as_view(),
        name="stac-collection-aggregate",
    ),
    path(
        "collections/<str:collection_id>/aggregations",
        aggregation.CollectionAggregationsView.as_view(),
        name="stac-collection-aggregations",
    ),
    path("collections/<str:collection_id>/browse", browsing.MonthsView.as_view(), name="stac-months"),
    path("collections/<str:collection_id>/browse/<str:period>", browsing.PeriodView.as_view(), name="stac-period"),
    path(
        "collections/<str:collection_id>/sortables",
        views.CollectionSortablesView.as_view(),
        name="stac-collection-sortables",
    ),
    path("collections/<str:collection_id>/bulk_items", bulk.BulkItemsView.as_view(), name="stac-bulk-items"),
    path("collections/<str:collection_id>/items", transactions.EditableItemsView.as_view(), name="stac-items"),
    path(
        "collections/<str:collection_id>/items/<str:item_id>", transactions.EditableItemView.as_view(), name="stac-item"
    ),
    path(
        "collections/<str:collection_id>/items/<str:item_id>/preview.webp",
        previews.PreviewView.as_view(),
        name="stac-preview",
    ),
]
