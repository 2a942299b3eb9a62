/** The bands of an item's imagery, and the styles that make sense of them. */
import { type Asset, type Band, findLink, type Item, itemTitle } from "../api/stac";
import { strings } from "../strings";
import { NO_STYLE, type Style } from "./style";

export interface BandEntry {
  /** The asset that it lies in. */
  asset: string;
  /** From 1, within its asset. */
  index: number;
  name: string;
  /** `red`, `nir`, …; empty where nobody says. */
  common: string;
  band: Band;
}

export interface Preset {
  id: string;
  title: string;
  style: Style;
}

const IMAGERY = /tiff|jp2|jpeg2000|netcdf|hdf|zarr|svs|dicom/i;
const COMMON = new Set(
  "coastal blue green red rededge nir nir08 nir09 cirrus swir16 swir22 pan lwir lwir11 lwir12 yellow".split(
    " ",
  ),
);

/** Assets that are drawn: those with the role `data`, else those of a raster's media type. */
function imageryAssets(item: Item): [string, Asset][] {
  const assets = Object.entries(item.assets ?? {}).filter(([, { roles }]) => !roles?.includes("thumbnail"));
  const data = assets.filter(([, { roles }]) => roles?.includes("data"));
  return data.length ? data : assets.filter(([, { type }]) => IMAGERY.test(type ?? ""));
}

function bandsOfAsset(asset: Asset & { "eo:bands"?: Band[] }): Band[] {
  const own = asset.bands ?? asset["eo:bands"];
  return own?.length ? own : [{ ...(asset.title && { name: asset.title }) }];
}

function commonName(band: Band, asset: string): string {
  const said = band["eo:common_name"] ?? (band as { common_name?: string }).common_name;
  const names = [said, band.name, band.description, asset].map((name) => name?.toLowerCase() ?? "");
  return names.find((name) => COMMON.has(name)) ?? "";
}

export function bandsOf(item: Item): BandEntry[] {
  return imageryAssets(item).flatMap(([asset, document], _at, all) => {
    const bands = bandsOfAsset(document);
    return bands.map((band, at) => {
      const own = band.description || band.name || `${strings.render.band} ${at + 1}`;
      const name = all.length > 1 ? (bands.length > 1 ? `${asset}: ${own}` : asset) : own;
      return { asset, index: at + 1, name, common: commonName(band, bands.length > 1 ? "" : asset), band };
    });
  });
}

/** The members of a style that draw these bands: numbers among all bands of the assets named. */
export function pick(
  entries: readonly BandEntry[],
  chosen: readonly BandEntry[],
): Pick<Style, "assets" | "bands"> {
  const all = [...new Set(entries.map(({ asset }) => asset))];
  if (all.length < 2) return { assets: [], bands: chosen.map(({ index }) => index) };
  const assets = [...new Set(chosen.map(({ asset }) => asset))];
  const before = (asset: string) =>
    entries.filter(
      (entry) => assets.indexOf(entry.asset) >= 0 && assets.indexOf(entry.asset) < assets.indexOf(asset),
    ).length;
  return { assets, bands: chosen.map(({ asset, index }) => before(asset) + index) };
}

/** The other way round: the entries that a style's numbers mean. */
export function picked(entries: readonly BandEntry[], style: Style): BandEntry[] {
  const assets = style.assets.length ? style.assets : [entries[0]?.asset ?? ""];
  const order = assets.flatMap((key) => entries.filter(({ asset }) => asset === key));
  return style.bands.flatMap((number) => order[number - 1] ?? []);
}

/** A band combination by common names; null where one is missing. */
function combination(
  entries: readonly BandEntry[],
  names: readonly string[],
): Pick<Style, "assets" | "bands"> | null {
  const chosen = names.map((name) => entries.find(({ common }) => common === name));
  return chosen.every((entry) => entry !== undefined) ? pick(entries, chosen as BandEntry[]) : null;
}

/** (first - second) / (first + second), as vegetation and water are told. */
function index(
  entries: readonly BandEntry[],
  names: readonly [string, string],
  colormap: string,
): Style | null {
  const found = combination(entries, names);
  if (!found) return null;
  const [first, second] = found.bands.map((number) => `b${number}`);
  const expression = `(${first}-${second})/(${first}+${second})`;
  return { ...NO_STYLE, assets: found.assets, expression, rescale: [[-0.4, 0.8]], colormap };
}

function renders(item: Item): Preset[] {
  return (item.links ?? []).flatMap(({ rel, href, title }) => {
    if (rel !== "tilejson") return [];
    const render = new URL(href, window.location.href).searchParams.get("render");
    return render ? [{ id: `render:${render}`, title: title ?? render, style: { ...NO_STYLE, render } }] : [];
  });
}

/** What renderings are called that collections have of scenes: where one is there, ours of the same would be its twin. */
const NAMES: Record<string, string> = {
  natural: "true-color",
  infrared: "false-color",
  swir: "swir",
  ndvi: "ndvi",
};

/** As it comes, the collection's own renderings, and what the bands' common names allow. */
export function presetsOf(item: Item): Preset[] {
  if (!findLink(item.links ?? [], "tilejson")) return [];
  const entries = bandsOf(item);
  const text = strings.render.presets;
  const nir = entries.some(({ common }) => common === "nir") ? "nir" : "nir08";
  const composite = (names: string[]): Style | null => {
    const found = combination(entries, names);
    return found && { ...NO_STYLE, ...found };
  };
  const relief = item.geometry && entries.length === 1 && isHeight(entries[0]);
  const made: [string, string, Style | null][] = [
    ["natural", text.natural, entries.length > 3 ? composite(["red", "green", "blue"]) : null],
    ["infrared", text.infrared, composite([nir, "red", "green"])],
    ["swir", text.swir, composite(["swir22", nir, "red"])],
    ["ndvi", text.ndvi, index(entries, [nir, "red"], "rdylgn")],
    ["ndwi", text.ndwi, index(entries, ["green", nir], "rdbu")],
    ["relief", text.relief, relief ? { ...NO_STYLE, algorithm: "hillshade" } : null],
    ["terrain", text.terrain, relief ? { ...NO_STYLE, bands: [1], colormap: "terrain" } : null],
  ];
  const own = renders(item);
  const names = new Set(own.map(({ style }) => style.render));
  return [
    { id: "", title: text.plain, style: NO_STYLE },
    ...own,
    ...made.flatMap(([id, title, style]) =>
      style && !names.has(NAMES[id] ?? "") ? [{ id, title, style }] : [],
    ),
  ];
}

function isHeight(entry: BandEntry | undefined): boolean {
  const { data_type: type = "", unit = "" } = entry?.band ?? {};
  return type !== "uint8" && (/^(m|metre|meter)s?$/i.test(unit) || /int16|int32|float/.test(type));
}

/** The preset whose bands and formula a style has, however it is stretched and coloured. */
export function presetOf(presets: readonly Preset[], style: Style): Preset | undefined {
  const key = ({ render, assets, bands, expression, algorithm }: Style) =>
    JSON.stringify([render, assets, bands, expression, algorithm]);
  return presets.find((preset) => key(preset.style) === key(style));
}

/** Bands of an image that are shown as they are: bytes of few bands, or of colours. */
const FEW_BANDS = 4;
const COLORS = new Set(["red", "green", "blue"]);

/** Whether tiles show these bands' bytes unstretched, as the server does of itself. */
export function areShades(entries: readonly BandEntry[], chosen: readonly BandEntry[]): boolean {
  const single = entries.length === 1 && (chosen[0]?.band.statistics?.maximum ?? 255) < 128;
  return (
    !single &&
    chosen.length > 0 &&
    chosen.every(
      ({ band }) =>
        band.data_type === "uint8" &&
        (entries.length <= FEW_BANDS || COLORS.has(band["geodata:color_interpretation"] ?? "")),
    )
  );
}

/** The entries that are drawn: those chosen, else the first three, or the first of fewer. */
export function drawn(entries: readonly BandEntry[], style: Style): BandEntry[] {
  const chosen = picked(entries, style);
  return chosen.length ? chosen : entries.slice(0, entries.length < 3 ? 1 : 3);
}

/** What is shown, in a few words: for the legend. */
export function describeStyle(item: Item, style: Style): { title: string; ranges: string; colormap: string } {
  const entries = bandsOf(item);
  const text = strings.render;
  const chosen = picked(entries, style).map(({ name }) => name);
  const preset = presetOf(presetsOf(item), style);
  const bands =
    chosen.length === 3 ? text.rgb(chosen) : chosen.length === 1 ? `${text.band} ${chosen[0]}` : "";
  const title =
    (preset?.id && preset.title) || style.expression || style.algorithm || bands || text.presets.plain;
  const detail = preset?.id && bands && !preset.id.startsWith("render:") ? ` · ${bands}` : "";
  const ranges = style.rescale.map(describeRange).join(" · ");
  const fixed = style.render || style.algorithm;
  const automatic =
    areShades(entries, drawn(entries, style)) && !style.expression ? text.asStored : text.automatic;
  return { title: title + detail, ranges: ranges || (fixed ? "" : automatic), colormap: style.colormap };
}

/** An item and how it is drawn, for what is compared. */
export function nameShown(item: Item | null, style: Style = NO_STYLE): string {
  return item ? `${itemTitle(item)} · ${describeStyle(item, style).title}` : "";
}

/** As `describeStyle`, of imagery whose bands nobody names. */
export function styleTitle({ render, expression, algorithm, bands }: Style): string {
  const text = strings.render;
  const numbers = bands.length ? `${text.band} ${bands.join(", ")}` : text.presets.plain;
  return render || expression || algorithm || numbers;
}

export function describeRange([low, high]: readonly [number, number]): string {
  return `${short(low)} – ${short(high)}`;
}

export function short(value: number): string {
  return Number(value.toPrecision(4)).toLocaleString(undefined, { maximumSignificantDigits: 4 });
}
