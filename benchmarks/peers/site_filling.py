"""The scenes as items of the site that the environment names, among thousands; prints the id of their search."""

import django

django.setup()

from django.contrib.auth.models import AnonymousUser  # noqa: E402
from django.core.management import call_command  # noqa: E402

from benchmarks.mosaic_site import item_of, register  # noqa: E402
from benchmarks.scenes import COLLECTION, others, scene_files  # noqa: E402
from catalog.models import ChecksumFile, Item  # noqa: E402
from catalog.services.searches.registering import register_search  # noqa: E402

call_command("migrate", verbosity=0)
register(scene_files(), collection=COLLECTION)
file = ChecksumFile.objects.filter(collection_id=COLLECTION).order_by("name")[0]
Item.objects.bulk_create(item_of(name, box, file, collection=COLLECTION) for name, box in others())
print(register_search(user=AnonymousUser(), body={"collections": [COLLECTION]}, metadata={}).pk)
