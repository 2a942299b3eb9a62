/** The same search, or the same item, for other programs. */
import { type Filters, filterBody, filterQuery, findLink, type Item } from "../api/stac";
import { strings } from "../strings";

export interface Snippet {
  id: string;
  title: string;
  text: string;
}

/** JSON as Python writes it, which knows no true, false and null of ours. */
function python(value: unknown, indent = ""): string {
  if (Array.isArray(value)) return `[${value.map((each) => python(each, indent)).join(", ")}]`;
  if (value && typeof value === "object") {
    const rows = Object.entries(value).map(
      ([name, each]) => `${JSON.stringify(name)}: ${python(each, indent)}`,
    );
    return `{${rows.join(", ")}}`;
  }
  return { true: "True", false: "False", null: "None" }[String(value)] ?? JSON.stringify(value);
}

/** For a shell: within single quotes nothing is special but they themselves. */
const shell = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

export function searchSnippets(filters: Filters, site: string): Snippet[] {
  const body = filterBody(filters);
  const names: Record<string, string> = { "filter-lang": "filter_lang" };
  const keywords = Object.entries(body).map(
    ([name, value]) => `    ${names[name] ?? name}=${python(value)},`,
  );
  const query = filterQuery(filters);
  return [
    {
      id: "python",
      title: "Python (pystac-client)",
      text: [
        "from pystac_client import Client",
        "",
        `catalog = Client.open("${site}/stac/")`,
        "search = catalog.search(",
        ...keywords,
        ")",
        "for item in search.items():",
        "    print(item.id, item.datetime)",
      ].join("\n"),
    },
    {
      id: "curl",
      title: "curl",
      text: `curl -s ${shell(`${site}/stac/search`)} -H 'Content-Type: application/json' \\\n  -d ${shell(JSON.stringify(body))}`,
    },
    {
      id: "javascript",
      title: "JavaScript",
      text: `const answer = await fetch("${site}/stac/search", {\n  method: "POST",\n  headers: { "Content-Type": "application/json" },\n  body: JSON.stringify(${JSON.stringify(body)}),\n});\nconst { features } = await answer.json();`,
    },
    {
      id: "gdal",
      title: "GDAL",
      text: `ogrinfo -so -al ${shell(`/vsicurl/${site}/stac/export?f=geojson${query && `&${query}`}`)}`,
    },
    { id: "qgis", title: `QGIS (${strings.take.stacPlugin})`, text: `${site}/stac/` },
  ];
}

export function itemSnippets(item: Item): Snippet[] {
  const self = findLink(item.links ?? [], "self")?.href ?? "";
  const link = (rel: string) =>
    findLink(item.links ?? [], rel)
      ?.href.replaceAll("%7B", "{")
      .replaceAll("%7D", "}") ?? "";
  const tilejson = link("tilejson");
  const base = tilejson.replace(/tilejson\.json.*$/, "");
  const all: Snippet[] = [
    {
      id: "python",
      title: "Python (pystac)",
      text: `import pystac\n\nitem = pystac.Item.from_file("${self}")\nprint(item.assets)`,
    },
    { id: "curl", title: "curl", text: `curl -s ${shell(self)}` },
    {
      id: "gdal",
      title: "GDAL (WMTS)",
      text: base && item.geometry ? `gdalinfo ${shell(`WMTS:${base}WMTSCapabilities.xml`)}` : "",
    },
    { id: "qgis", title: "QGIS (XYZ)", text: item.geometry ? link("xyz") : "" },
    {
      id: "javascript",
      title: "JavaScript (MapLibre)",
      text:
        tilejson && item.geometry
          ? `map.addSource("imagery", { type: "raster", url: "${tilejson}" });\nmap.addLayer({ id: "imagery", type: "raster", source: "imagery" });`
          : "",
    },
    {
      id: "deepzoom",
      title: "DeepZoom (OpenSeadragon)",
      text: base && !item.geometry ? `${base}deepzoom.dzi` : "",
    },
    { id: "iiif", title: "IIIF Image API 3", text: base && !item.geometry ? `${base}iiif/info.json` : "" },
  ];
  return all.filter(({ text }) => text);
}
