// The summary table: all trials, of which only those in view are rows of the page.
import { useEffect, useRef, useState } from "preact/hooks";

import type { StudyModel } from "../model/study.js";
import type { Column, StudyView } from "../model/view.js";
import { TableTools } from "./TableTools.js";
import { TrialRow } from "./TrialRow.js";

export const ROW_PX = 34;
const SPARE = 8; // rows above and below what is seen

function Heading({ view, column }: { view: StudyView; column: Column }) {
	const [key, down] = view.sort.value;
	const here = key === column.key;

	return (
		<th scope="col" class={column.kind} aria-sort={!here ? "none" : down ? "descending" : "ascending"}>
			<button class="sort" title={column.title} onClick={() => view.setSort(column.key)}>
				{column.title}<span aria-hidden="true">{here ? (down ? " ▾" : " ▴") : ""}</span>
			</button>
		</th>
	);
}

// Which rows are in view, as the person scrolls.
function useWindow(total: number) {
	const ref = useRef<HTMLDivElement>(null);
	const [range, setRange] = useState({ top: 0, height: 480 });

	useEffect(() => {
		const element = ref.current;

		if (element === null) return;
		const look = () => setRange((was) =>
			Math.abs(was.top - element.scrollTop) < ROW_PX / 2 && was.height === element.clientHeight
				? was : { top: element.scrollTop, height: element.clientHeight });
		const observer = new ResizeObserver(look);

		element.addEventListener("scroll", look, { passive: true });
		observer.observe(element);
		return () => {
			element.removeEventListener("scroll", look);
			observer.disconnect();
		};
	}, [total === 0]);
	const first = Math.max(0, Math.min(Math.floor(range.top / ROW_PX), total - 1) - SPARE);
	const last = Math.min(total, Math.ceil((range.top + range.height) / ROW_PX) + SPARE);

	return { ref, first: Math.min(first, last), last };
}

function Spacer({ rows }: { rows: number }) {
	return rows > 0 ? <tr aria-hidden="true" class="spacer"><td style={{ height: `${rows * ROW_PX}px` }} /></tr> : null;
}

export function TrialTable({ model, view }: { model: StudyModel; view: StudyView }) {
	const rows = view.sorted.value;
	const columns = view.shown.value;
	const { ref, first, last } = useWindow(rows.length);
	const width = columns.reduce((sum, column) => sum + column.width, 44 + 92);

	return (
		<section class="panel wide" data-panel="table" aria-label="Trials" id="trials">
			<TableTools model={model} view={view} />
			<div class="scroll virtual" ref={ref} tabIndex={0} role="region" aria-label="Table of trials">
				<table class="trials" aria-rowcount={rows.length + 1} style={{ minWidth: `${width}px` }}>
					<colgroup>
						<col style={{ width: "44px" }} />
						{columns.map((column) => <col key={column.key} style={{ width: `${column.width}px` }} />)}
						<col style={{ width: "92px" }} />
					</colgroup>
					<thead>
						<tr aria-rowindex={1}>
							<th scope="col"><span class="hidden">Chosen</span></th>
							{columns.map((column) => <Heading key={column.key} view={view} column={column} />)}
							<th scope="col"><span class="hidden">Actions</span></th>
						</tr>
					</thead>
					<tbody>
						<Spacer rows={first} />
						{rows.slice(first, last).map((row, i) => (
							<TrialRow key={row.number} model={model} view={view} row={row} columns={columns} index={first + i + 2} />
						))}
						<Spacer rows={rows.length - last} />
					</tbody>
				</table>
				{rows.length === 0 && <p class="nothing">No trial fits the filter.</p>}
			</div>
		</section>
	);
}
