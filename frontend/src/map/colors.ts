/** The map's colours come from the same CSS variables as the page's, and follow its theme. */

export interface MapColors {
  land: string;
  border: string;
  graticule: string;
  label: string;
  footprint: string;
  footprintFill: string;
  scene: string;
  highlight: string;
  highlightFill: string;
  box: string;
}

export function mapColors(element: Element = document.documentElement): MapColors {
  const style = getComputedStyle(element);
  const read = (name: string) => style.getPropertyValue(`--map-${name}`).trim() || "#888";
  return {
    land: read("land"),
    border: read("border"),
    graticule: read("graticule"),
    label: read("label"),
    footprint: read("footprint"),
    footprintFill: read("footprint-fill"),
    scene: read("scene"),
    highlight: read("highlight"),
    highlightFill: read("highlight-fill"),
    box: read("box"),
  };
}

/** Calls back when the system's or the page's theme changes; returns what stops it. */
export function onThemeChange(callback: () => void): () => void {
  const query = window.matchMedia("(prefers-color-scheme: dark)");
  const observer = new MutationObserver(callback);
  observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  query.addEventListener("change", callback);
  return () => {
    observer.disconnect();
    query.removeEventListener("change", callback);
  };
}
