// Before anything is painted, and so not a module: a chosen theme must not flash the other one first.
try {
  const theme = localStorage.getItem("geodata-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden: the system's theme it is.
}
