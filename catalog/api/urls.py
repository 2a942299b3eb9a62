"""Routes under `/api/`."""

from django.urls import path
from drf_spectacular.views import SpectacularSwaggerSplitView

from catalog.api import annotations, collections, files, ingests, schema, signatures, storages, tokens, watches

urlpatterns = [
    path("schema/", schema.SchemaView.as_view(), name="schema"),
    path(
        "docs/",
        SpectacularSwaggerSplitView.as_view(url_name="schema", template_name="catalog/api_docs.html"),
        name="docs",
    ),
    path("collections/", collections.CollectionList.as_view(), name="collection-list"),
    path("collections/<str:collection_id>/", collections.CollectionDetail.as_view(), name="collection-detail"),
    path("collections/<str:collection_id>/members/", collections.MemberList.as_view(), name="collection-members"),
    path(
        "collections/<str:collection_id>/revoke-signatures/",
        signatures.SignatureRevocation.as_view(),
        name="signature-revocation",
    ),
    path("signatures/", signatures.SignatureList.as_view(), name="signature-list"),
    path("files/", files.FileUpload.as_view(), name="file-upload"),
    path("files/<uuid:file_id>/", files.FileDetail.as_view(), name="file-detail"),
    path("files/<uuid:file_id>/verify/", files.FileVerification.as_view(), name="file-verification"),
    # As documents had it that were written before files had their names in it.
    path("files/<uuid:file_id>/download/", files.FileContent.as_view(schema=None), name="file-download"),
    path("files/<uuid:file_id>/<str:name>", files.FileContent.as_view(), name="file-content"),
    path("annotations/", annotations.AnnotationList.as_view(), name="annotation-list"),
    path("annotations/<uuid:annotation_id>/", annotations.AnnotationDetail.as_view(), name="annotation-detail"),
    path("ingests/", ingests.IngestList.as_view(), name="ingest-list"),
    path("ingests/<uuid:job_id>/", ingests.IngestDetail.as_view(), name="ingest-detail"),
    path("ingests/<uuid:job_id>/sources/", ingests.IngestSources.as_view(), name="ingest-sources"),
    path("ingests/<uuid:job_id>/retry/", ingests.IngestRetry.as_view(), name="ingest-retry"),
    path("ingests/<uuid:job_id>/cancel/", ingests.IngestCancel.as_view(), name="ingest-cancel"),
    path("storages/", storages.StorageList.as_view(), name="storage-list"),
    path("storages/<uuid:storage_id>/", storages.StorageDetail.as_view(), name="storage-detail"),
    path("storages/<uuid:storage_id>/check/", storages.StorageCheck.as_view(), name="storage-check"),
    path("storages/<uuid:storage_id>/events/", storages.StorageEvents.as_view(), name="storage-events"),
    path("watches/", watches.WatchList.as_view(), name="watch-list"),
    path("watches/<uuid:watch_id>/", watches.WatchDetail.as_view(), name="watch-detail"),
    path("watches/<uuid:watch_id>/crawl/", watches.WatchCrawl.as_view(), name="watch-crawl"),
    path("watches/<uuid:watch_id>/crawls/", watches.CrawlList.as_view(), name="watch-crawls"),
    path("tokens/", tokens.TokenList.as_view(), name="token-list"),
    path("tokens/<int:pk>/", tokens.TokenDetail.as_view(), name="token-detail"),
]
