"""What every reader is told of a file's own words: pixels, and nothing of people and places."""

import json

from tiles.regions.technical import technical

NAME = "DOE^JANE"
SLIDE = {
    "driver": "openslide",
    "metadata": {
        "openslide": {
            "openslide.comment": f"Aperio Image Library|Title = {NAME}",
            "openslide.vendor": "aperio",
            "openslide.level-count": "3",
            "openslide.level[0].width": "2220",
            "openslide.mpp-x": "0.499",
            "aperio.Title": NAME,
            "aperio.User": NAME,
            "aperio.Filename": NAME,
            "aperio.AppMag": "20",
            "aperio.Date": "12/29/09",
            "tiff.ImageDescription": NAME,
            "tiff.Artist": NAME,
            "tiff.XResolution": "100",
        },
        "dicom": {"ContainerIdentifier": NAME, "PatientID": NAME, "StudyDescription": NAME, "Rows": 512},
        "omeinfo": {
            "Image": [{"Name": NAME, "Description": NAME, "Pixels": {"SizeX": "64", "Channel": {"Name": NAME}}}]
        },
        NAME: {"Rows": 1},
        "magnification": NAME + " and more",
    },
}
RASTER = {
    "driver": "JPEG",
    "geotransform": [0, 1, 0, 0, 0, -1],
    "metadata": {
        "default": {"AREA_OR_POINT": "Area", "TIFFTAG_ARTIST": NAME, "TIFFTAG_DOCUMENTNAME": NAME, "EXIF_Artist": NAME},
        "EXIF": {"EXIF_GPSLatitude": "(48) (51) (29)", "EXIF_Model": "X"},
        "xml:XMP": [NAME],
        "IMAGE_STRUCTURE": {"COMPRESSION": "JPEG"},
    },
    "bands": [{"index": 1, "description": NAME, "overviews": [[8, 8]], "metadata": {"Patient": NAME}}],
}


def test_names_and_places_are_not_told():
    for document in (SLIDE, RASTER):
        told = json.dumps(technical(document))
        assert not any(word in told for word in (NAME, "GPS", "48", "12/29"))


def test_pixels_are_told():
    slide, raster = technical(SLIDE), technical(RASTER)
    assert slide["metadata"]["openslide"] == {
        name: SLIDE["metadata"]["openslide"][name]
        for name in ("openslide.vendor", "openslide.level-count", "openslide.level[0].width", "openslide.mpp-x")
    } | {"aperio.AppMag": "20", "tiff.XResolution": "100"}
    assert slide["metadata"]["dicom"] == {"Rows": 512}
    assert slide["metadata"]["omeinfo"] == {"Image": [{"Pixels": {"SizeX": "64"}}]}
    assert raster["metadata"] == {"default": {"AREA_OR_POINT": "Area"}, "IMAGE_STRUCTURE": {"COMPRESSION": "JPEG"}}
    assert raster["bands"] == [{"index": 1, "overviews": [[8, 8]], "metadata": {}}]
