// JSON with whole numbers beyond 2^53, which JSON.parse() would round: they become BigInt, and are
// written as the same digits again.

// Stands before such a number while it is a text on its way through JSON; no other text begins so.
const MARK = `number ${Math.random()} `;
const LARGE = "(?<![\\d.eE+-])-?\\d{16,}(?![\\d.eE])";
const HAS_LARGE = new RegExp(LARGE);
const TEXT_OR_LARGE = new RegExp(`"[^"\\\\]*(?:\\\\.[^"\\\\]*)*"|${LARGE}`, "g");
const MARKED = new RegExp(`"${MARK.replace(".", "\\.")}([^"]+)"`, "g");

const mark = (token: string): string =>
	token.startsWith('"') || Number.isSafeInteger(Number(token)) ? token : `"${MARK}${token}"`;

export function readJson<T>(text: string): T {
	if (!HAS_LARGE.test(text)) return JSON.parse(text);
	return JSON.parse(text.replace(TEXT_OR_LARGE, mark), (_, value) =>
		typeof value === "string" && value.startsWith(MARK) ? BigInt(value.slice(MARK.length)) : value);
}

// A real number keeps its exponent: the digits of 1e20 would be read as a whole number, which that
// is too large for.
function plain(_: string, value: unknown): unknown {
	if (typeof value === "bigint") return `${MARK}${value}`;
	if (typeof value !== "number" || Number.isSafeInteger(value) || !Number.isInteger(value)) return value;
	return `${MARK}${value.toExponential()}`;
}

export const writeJson = (value: unknown, indent?: number): string =>
	JSON.stringify(value, plain, indent).replace(MARKED, "$1");
