// What the viewers share: how they ask, what they say meanwhile and when it fails, their buttons.

const UNREACHABLE = "The server can't be reached.";

// The TileJSON at an address. Rejects with a sentence to show.
export async function fetchTileJson(url) {
  const response = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => {
    throw new Error(UNREACHABLE);
  });
  if (!response.ok) throw new Error(await failureOf(response));
  const tilejson = await response.json().catch(() => ({}));
  if (!tilejson.tiles?.[0]) throw new Error("The server's answer is no TileJSON.");
  return tilejson;
}

// Why a tile doesn't show: a sentence, or "" for one without pixels. That is a 204, which an image takes for an error too.
export async function tileFailure(url) {
  const response = await fetch(url).catch(() => null);
  if (!response) return UNREACHABLE;
  if (response.status === 204) return "";
  return response.ok ? "The browser can't show this picture." : failureOf(response);
}

async function failureOf(response) {
  const answer = await response.json().catch(() => ({}));
  return answer.description || `The server answers ${response.status}.`;
}

// A tile's address, of a TileJSON's template.
export function tileAddress(template, { z, x, y }) {
  return template.replace("{z}", z).replace("{x}", x).replace("{y}", y);
}

// `actions`: a sign, its name and what it does, for each button.
export function buttons(actions) {
  const group = document.createElement("div");
  group.className = "tiles-viewer__buttons";
  for (const [sign, label, act] of actions) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = sign;
    button.title = label;
    button.setAttribute("aria-label", label);
    button.addEventListener("click", act);
    button.addEventListener("pointerdown", (event) => event.stopPropagation());
    group.append(button);
  }
  return group;
}

// A line at the lower edge: what goes on, or what failed, with a button to try again.
export class Notice {
  constructor(host) {
    this.host = host;
    this.element = document.createElement("p");
    this.element.className = "tiles-viewer__message";
  }

  say(text) {
    this.show(text, "status");
  }

  fail(text, retry) {
    this.show(text, "alert");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "tiles-viewer__retry";
    button.textContent = "Try again";
    button.addEventListener("click", () => {
      this.clear();
      this.host.focus();
      retry();
    });
    button.addEventListener("pointerdown", (event) => event.stopPropagation());
    this.element.append(" ", button);
  }

  clear() {
    this.element.remove();
  }

  get isFailure() {
    return this.element.isConnected && this.element.getAttribute("role") === "alert";
  }

  show(text, role) {
    this.element.setAttribute("role", role);
    this.element.textContent = text;
    this.host.append(this.element);
  }
}

// Whose data it is. TileJSON allows HTML there: only its text is shown.
export function credit(attribution) {
  const element = document.createElement("p");
  element.className = "tiles-viewer__credit";
  element.textContent = new DOMParser().parseFromString(attribution, "text/html").body.textContent;
  return element;
}

export function makeFocusable(host, { label, keys }) {
  if (!host.hasAttribute("tabindex")) host.tabIndex = 0;
  host.setAttribute("role", "application");
  if (!host.getAttribute("aria-label")) host.setAttribute("aria-label", label);
  host.setAttribute("aria-description", keys);
}
