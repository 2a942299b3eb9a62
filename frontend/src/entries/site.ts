/** On every page: the styles, the theme switch, and what server-rendered parts need. */
import "../styles/site.css";
import "../elements/geo-copy";

const KEY = "geodata-theme";

function currentTheme(): string {
  const chosen = document.documentElement.dataset.theme;
  if (chosen) return chosen;
  return window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

document.querySelector("[data-action=toggle-theme]")?.addEventListener("click", () => {
  const theme = currentTheme() === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  localStorage.setItem(KEY, theme);
});

for (const image of document.querySelectorAll<HTMLImageElement>(".thumb img")) {
  image.addEventListener("error", () => {
    image.hidden = true;
  });
}

// `/` goes to the page's search box, as people know it from elsewhere.
document.addEventListener("keydown", (event) => {
  const typing = event.target instanceof Element && event.target.closest("input, textarea, select");
  const box = document.querySelector<HTMLInputElement>("input[type=search]");
  if (event.key === "/" && !typing && box) {
    event.preventDefault();
    box.focus();
  }
});
