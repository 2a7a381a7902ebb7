// A figure as a table, for those who hear it rather than see it.
import type { Figure } from "../api/types.js";
import { number } from "../view/format.js";

type Trace = Record<string, any>;

export interface ValueTable {
	heads: string[];
	rows: string[][]; // at most MOST
	count: number; // of all values
}

const MOST = 100;

const titleOf = (axis: any): string => plain(axis?.title?.text ?? "");

// The server escapes texts for Plotly, which reads some HTML in them.
const plain = (text: string): string =>
	text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");

// "x2" names the axis "xaxis2" of the layout.
function axisOf(layout: Trace, trace: Trace, letter: string): any {
	const name: string = trace[`${letter}axis`] ?? letter;

	return trace.scene !== undefined || /3d$/.test(trace.type ?? "")
		? layout.scene?.[`${letter}axis`]
		: layout[name.replace(letter, `${letter}axis`)];
}

// What stands at an axis for a place on it: its own words where it has some, each up to the next.
function wordOf(axis: any, value: unknown): string {
	const places: unknown = axis?.tickvals;

	if (typeof value !== "number" || !Array.isArray(places) || !Array.isArray(axis.ticktext)) return text(value);
	const below = places.map(Number).filter((place) => place <= value);

	return below.length === 0 ? text(value) : String(axis.ticktext[places.indexOf(Math.max(...below))]);
}

function text(value: unknown): string {
	if (typeof value !== "string") return number(value);
	return plain(value).replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d).*Z$/, "$1 $2");
}

interface Point {
	trace: Trace;
	at: number;
	row?: number; // of a matrix
}

function pointsOf(trace: Trace): Point[] {
	if (Array.isArray(trace.z?.[0]))
		return (trace.z as unknown[][]).flatMap((list, row) => list.map((_, at) => ({ trace, at, row })));
	const length = Math.max(trace.x?.length ?? 0, trace.y?.length ?? 0);

	return Array.from({ length }, (_, at) => ({ trace, at }));
}

const trialOf = ({ trace, at }: Point): unknown => {
	const own = trace.customdata?.[at];

	return trace.meta?.trial ?? (Array.isArray(own) ? own[0] : own);
};

type Column = [head: string, cell: (point: Point) => string];

function columnsOf({ data, layout }: Figure): Column[] {
	const heads = (letter: string) => [...new Set(data.map((trace) => titleOf(axisOf(layout, trace, letter))).filter(Boolean))];
	const place = (letter: string): Column => {
		const names = heads(letter);

		return [names.length > 1 ? "value" : names[0] ?? (layout[`${letter}axis`]?.type === "date" ? "time" : letter),
			({ trace, at, row }) => wordOf(axisOf(layout, trace, letter), trace[letter]?.[letter === "y" && row !== undefined ? row : at])];
	};
	const has = (key: string): boolean => data.some((trace) => trace[key]?.length > 0);
	const columns: Column[] = [];

	if (data.length > 1) columns.push(["series", ({ trace }) => text(trace.name ?? "")]);
	if (has("customdata")) columns.push(["trial", (point) => text(trialOf(point))]);
	if (has("base"))
		columns.push(["start", ({ trace, at }) => text(trace.base?.[at])], ["milliseconds", ({ trace, at }) => text(trace.x[at])]);
	else columns.push(place("x"));
	columns.push(place("y"));
	if (has("z"))
		columns.push([titleOf(layout.scene?.zaxis) || plain(layout.meta?.objective ?? "z"),
			({ trace, at, row }) => text(row === undefined ? trace.z?.[at] : trace.z[row][at])]);
	else if (data[0]?.marker?.colorbar !== undefined)
		columns.push([titleOf(data[0].marker.colorbar), ({ trace, at }) => text(trace.marker?.color?.[at])]);
	return columns;
}

// Of many values, every so many: those that are left out lie between two that are there.
export function valuesOf(figure: Figure): ValueTable {
	const points = figure.data.flatMap(pointsOf);
	const columns = columnsOf(figure);
	const step = Math.max(1, points.length / MOST);
	const kept = Array.from({ length: Math.min(MOST, points.length) }, (_, i) => points[Math.floor(i * step)]!);

	return {
		heads: columns.map(([head]) => head),
		rows: kept.map((point) => columns.map(([, cell]) => cell(point))),
		count: points.length,
	};
}

// What the server says of a figure that shows a part: "the last 1700 of 10000 trials".
export function partOf(figure: Figure): string {
	return /: (.*\bof\b.*)$/.exec(titleOf(figure.layout))?.[1] ?? "";
}
