// Parallel coordinates: a line a trial. A range chosen on an axis filters the table and dims
// the points of the other figures.
import { useComputed } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";

import { query, setQuery } from "../model/route.js";
import type { StudyModel } from "../model/study.js";
import type { StudyView } from "../model/view.js";
import { isDark } from "../model/theme.js";
import { Panel } from "../panel/Panel.js";
import { useVisible } from "../panel/visible.js";
import { whenIdle } from "../view/idle.js";
import { AxesDialog } from "./AxesDialog.js";
import { type Axis, objectiveAxis, parameterAxis } from "./axes.js";
import { AxisView } from "./AxisView.js";
import { drawLines, type Frame } from "./draw.js";
import { RangeDialog } from "./RangeDialog.js";

const HEIGHT = 340;
const ROOM_PX = 96; // of an axis at least
const AT_FIRST = 12; // parameters

function useAxes(model: StudyModel) {
	return useComputed<Axis[]>(() => {
		const study = model.study.value;
		const rows = model.rows.value.filter((row) => Object.keys(row.params).length > 0);
		const wanted = query("axes") === "" ? null : new Set(query("axes").split(",").map(decodeURIComponent));
		const parameters = (study?.parameters ?? [])
			.filter(({ name }, i) => (wanted === null ? i < AT_FIRST : wanted.has(name)));
		const file = new Map((study?.definition.parameters ?? []).map((p) => [p.name, p.choices ?? []]));

		return [
			...parameters.map((p) => parameterAxis(p, rows, file.get(p.name) ?? [])),
			...model.objectives.value.map((o, i) => objectiveAxis(o, i, rows)),
		];
	});
}

function frameOf(width: number, axes: number, hasAbsent: boolean): Frame {
	const room = Math.max(ROOM_PX, width / Math.max(1, axes));

	return {
		width: Math.max(width, room * axes), height: HEIGHT, top: 40,
		bottom: HEIGHT - (hasAbsent ? 40 : 16), absent: HEIGHT - 16,
		xs: Array.from({ length: axes }, (_, i) => room * (i + 0.5)),
	};
}

function useWidth() {
	const ref = useRef<HTMLDivElement>(null);
	const [width, setWidth] = useState(0);

	useEffect(() => {
		const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)));

		observer.observe(ref.current!);
		return () => observer.disconnect();
	}, []);
	return { ref, width };
}

export function ParallelPanel({ model, view }: { model: StudyModel; view: StudyView }) {
	const { ref, visible } = useVisible<HTMLElement>();
	const box = useWidth();
	const canvas = useRef<HTMLCanvasElement>(null);
	const axes = useAxes(model).value;
	const [editing, setEditing] = useState<string | null>(null);
	const [choosing, setChoosing] = useState(false);
	const frame = frameOf(box.width, axes.length, axes.some((axis) => axis.hasAbsent));
	const brush = view.brush.value;
	const edited = axes.find((axis) => axis.key === editing);
	const dark = isDark.value;
	const passing = view.passing.value;
	const ranks = view.ranks.value;

	useEffect(() => {
		if (!visible || box.width === 0) return;
		// Thousands of lines: what is quick comes first.
		return whenIdle(() => {
			const element = canvas.current;

			if (element === null) return; // the person went elsewhere meanwhile
			const rows = model.rows.value.filter((row) => Object.keys(row.params).length > 0);
			const drawn = drawLines(element, frame, {
				axes, objectives: model.objectives.value, rows, ranks,
				passing: new Set(passing.map((row) => row.number)),
			});

			element.dataset.lines = String(drawn);
		});
	}, [visible, frame.width, axes, passing, ranks, dark]);

	const tools = (
		<>
			<span class="hint">Drag along an axis to choose a range</span>
			{Object.keys(brush).length > 0 && <button class="small" onClick={() => setQuery({ brush: null })}>Clear the brush</button>}
			<button onClick={() => setChoosing(true)}>Axes</button>
		</>
	);

	return (
		<Panel title="Parallel coordinates" name="parallel" wide tools={tools} forwardedRef={ref}>
			<div class="parallel" ref={box.ref} role="region" aria-label="Parallel coordinates" tabIndex={0}>
				<div style={{ width: `${frame.width}px`, height: `${frame.height}px` }}>
					<canvas ref={canvas} style={{ width: `${frame.width}px`, height: `${frame.height}px` }} />
					<svg width={frame.width} height={frame.height}>
						{box.width > 0 && axes.map((axis, i) => (
							<AxisView key={axis.key} axis={axis} x={frame.xs[i]!} frame={frame} wanted={brush[axis.key]}
								room={frame.width / axes.length} set={(wanted) => view.setBrush(axis.key, wanted)}
								edit={() => setEditing(axis.key)} />
						))}
					</svg>
				</div>
			</div>
			{edited && <RangeDialog axis={edited} wanted={brush[edited.key]} onClose={() => setEditing(null)}
				set={(wanted) => view.setBrush(edited.key, wanted)} />}
			{choosing && <AxesDialog model={model} shown={axes} onClose={() => setChoosing(false)} />}
		</Panel>
	);
}
