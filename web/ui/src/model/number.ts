// Numbers as they are typed and compared; whole ones are exact, however large.
import type { Whole } from "../api/types.js";

export const isNumber = (value: unknown): value is Whole =>
	typeof value === "number" || typeof value === "bigint";

// What is typed into a field of numbers: a number, nothing, or the text for the server to refuse.
export function readNumber(text: string): Whole | string | undefined {
	const word = text.trim();

	if (word === "") return undefined;
	const value = Number(word);

	if (/^[-+]?\d+$/.test(word) && !Number.isSafeInteger(value)) return BigInt(word);
	return Number.isFinite(value) ? value : word;
}
