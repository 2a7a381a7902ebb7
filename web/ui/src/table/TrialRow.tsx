// One trial as a row of the table.
import { canLaunch } from "../model/info.js";
import { cell } from "../model/filter.js";
import { trialLink } from "../model/route.js";
import type { StudyModel } from "../model/study.js";
import type { Row } from "../model/table.js";
import type { Column, StudyView } from "../model/view.js";
import { duration, number } from "../view/format.js";
import { Link } from "../view/Link.js";
import { State } from "../view/State.js";
import { now } from "../model/clock.js";
import { archiveTrial, stopTrial } from "../model/commands.js";
import { NoteCell } from "./NoteCell.js";

interface Props {
	model: StudyModel;
	view: StudyView;
	row: Row;
	columns: Column[];
	index: number;
}

function seconds(row: Row): number {
	if (row.state === "running" && row.started !== null) return now.value - row.started;
	return row.seconds;
}

function Content({ model, row, column }: { model: StudyModel; row: Row; column: Column }) {
	if (column.key === "number") return <Link href={trialLink(model.name, row.number)}>{row.number}</Link>;
	if (column.kind === "state") return <State state={row.state} stopping={row.stopping} />;
	if (column.kind === "seconds") return <>{row.started === null ? "–" : duration(seconds(row))}</>;
	if (column.kind === "note") return <NoteCell study={model.name} row={row} />;
	const objectives = model.objectives.value;
	const index = objectives.findIndex((o) => o.key === column.key);
	const value = index >= 0 ? row.values[index] : cell(row, column.key, objectives);

	return <span title={value === null || value === undefined ? undefined : String(value)}>{number(value)}</span>;
}

function Actions({ model, row }: { model: StudyModel; row: Row }) {
	if (!canLaunch()) return null;
	if (row.state === "running")
		return (
			<button class="small" disabled={row.stopping} aria-label={`Stop trial ${row.number}`}
				onClick={() => stopTrial(model, row.number)}>stop</button>
		);
	return (
		<button class="small quiet" onClick={() => archiveTrial(model, row.number, !row.archived)}
			aria-label={`${row.archived ? "Restore" : "Archive"} trial ${row.number}`}>
			{row.archived ? "restore" : "archive"}
		</button>
	);
}

export function TrialRow({ model, view, row, columns, index }: Props) {
	return (
		<tr class={row.archived ? "archived" : ""} aria-rowindex={index} data-trial={row.number}>
			<td><input type="checkbox" aria-label={`Choose trial ${row.number}`}
				checked={view.chosen.value.has(row.number)} onChange={() => view.toggle(row.number)} /></td>
			{columns.map((column) => (
				<td key={column.key} class={column.kind}><Content model={model} row={row} column={column} /></td>
			))}
			<td class="actions"><Actions model={model} row={row} /></td>
		</tr>
	);
}
