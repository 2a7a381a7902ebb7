// The studies as rows, sorted as the address says.
import type { Signal } from "@preact/signals";

import type { StudyRow } from "../api/types.js";
import { now } from "../model/clock.js";
import { query, setQuery, studyLink } from "../model/route.js";
import { firstGoal, goals, isBig } from "../model/table.js";
import { age, number, onFront } from "../view/format.js";
import { Link } from "../view/Link.js";
import { State } from "../view/State.js";

const ended = ({ trials }: StudyRow) => trials.completed + trials.pruned + trials.failed;

const firstBest = (row: StudyRow): number | null => row.best[0]?.values[firstGoal(row.objectives)] ?? null;

const KEYS: Record<string, (row: StudyRow) => string | number> = {
	name: (row) => row.name.toLowerCase(),
	state: (row) => ["running", "paused", "stopped", "idle", "done"].indexOf(row.state),
	best: (row) => firstBest(row) ?? -Infinity,
	progress: ended,
	created: (row) => -row.created_s,
	changed: (row) => -(row.changed_s ?? row.created_s),
};

const COLUMNS: [string, string][] = [
	["name", "Name"], ["state", "State"], ["best", "Best"], ["progress", "Trials"],
	["created", "Created"], ["changed", "Changed"],
];

function sorted(rows: StudyRow[]): StudyRow[] {
	const [name = "changed", direction] = (query("sort") || "changed").split("-");
	const key = KEYS[name] ?? KEYS.changed!;
	const sign = direction === "down" ? -1 : 1;

	return rows.slice().sort((a, b) => {
		const [x, y] = [key(a), key(b)];

		return sign * (x < y ? -1 : x > y ? 1 : 0) || (a.name < b.name ? -1 : 1);
	});
}

function Heading({ column, text }: { column: string; text: string }) {
	const [name, direction] = (query("sort") || "changed").split("-");
	const here = name === column;
	const down = direction === "down";
	const order = !here ? "none" : down ? "descending" : "ascending";

	return (
		<th scope="col" aria-sort={order} class={column}>
			<button class="sort" onClick={() => setQuery({ sort: here && !down ? `${column}-down` : column })}>
				{text}<span aria-hidden="true">{here ? (down ? " ▾" : " ▴") : ""}</span>
			</button>
		</th>
	);
}

function Best({ row }: { row: StudyRow }) {
	const objective = row.objectives[firstGoal(row.objectives)];

	if (row.best.length === 0 || objective === undefined) return <>–</>;
	if (goals(row.objectives).length > 1)
		return <>{onFront(row.best)}</>;
	return (
		<span class="of" title={`${isBig(objective) ? "largest" : "smallest"} ${objective.key}`}>
			<b>{number(firstBest(row))}</b> <span class="faint">{objective.key}</span>
		</span>
	);
}

function Progress({ row }: { row: StudyRow }) {
	const { completed, pruned, failed, running } = row.trials;
	const total = Math.max(Number(row.limit ?? 0), ended(row) + running, 1);
	const parts = { completed, pruned, failed, running };
	const said = Object.entries(parts).filter(([, n]) => n > 0).map(([s, n]) => `${n} ${s}`).join(", ");

	return (
		<div class="progress" title={said}>
			<span class="text">{ended(row)}{row.limit ? ` / ${row.limit}` : ""}</span>
			<svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label={said || "no trials"}>
				{Object.entries(parts).map(([state, n], i, all) => {
					const before = all.slice(0, i).reduce((sum, [, m]) => sum + m, 0);

					return <rect key={state} class={`fill-${state}`} height="6" x={(100 * before) / total} width={(100 * n) / total} />;
				})}
			</svg>
		</div>
	);
}

export function StudiesTable({ rows, chosen }: { rows: StudyRow[]; chosen: Signal<ReadonlySet<string>> }) {
	const toggle = (name: string) => {
		const next = new Set(chosen.value);

		if (!next.delete(name)) next.add(name);
		chosen.value = next;
	};

	return (
		<div class="scroll" tabIndex={0} role="region" aria-label="Studies">
			<table class="studies">
				<thead>
					<tr>
						<th scope="col"><span class="hidden">Chosen</span></th>
						{COLUMNS.map(([column, text]) => <Heading key={column} column={column} text={text} />)}
					</tr>
				</thead>
				<tbody>
					{sorted(rows).map((row) => (
						<tr key={row.name} class={row.archived ? "archived" : ""}>
							<td><input type="checkbox" aria-label={`Choose ${row.name}`}
								checked={chosen.value.has(row.name)} onChange={() => toggle(row.name)} /></td>
							<th scope="row" class="name">
								<Link href={studyLink(row.name)}>{row.name}</Link>
								{row.note !== "" && <span class="note">{row.note}</span>}
							</th>
							<td><State state={row.state} /></td>
							<td><Best row={row} /></td>
							<td><Progress row={row} /></td>
							<td class="when">{age(row.created_s, now.value)}</td>
							<td class="when">{age(row.changed_s, now.value)}</td>
						</tr>
					))}
				</tbody>
			</table>
		</div>
	);
}
