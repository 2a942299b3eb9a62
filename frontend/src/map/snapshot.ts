/** A PNG of what is seen of a map or a slide, with its scale bar. */
import { download } from "../api/download";

type Box = Pick<DOMRect, "left" | "right" | "top">;
type Matrix = [a: number, b: number, c: number, d: number, e: number, f: number];

/** Never less of a map than this is seen beside a drawer. */
const LEAST_SEEN = 100;
const PLATE = { fill: "rgba(255, 255, 255, 0.85)", ink: "#16211f", margin: 12, height: 30 };

/** How wide the map is up to a drawer that lies over it; one below it covers nothing. */
export function seenWidth(map: Box, drawer: Box | undefined): number {
  const covers = drawer !== undefined && drawer.left - map.left > LEAST_SEEN;
  return (covers ? Math.min(map.right, drawer.left) : map.right) - map.left;
}

/** Where a layer's canvas lies on the screen: as its style says, else as large as that makes it. */
export function placement(transform: string, shown: number, width: number): Matrix {
  const numbers = /^matrix\(([^)]*)\)$/.exec(transform)?.[1]?.split(",").map(Number) ?? [];
  if (numbers.length === 6 && numbers.every(Number.isFinite)) return numbers as Matrix;
  const scale = shown > 0 && width > 0 ? shown / width : 1;
  return [scale, 0, 0, scale, 0, 0];
}

/** Of an item's id; nothing in it means anything to a file system. */
export function fileName(id: string): string {
  return `${id.replace(/[^\w.-]+/g, "-").replace(/^[.-]+|[.-]+$/g, "") || "map"}.png`;
}

/**
 * Saves what is seen in `stage`, from a slide where there is one. Raises where a layer's canvas may not be read: with
 * tiles of another host.
 */
export async function saveView(stage: Element, id: string): Promise<void> {
  const map = stage.querySelector("geo-pixels") ?? stage.querySelector("geo-map");
  if (!map) return;
  const box = map.getBoundingClientRect();
  const width = seenWidth(box, stage.querySelector(".drawer")?.getBoundingClientRect());
  const ratio = window.devicePixelRatio || 1;
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(box.height * ratio);
  const context = canvas.getContext("2d");
  if (!context) return;
  context.fillStyle = getComputedStyle(map).backgroundColor;
  context.fillRect(0, 0, canvas.width, canvas.height);
  for (const layer of map.querySelectorAll<HTMLCanvasElement>(":scope > .ol-viewport > .ol-layers canvas"))
    drawLayer(context, layer, ratio);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const bar = stage.querySelector<HTMLElement>(
    map.localName === "geo-pixels" ? ".pixel-scale" : ".ol-scale-line-inner",
  );
  if (bar?.offsetWidth) drawBar(context, bar.offsetWidth, bar.textContent?.trim() ?? "", box.height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  if (blob) download(fileName(id), blob, "image/png");
}

function drawLayer(context: CanvasRenderingContext2D, layer: HTMLCanvasElement, ratio: number): void {
  if (!layer.width) return;
  const [a, b, c, d, e, f] = placement(
    layer.style.transform,
    Number.parseFloat(layer.style.width),
    layer.width,
  );
  context.globalAlpha = Number(layer.parentElement?.style.opacity || layer.style.opacity || 1);
  context.setTransform(a * ratio, b * ratio, c * ratio, d * ratio, e * ratio, f * ratio);
  context.drawImage(layer, 0, 0);
  context.globalAlpha = 1;
}

/** On a plate of its own: it has to be read over any image. */
function drawBar(context: CanvasRenderingContext2D, width: number, label: string, bottom: number): void {
  const { fill, ink, margin, height } = PLATE;
  const top = bottom - margin - height;
  const [left, right, line] = [margin * 2, margin * 2 + width, top + height - 8];
  context.fillStyle = fill;
  context.fillRect(margin, top, width + 2 * margin, height);
  context.strokeStyle = context.fillStyle = ink;
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(left, line - 6);
  context.lineTo(left, line);
  context.lineTo(right, line);
  context.lineTo(right, line - 6);
  context.stroke();
  context.font = "600 12px sans-serif";
  context.textAlign = "center";
  context.fillText(label, (left + right) / 2, line - 6);
}
