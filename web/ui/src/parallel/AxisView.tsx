// One axis: its name, ticks, and the brush that is drawn on it with a pointer. What a pointer
// does here, the name does with the keyboard: it opens the fields of the range.
import { useState } from "preact/hooks";

import type { Brush, Range } from "../model/brush.js";
import { number } from "../view/format.js";
import { type Axis, place, ticks, valueAt } from "./axes.js";
import { type Frame, toY } from "./draw.js";

interface Props {
	axis: Axis;
	x: number;
	frame: Frame;
	wanted: Brush[string] | undefined;
	room: number; // px to the next axis
	set: (wanted: Brush[string] | null) => void;
	edit: () => void;
}

const HALF = 14; // px on either side of the axis that take the pointer
const CLICK_PX = 4;

// The stretches, from 0 to 1, that a brush covers.
function stretches(axis: Axis, wanted: Brush[string] | undefined): [number, number][] {
	if (wanted === undefined) return [];
	if (!Array.isArray(wanted))
		return [[place(axis, Math.max(axis.low, wanted.low)) ?? 0, place(axis, Math.min(axis.high, wanted.high)) ?? 1]];
	const n = axis.choices.length;

	return wanted.map((choice) => axis.choices.indexOf(choice)).filter((i) => i >= 0)
		.map((i) => [i / n, (i + 1) / n]);
}

function brushOf(axis: Axis, from: number, to: number): Brush[string] | null {
	if (axis.kind === "number") {
		const range: Range = { low: Number(valueAt(axis, from).toPrecision(5)), high: Number(valueAt(axis, to).toPrecision(5)) };

		return range;
	}
	const n = axis.choices.length;
	const chosen = axis.choices.filter((_, i) => (i + 1) / n > from && i / n < to);

	return chosen.length === 0 ? null : chosen;
}

// Names that are too long often differ at their ends: what is left out is of the middle.
const cut = (text: string, px: number, letter: number): string => {
	const most = Math.max(4, Math.floor(px / letter));
	const tail = Math.floor((most - 1) / 2);

	return text.length > most ? `${text.slice(0, most - 1 - tail)}…${text.slice(text.length - tail)}` : text;
};

function Labels({ axis, x, frame, room }: Pick<Props, "axis" | "x" | "frame" | "room">) {
	const marks: [number, string][] = axis.kind === "choice"
		? axis.choices.slice(0, 40).map((choice, i) => [(i + 0.5) / axis.choices.length, choice])
		: ticks(axis).map((value) => [place(axis, value) ?? 0, number(value, 4)]);

	return (
		<>
			{marks.map(([at, text]) => (
				<g key={text} class="tick">
					<line x1={x - 3} x2={x + 3} y1={toY(frame, at)} y2={toY(frame, at)} />
					<text x={x + 6} y={toY(frame, at) + 4}>{cut(text, room - 12, 6.6)}</text>
				</g>
			))}
			{axis.hasAbsent && <text class="tick" x={x + 6} y={frame.absent + 4}>none</text>}
		</>
	);
}

export function AxisView({ axis, x, frame, wanted, room, set, edit }: Props) {
	const [drag, setDrag] = useState<[number, number] | null>(null);
	const shareAt = (event: PointerEvent): number => {
		const box = (event.currentTarget as SVGRectElement).ownerSVGElement!.getBoundingClientRect();
		const y = event.clientY - box.top;

		return Math.min(1, Math.max(0, (frame.bottom - y) / (frame.bottom - frame.top)));
	};
	const down = (event: PointerEvent) => {
		(event.currentTarget as SVGRectElement).setPointerCapture(event.pointerId);
		setDrag([shareAt(event), shareAt(event)]);
	};
	const up = () => {
		if (drag === null) return;
		const [from, to] = [Math.min(...drag), Math.max(...drag)];
		const isClick = (to - from) * (frame.bottom - frame.top) < CLICK_PX;

		if (isClick && (wanted !== undefined || axis.kind === "number")) set(null);
		else set(brushOf(axis, from, to));
		setDrag(null);
	};
	const areas: [number, number][] = drag ? [[Math.min(...drag), Math.max(...drag)]] : stretches(axis, wanted);

	return (
		<g class={`axis ${wanted === undefined ? "" : "brushed"}`} data-axis={axis.key}>
			<line class="rail" x1={x} x2={x} y1={frame.top} y2={frame.bottom} />
			<Labels axis={axis} x={x} frame={frame} room={room} />
			{areas.map(([from, to], i) => (
				<rect key={i} class="brush" x={x - 7} width={14} y={toY(frame, to)}
					height={Math.max(1, toY(frame, from) - toY(frame, to))} />
			))}
			<rect class="hit" x={x - HALF} width={2 * HALF} y={frame.top - 4} height={frame.bottom - frame.top + 8}
				onPointerDown={down} onPointerUp={up} onPointerCancel={() => setDrag(null)}
				onPointerMove={(event) => drag && setDrag([drag[0], shareAt(event)])} />
			<g class="name" role="button" tabindex={0} aria-label={`Range of ${axis.key}`} onClick={edit}
				onKeyDown={(event) => (event.key === "Enter" || event.key === " ") && (event.preventDefault(), edit())}>
				<rect x={x - room / 2 + 3} width={Math.max(20, room - 6)} y={2} height={24} rx={5} />
				<text x={x} y={18} text-anchor="middle"><title>{axis.key}</title>{cut(axis.key, room - 8, 8.6)}</text>
			</g>
		</g>
	);
}
