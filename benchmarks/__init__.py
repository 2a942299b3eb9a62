"""Side-by-side measurements: ``python -m benchmarks.tiles``, ``.agreement``, ``.contact_sheet``, ``.floor``."""
