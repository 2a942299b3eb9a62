import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

const entry = (name: string) => resolve(import.meta.dirname, `src/entries/${name}.ts`);

export default defineConfig({
  // Relative, so that the bundle works under whatever STATIC_URL the site has.
  base: "./",
  publicDir: false,
  build: {
    outDir: "static/frontend/dist",
    emptyOutDir: true,
    manifest: "manifest.json",
    target: "es2022",
    // light-dark(), which the themes are made of.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      input: [entry("site"), entry("explore"), entry("item"), entry("collection"), entry("ingest")],
    },
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.ts"],
  },
});
