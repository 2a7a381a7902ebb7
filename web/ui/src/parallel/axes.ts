// The axes of the parallel coordinates: where a value lies on each, from 0 (below) to 1.
import type { Objective, Parameter, Value } from "../api/types.js";
import { cell } from "../model/filter.js";
import { isNumber } from "../model/number.js";
import type { Row } from "../model/table.js";

export interface Axis {
	key: string;
	kind: "number" | "choice";
	log: boolean;
	low: number;
	high: number;
	choices: string[];
	hasAbsent: boolean; // some trials do not have it: they pass below the axis
}

const numbersOf = (values: unknown[]): number[] =>
	values.filter(isNumber).map(Number).filter(Number.isFinite);

function numberAxis(key: string, values: unknown[], log: boolean): Axis {
	const numbers = numbersOf(values);
	let low = Infinity;
	let high = -Infinity;

	for (const value of numbers) {
		low = Math.min(low, value);
		high = Math.max(high, value);
	}
	if (low > high) [low, high] = [0, 1];
	return {
		key, kind: "number", low, high, choices: [], log: log && low > 0,
		hasAbsent: numbers.length < values.length,
	};
}

function choiceAxis(key: string, values: unknown[], known: Value[]): Axis {
	const seen = new Set<string>(known.map(String));

	for (const value of values) if (value !== undefined && value !== null) seen.add(String(value));
	return {
		key, kind: "choice", log: false, low: 0, high: 1, choices: [...seen],
		hasAbsent: values.some((value) => value === undefined || value === null),
	};
}

export function parameterAxis(parameter: Parameter, rows: readonly Row[], known: Value[]): Axis {
	const values = rows.map((row) => row.params[parameter.name]);

	if (parameter.type === "float" || parameter.type === "int")
		return numberAxis(parameter.name, values, parameter.log);
	return choiceAxis(parameter.name, values, known);
}

export function objectiveAxis(objective: Objective, index: number, rows: readonly Row[]): Axis {
	return numberAxis(objective.key, rows.map((row) => row.values[index]), false);
}

// Where a value lies; null for one that the trial does not have.
export function place(axis: Axis, value: unknown): number | null {
	if (value === null || value === undefined) return null;
	if (axis.kind === "choice") {
		const at = axis.choices.indexOf(String(value));

		return at < 0 ? null : (at + 0.5) / axis.choices.length;
	}
	const at = isNumber(value) ? Number(value) : NaN;

	if (!Number.isFinite(at)) return null;
	if (axis.high === axis.low) return 0.5;
	if (axis.log) return Math.log(at / axis.low) / Math.log(axis.high / axis.low);
	return (at - axis.low) / (axis.high - axis.low);
}

// The value at a place of a number axis.
export function valueAt(axis: Axis, at: number): number {
	const share = Math.min(1, Math.max(0, at));

	if (axis.log) return axis.low * (axis.high / axis.low) ** share;
	return axis.low + (axis.high - axis.low) * share;
}

export const valueOf = (axis: Axis, row: Row, objectives: readonly Objective[]): unknown =>
	cell(row, axis.key, objectives);

// Values worth a tick: round ones within the axis, at most about `most`.
export function ticks(axis: Axis, most = 6): number[] {
	if (axis.high === axis.low) return [axis.low];
	if (axis.log) {
		const first = Math.ceil(Math.log10(axis.low) - 1e-9);
		const last = Math.floor(Math.log10(axis.high) + 1e-9);
		const every = Math.max(1, Math.ceil((last - first + 1) / most));
		const list: number[] = [];

		for (let power = first; power <= last; power += every) list.push(Number(`1e${power}`));
		if (list.length >= 2) return list;
		return [axis.low, Math.sqrt(axis.low * axis.high), axis.high].map((v) => Number(v.toPrecision(2)));
	}
	const rough = (axis.high - axis.low) / most;
	const power = 10 ** Math.floor(Math.log10(rough));
	const step = [1, 2, 5, 10].map((k) => k * power).find((one) => one >= rough)!;
	const list: number[] = [];

	for (let k = Math.ceil(axis.low / step - 1e-9); k * step <= axis.high + step * 1e-9; k++)
		list.push(Number((k * step).toPrecision(12)));
	return list;
}
