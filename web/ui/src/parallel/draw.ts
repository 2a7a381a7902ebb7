// Draws the lines of the parallel coordinates on a canvas: thousands of them in a few tens of
// milliseconds, which as elements of the page they would not be.
import type { Objective } from "../api/types.js";
import type { Row } from "../model/table.js";
import { ramp, style } from "../plot/colours.js";
import { type Axis, place, valueOf } from "./axes.js";

export interface Frame {
	width: number;
	height: number;
	top: number; // of the axes
	bottom: number; // of the axes; what is absent passes below
	absent: number; // where
	xs: number[]; // of each axis
}

export const toY = (frame: Frame, at: number | null): number =>
	at === null ? frame.absent : frame.bottom - at * (frame.bottom - frame.top);

const MOST = 4000;

// At most so many lines: all of the best quarter, and every so-manieth of the others.
export function thin(rows: readonly Row[], ranks: ReadonlyMap<number, number>): Row[] {
	if (rows.length <= MOST) return rows.slice();
	const best = rows.filter((row) => (ranks.get(row.number) ?? 1) <= MOST / 4 / rows.length);
	const kept = new Set(best);
	const others = rows.filter((row) => !kept.has(row));
	const every = others.length / (MOST - best.length);

	for (let i = 0; i < others.length; i += every) kept.add(others[Math.floor(i)]!);
	return rows.filter((row) => kept.has(row));
}

function line(context: CanvasRenderingContext2D, frame: Frame, points: (number | null)[]): void {
	context.beginPath();
	points.forEach((at, i) => {
		const y = toY(frame, at);

		if (i === 0) context.moveTo(frame.xs[i]!, y);
		else context.lineTo(frame.xs[i]!, y);
	});
	context.stroke();
}

interface Lines {
	axes: Axis[];
	objectives: readonly Objective[];
	rows: readonly Row[];
	passing: ReadonlySet<number>;
	ranks: ReadonlyMap<number, number>; // 0: the best, 1: the worst
}

// The number of lines of trials that pass, for those who ask what was drawn.
export function drawLines(canvas: HTMLCanvasElement, frame: Frame, lines: Lines): number {
	const { axes, objectives, ranks, passing } = lines;
	const ratio = window.devicePixelRatio || 1;
	const context = canvas.getContext("2d", { willReadFrequently: true })!;
	const rank = (row: Row) => ranks.get(row.number) ?? 2;
	const worstFirst = thin(lines.rows, ranks).sort((a, b) => rank(b) - rank(a));
	const shown = worstFirst.filter((row) => passing.has(row.number));
	const points = (row: Row) => axes.map((axis) => place(axis, valueOf(axis, row, objectives)));
	const strength = Math.max(0.12, Math.min(0.85, 60 / Math.max(1, shown.length)));

	canvas.width = frame.width * ratio;
	canvas.height = frame.height * ratio;
	context.setTransform(ratio, 0, 0, ratio, 0, 0);
	context.lineWidth = 1;
	context.strokeStyle = style("--faint-line");
	if (shown.length < worstFirst.length)
		for (const row of worstFirst) if (!passing.has(row.number)) line(context, frame, points(row));
	for (const row of shown) {
		const at = ranks.get(row.number);
		const isBest = at !== undefined && at <= 0.02;

		context.globalAlpha = isBest ? 1 : strength;
		context.lineWidth = isBest ? 2 : 1.25;
		context.strokeStyle = at === undefined ? style("--fill-failed") : ramp(1 - at);
		line(context, frame, points(row));
	}
	context.globalAlpha = 1;
	return shown.length;
}
