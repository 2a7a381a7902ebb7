// Lays the page's looks under a figure of the server, and what is chosen on the page over it.
import type { Figure } from "../api/types.js";
import { colourscale, colourway, STATE_NAMES, stateColour, style } from "./colours.js";

export const is3d = (figure: Figure): boolean => figure.data.some((trace) => /3d$|surface/.test(trace.type));

const MOST_NAMED = 10; // traces with a legend

const axis = () => ({
	gridcolor: style("--grid"),
	zerolinecolor: style("--grid"),
	linecolor: style("--line"),
	tickcolor: style("--line"),
	automargin: true,
	ticklabelstandoff: 3,
	title: { standoff: 8 },
});

function template(): object {
	const { automargin: _, ticklabelstandoff: __, ...plain } = axis();
	const scene = { ...plain, gridcolor: style("--line"), backgroundcolor: "rgba(0,0,0,0)" };
	const scale = colourscale();

	return {
		layout: {
			font: { family: style("--font"), size: 12, color: style("--text-soft") },
			paper_bgcolor: "rgba(0,0,0,0)",
			plot_bgcolor: "rgba(0,0,0,0)",
			colorway: colourway(),
			xaxis: axis(),
			yaxis: axis(),
			// Far enough away that the words of the axes are in the picture, whole.
			scene: { xaxis: scene, yaxis: scene, zaxis: scene, camera: { eye: { x: 1.5, y: 1.5, z: 1.2 }, center: { x: 0, y: 0, z: -0.15 } } },
			hoverlabel: {
				bgcolor: style("--raised"), bordercolor: style("--line"),
				font: { color: style("--text"), family: style("--font"), size: 12 },
			},
			legend: { orientation: "h", yanchor: "bottom", y: 1.02, x: 0, bgcolor: "rgba(0,0,0,0)" },
			colorscale: { sequential: scale, sequentialminus: scale },
		},
		data: {
			scatter: [{ marker: { size: 6, opacity: 0.85 } }],
			scatter3d: [{ marker: { size: 3.5 } }],
			bar: [{ marker: { line: { width: 0 } } }],
			contour: [{ colorscale: scale, line: { width: 0 }, colorbar: { thickness: 10, outlinewidth: 0 } }],
			heatmap: [{ colorscale: scale, colorbar: { thickness: 10, outlinewidth: 0 } }],
		},
	};
}

// The trial of each point of a trace, where the server says it.
function numbers(trace: Record<string, any>): number[] | null {
	const list = trace.customdata;

	if (!Array.isArray(list)) return null;
	return list.map((one) => Number(Array.isArray(one) ? one[0] : one));
}

// Dims the points, or the lines, of trials that are not among the chosen ones.
function dim(trace: Record<string, any>, chosen: ReadonlySet<number>): Record<string, any> {
	const trial = trace.meta?.trial;
	const list = numbers(trace);

	if (typeof trial === "number") return chosen.has(trial) ? trace : { ...trace, opacity: 0.08 };
	if (list === null) return trace;
	return {
		...trace,
		selectedpoints: list.flatMap((number, i) => (chosen.has(number) ? [i] : [])),
		selected: { marker: { opacity: 0.95 } },
		unselected: { marker: { opacity: 0.08 } },
	};
}

// States have their colours everywhere, and scales are ours: they are read on either ground.
function paint(trace: Record<string, any>): Record<string, any> {
	if (trace.type === "contour" || trace.type === "heatmap") {
		const { colorscale: _, reversescale: __, ...rest } = trace;

		return { ...rest, colorscale: colourscale() };
	}
	if (Array.isArray(trace.marker?.color)) {
		const { colorscale: _, reversescale: __, ...marker } = trace.marker;

		return { ...trace, marker: { ...marker, colorscale: colourscale() } };
	}
	const state = STATE_NAMES.find((name) => name === (trace.meta?.state ?? trace.name));

	if (state === undefined) return trace;
	return {
		...trace,
		marker: { ...trace.marker, color: stateColour(state) },
		line: { ...trace.line, color: stateColour(state) },
	};
}

export function dress(figure: Figure, chosen: ReadonlySet<number> | null): Figure {
	const { title, width, height, margin, ...layout } = figure.layout;
	const data = figure.data.map(paint).map((trace) => (chosen === null ? trace : dim(trace, chosen)));
	const coarse = window.matchMedia("(pointer: coarse)").matches;

	return {
		data,
		layout: {
			dragmode: coarse ? false : "zoom",
			...(data.length > MOST_NAMED ? { showlegend: false } : {}),
			...layout,
			template: template(),
			autosize: true,
			margin: is3d(figure) ? { l: 4, r: 4, t: 10, b: 4 } : { l: 52, r: 14, t: 10, b: 44 },
			uirevision: "kept", // what a person zoomed stays so through an update
		},
	};
}
