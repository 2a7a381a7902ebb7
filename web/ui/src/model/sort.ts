// The order of the table.
import { isNumber } from "./number.js";
import type { Row } from "./table.js";

const isMissing = (value: unknown): boolean => value === null || value === undefined;

function compareCells(a: unknown, b: unknown): number {
	if (isNumber(a) && isNumber(b)) return a < b ? -1 : a > b ? 1 : 0;
	return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}

// Sorted by what `value` says of each; what is missing comes last, either way.
export function sortRows(rows: Row[], down: boolean, value: (row: Row) => unknown): Row[] {
	const sign = down ? -1 : 1;
	const keyed = rows.map((row) => ({ row, key: value(row) }));

	keyed.sort((a, b) => {
		const missing = Number(isMissing(a.key)) - Number(isMissing(b.key));
		const order = isMissing(a.key) ? 0 : sign * compareCells(a.key, b.key);

		return missing || order || a.row.number - b.row.number;
	});
	return keyed.map(({ row }) => row);
}
