// The filter of the table: words such as  lr<0.01 optimizer=adam state=failed "out of memory".
import type { Objective } from "../api/types.js";
import { isNumber, readNumber } from "./number.js";
import type { Row } from "./table.js";

type Test = (row: Row) => boolean;

const TERM = /^([^<>=!~]+)(<=|>=|!=|=|<|>|~)(.*)$/;

// Words, of which those in quotes may hold spaces.
export function splitWords(text: string): string[] {
	const words = text.match(/(?:[^\s"]+|"[^"]*"?)+/g) ?? [];

	return words.map((word) => word.replace(/"/g, ""));
}

// What a row has under a name: a parameter, an objective, or a column of ours.
export function cell(row: Row, name: string, objectives: readonly Objective[]): unknown {
	if (name in row.params) return row.params[name];
	const index = objectives.findIndex((o) => o.key === name || o.series === name);

	if (index >= 0) return row.values[index];
	switch (name) {
	case "number":
	case "trial": return row.number;
	case "state": return row.state;
	case "value": return row.values[0];
	case "iteration": return row.iteration;
	case "seconds": return row.seconds;
	case "attempt": return row.attempt;
	case "worker": return row.worker;
	case "arm": return row.arm;
	case "source": return row.source;
	case "note": return row.note;
	case "reason": return row.reason;
	default: return undefined;
	}
}

function compare(left: unknown, operator: string, wanted: string): boolean {
	if (left === null || left === undefined) return operator === "!=";
	const text = String(left);

	if (operator === "~") return text.toLowerCase().includes(wanted.toLowerCase());
	const number = readNumber(wanted);
	const both = isNumber(left) && isNumber(number);

	switch (operator) {
	case "=": return both ? left == number : text === wanted;
	case "!=": return both ? left != number : text !== wanted;
	case "<": return both && left < number;
	case ">": return both && left > number;
	case "<=": return both && left <= number;
	default: return both && left >= number;
	}
}

function wordTest(word: string): Test {
	const low = word.toLowerCase();

	return (row) =>
		String(row.number) === word || row.state.includes(low) ||
		row.note.toLowerCase().includes(low) || (row.reason ?? "").toLowerCase().includes(low) ||
		(row.worker ?? "").toLowerCase().includes(low) ||
		Object.values(row.params).some((value) => String(value).toLowerCase().includes(low));
}

// A row passes when it passes every word.
export function parseFilter(text: string, objectives: readonly Objective[]): Test {
	const tests = splitWords(text).map((word): Test => {
		const match = TERM.exec(word);

		if (match === null) return wordTest(word);
		const [, name, operator, wanted] = match;

		return (row) => compare(cell(row, name!, objectives), operator!, wanted!);
	});

	return (row) => tests.every((test) => test(row));
}
