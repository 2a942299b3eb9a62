"""Read slides and other images in pixel space: pyramids, planes, native tiles, DeepZoom and IIIF."""
