"""What a file is by its first bytes, never by its name: the name is whatever its owner wrote."""

HEAD_BYTES = 1024
TIFF_HEADS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
HDF4_HEAD = b"\x0e\x03\x13\x01"
HDF5_HEAD = b"\x89HDF\r\n\x1a\n"
# Where an HDF5 file may begin with it: at 0, 512 and each doubling, as far as any file reaches.
HDF5_STARTS = (0, *(512 << doubling for doubling in range(54)))
NETCDF_HEAD = b"CDF"
SQLITE_HEAD = b"SQLite format 3\0"
CZI_HEAD = b"ZISRAWFILE"
# Of DICOM, 128 bytes come before the mark that are for other formats' own marks, or zero.
DICOM_PREAMBLE = 128
DICOM_MARK = b"DICM"
# The class of a DICOMDIR, which lists other files, as its header spells it.
# https://dicom.nema.org/medical/dicom/current/output/chtml/part04/sect_I.4.html
DICOMDIR_CLASS = b"1.2.840.10008.1.3.10"
# Suffixes that OpenSlide takes for a text or an index of other files.
REFERRING_SUFFIXES = (".vms", ".vmu", ".mrxs", ".vsf")


def is_dicom(head: bytes) -> bool:
    return head[DICOM_PREAMBLE : DICOM_PREAMBLE + len(DICOM_MARK)] == DICOM_MARK


def is_tiff(head: bytes) -> bool:
    return head[:4] in TIFF_HEADS


def openslide_may_read(head: bytes, name: str) -> bool:
    """Return whether OpenSlide may be given a file of these first bytes.

    Its formats of one file are TIFF, DICOM, CZI and SQLite. Everything else it reads as a text that names the files
    with the pixels (Hamamatsu's VMS and VMU), whatever the file is called; a DICOM file with words before its mark may
    be such a text, too.
    """
    if name.lower().endswith(REFERRING_SUFFIXES):
        return False
    if is_dicom(head):
        preamble = head[:DICOM_PREAMBLE]
        return not preamble.strip(b"\0") or is_tiff(preamble)
    return is_tiff(head) or head.startswith((SQLITE_HEAD, CZI_HEAD))
