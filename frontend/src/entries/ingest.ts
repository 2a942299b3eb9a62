import "../elements/geo-ingest";
