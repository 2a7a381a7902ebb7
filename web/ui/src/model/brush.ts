// Ranges chosen on the axes of the parallel coordinates, and how they stand in the address.
import type { Objective, Value } from "../api/types.js";
import { cell } from "./filter.js";
import { isNumber } from "./number.js";
import type { Row } from "./table.js";

export interface Range {
	low: number;
	high: number;
}

// By axis: a range of numbers, or some of the choices.
export type Brush = Record<string, Range | string[]>;

// Dots too: a choice such as 1..5 is no range.
const encode = (text: string) => encodeURIComponent(text).replace(/\./g, "%2E");

export function writeBrush(brush: Brush): string | null {
	const parts = Object.entries(brush).map(([axis, wanted]) =>
		Array.isArray(wanted)
			? `${encode(axis)}:${wanted.map(encode).join(",")}`
			: `${encode(axis)}:${wanted.low}..${wanted.high}`);

	return parts.length === 0 ? null : parts.join(";");
}

function decode(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}

export function readBrush(text: string): Brush {
	const brush: Brush = {};

	for (const part of text.split(";")) {
		const [axis, wanted] = part.split(":");

		if (!axis || wanted === undefined) continue;
		const range = /^(.+)\.\.(.+)$/.exec(wanted);
		const low = Number(range?.[1]);
		const high = Number(range?.[2]);

		if (range && !Number.isNaN(low) && !Number.isNaN(high)) brush[decode(axis)] = { low, high };
		else brush[decode(axis)] = wanted.split(",").map(decode);
	}
	return brush;
}

function passes(value: unknown, wanted: Range | string[]): boolean {
	if (value === null || value === undefined) return false;
	if (Array.isArray(wanted)) return wanted.includes(String(value as Value));
	return isNumber(value) && value >= wanted.low && value <= wanted.high;
}

export function brushTest(brush: Brush, objectives: readonly Objective[]): (row: Row) => boolean {
	const axes = Object.entries(brush);

	return (row) => axes.every(([axis, wanted]) => passes(cell(row, axis, objectives), wanted));
}
