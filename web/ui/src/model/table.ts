// The trials of a study as rows, kept up to date from the columns that the server sends.
import type { Objective, TrialColumns, TrialState, TrialsAnswer, Value, Whole } from "../api/types.js";

export interface Row {
	number: number;
	state: TrialState;
	values: (number | null)[]; // one an objective
	params: Record<string, Value>; // active ones
	started: number | null;
	ended: number | null;
	seconds: number;
	iteration: Whole | null;
	attempt: number;
	worker: string | null;
	arm: string | null;
	source: string;
	reason: string | null;
	archived: boolean;
	note: string;
	stopping: boolean;
}

function rowAt(columns: TrialColumns, i: number): Row {
	const params: Record<string, Value> = {};

	for (const [name, column] of Object.entries(columns.params)) {
		const value = column[i];

		if (value !== null && value !== undefined) params[name] = value;
	}
	return {
		number: columns.number[i]!,
		state: columns.state[i]!,
		values: columns.values.map((column) => column[i] ?? null),
		params,
		started: columns.started_s[i] ?? null,
		ended: columns.ended_s[i] ?? null,
		seconds: columns.seconds[i] ?? 0,
		iteration: columns.iteration[i] ?? null,
		attempt: columns.attempt[i] ?? 1,
		worker: columns.worker[i] ?? null,
		arm: columns.arm[i] ?? null,
		source: columns.source[i] ?? "strategy",
		reason: columns.reason[i] ?? null,
		archived: columns.archived[i] ?? false,
		note: columns.note[i] ?? "",
		stopping: columns.stopping[i] ?? false,
	};
}

// The rows with those of an answer in place of, or after, the ones of the same number. Numbers
// have no gaps, so a trial's number is its index; what has not come yet is left out.
export function mergeRows(rows: readonly Row[], answer: TrialsAnswer): Row[] {
	const merged: Row[] = answer.reset ? [] : rows.slice();
	const index = new Map(merged.map((row, i) => [row.number, i]));
	let sorted = true;

	for (let i = 0; i < answer.number.length; i++) {
		const row = rowAt(answer, i);
		const at = index.get(row.number);

		if (at !== undefined) {
			merged[at] = row;
			continue;
		}
		sorted &&= merged.length === 0 || merged[merged.length - 1]!.number < row.number;
		index.set(row.number, merged.length);
		merged.push(row);
	}
	return sorted ? merged : merged.sort((a, b) => a.number - b.number);
}

export const isBig = (objective: Objective): boolean => objective.goal.startsWith("max");

export const goals = (objectives: readonly Objective[]): number[] =>
	objectives.map((_, i) => i).filter((i) => objectives[i]!.goal !== "bound");

// The first objective that is no bound: a measured constraint may stand before it.
export const firstGoal = (objectives: readonly Objective[]): number => goals(objectives)[0] ?? 0;

// Best first is ascending in this; what has no value comes last.
export function loss(row: Row, objective: Objective, index: number): number {
	const value = row.values[index];

	if (value === null || value === undefined) return Infinity;
	return isBig(objective) ? -value : value;
}

// Whether a trial may be the best: completed, with a value, within all bounds.
const mayLead = (row: Row, objectives: readonly Objective[], index: number): boolean =>
	row.state === "completed" && row.values[index] != null &&
	objectives.every(({ bound }, i) => bound === null || (row.values[i] ?? Infinity) <= bound);

// The best value of one objective after each trial, in the order in which they ended.
export function bestSoFar(rows: readonly Row[], objectives: readonly Objective[], index: number): Row[] {
	const objective = objectives[index]!;
	const ended = rows.filter((row) => mayLead(row, objectives, index));
	const steps: Row[] = [];
	let best = Infinity;

	for (const row of ended.sort((a, b) => (a.ended ?? 0) - (b.ended ?? 0) || a.number - b.number)) {
		const now = loss(row, objective, index);

		if (now >= best) continue;
		best = now;
		steps.push(row);
	}
	return steps;
}
