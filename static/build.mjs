// Bundles the islands into static/dist: `node build.mjs`, or `node build.mjs --watch` while working on them.
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const folder = dirname(fileURLToPath(import.meta.url));
const watches = process.argv.includes("--watch");
const options = {
  absWorkingDir: folder,
  entryPoints: { editor: "editor/editor.tsx", overlay: "editor/overlay.tsx", morph: "editor/morph.ts" },
  outdir: join(folder, "dist"),
  bundle: true,
  splitting: true, // CodeMirror and the layout are loaded when they are needed
  format: "esm",
  target: "es2023",
  jsx: "automatic",
  minify: !watches,
  sourcemap: watches,
  define: { "process.env.NODE_ENV": watches ? '"development"' : '"production"' },
  chunkNames: "chunk-[hash]",
  legalComments: "linked",
  logLevel: "warning",
};

rmSync(options.outdir, { recursive: true, force: true });
if (watches) await (await esbuild.context(options)).watch();
else await esbuild.build(options);
