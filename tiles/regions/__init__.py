"""Read parts of images as pixels and numbers: regions, zones, profiles, histograms."""
