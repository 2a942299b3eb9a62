/** A scale bar's length: a round number of micrometres that fits. */

export interface Scale {
  /** Screen pixels. */
  width: number;
  label: string;
}

const LONGEST = 140;

/** `size`: micrometres to a screen pixel. */
export function scaleOf(size: number): Scale | null {
  if (!(size > 0) || !Number.isFinite(size)) return null;
  const most = size * LONGEST;
  const power = 10 ** Math.floor(Math.log10(most));
  const length = ([5, 2, 1].find((each) => each * power <= most) ?? 1) * power;
  return { width: length / size, label: formatLength(length) };
}

export function formatLength(micrometres: number): string {
  if (micrometres >= 1e6) return `${round(micrometres / 1e6)} m`;
  if (micrometres >= 1e4) return `${round(micrometres / 1e4)} cm`;
  if (micrometres >= 1e3) return `${round(micrometres / 1e3)} mm`;
  return micrometres >= 1 ? `${round(micrometres)} µm` : `${round(micrometres * 1000)} nm`;
}

const round = (value: number) => Number(value.toPrecision(3)).toString();

/** Powers below and at an objective's, as buttons have them. */
export function magnifications(objective: number): number[] {
  const usual = [1.25, 2.5, 5, 10, 20, 40, 60, 100].filter((each) => each <= objective);
  return usual.length ? usual.slice(-4) : [objective];
}
