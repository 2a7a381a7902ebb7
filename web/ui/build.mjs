// Builds the page: node build.mjs OUT, in a folder with node_modules, src and the files beside it.
import { copyFileSync, mkdirSync } from "node:fs";
import { build } from "esbuild";

const out = process.argv[2];

// What is loaded as it is; the second bundle of Plotly only where a figure has three axes.
const copied = {
	"index.html": "index.html",
	"icon.svg": "icon.svg",
	"plotly.css": "plotly.css",
	"node_modules/plotly.js-cartesian-dist-min/plotly-cartesian.min.js": "plotly.js",
	"node_modules/plotly.js-gl3d-dist-min/plotly-gl3d.min.js": "plotly3d.js",
};

mkdirSync(out, { recursive: true });
for (const [from, to] of Object.entries(copied))
	copyFileSync(from, `${out}/${to}`);

await build({
	entryPoints: { app: "src/main.tsx" },
	outdir: out,
	bundle: true,
	minify: true,
	format: "esm",
	target: "es2022",
	jsx: "automatic",
	jsxImportSource: "preact",
	preserveSymlinks: true,
	legalComments: "none",
	logLevel: "warning",
});
