from typing import Any

from django.db import migrations, models


def note_personal_files(apps: Any, schema_editor: Any) -> None:
    """Keep the originals of slides with label or macro, and of DICOM, for editors, as ingest does from now on."""
    del schema_editor
    item_model, file_model = (apps.get_model("catalog", name) for name in ("Item", "ChecksumFile"))
    file_model.objects.filter(driver="dicom").update(personal=True)
    slides = item_model.objects.filter(properties__has_key="geodata:associated_images").exclude(asset_files={})
    for item in slides.only("collection_id", "properties", "asset_files").iterator():
        names = item.properties["geodata:associated_images"]
        if isinstance(names, list) and any(name != "thumbnail" for name in names) and "data" in item.asset_files:
            file_model.objects.filter(pk=item.asset_files["data"], collection_id=item.collection_id).update(personal=True)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0006_readers")]
    operations = [
        migrations.AddField("checksumfile", "personal", models.BooleanField(default=False, editable=False)),
        migrations.RunPython(note_personal_files, migrations.RunPython.noop),
    ]
