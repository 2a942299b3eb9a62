from typing import Any

from django.db import migrations, models

from tiles.sources.drivers import ALLOWED_DRIVERS, LARGE_IMAGE_SOURCES

# Parts of names that would lead out of the file, were one of them in a document.
NEVER = ('"', "/vsi", "\\", "\0")


def note_readers(apps: Any, schema_editor: Any) -> None:
    """Move what opens each file from the item's document, which its editors write, to the file's row.

    Of a driver that isn't allowed, and of a variable that could be more than one, nothing is taken over: the reader is
    then found by opening the file.
    """
    del schema_editor
    item_model, file_model = (apps.get_model("catalog", name) for name in ("Item", "ChecksumFile"))
    for item in item_model.objects.exclude(asset_files={}).only("collection_id", "assets", "asset_files").iterator():
        for key, file in item.asset_files.items():
            asset = item.assets.get(key)
            driver, subdataset = ((asset or {}).get(f"geodata:{name}") for name in ("driver", "subdataset"))
            if not isinstance(driver, str) or driver not in ALLOWED_DRIVERS + LARGE_IMAGE_SOURCES:
                continue
            plain = isinstance(subdataset, str) and len(subdataset) <= 1024 and not any(n in subdataset for n in NEVER)
            found = file_model.objects.filter(pk=file, collection_id=item.collection_id)
            found.update(driver=driver, subdataset=subdataset if plain else "")


class Migration(migrations.Migration):
    dependencies = [("catalog", "0005_signature_keys")]
    operations = [
        migrations.AddField("checksumfile", "driver", models.CharField(blank=True, editable=False, max_length=64)),
        migrations.AddField("checksumfile", "subdataset", models.CharField(blank=True, editable=False, max_length=1024)),
        migrations.RunPython(note_readers, migrations.RunPython.noop),
    ]
