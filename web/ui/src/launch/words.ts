// Texts of the form and what they mean in a study file: commands, lists of choices, conditions.
import type { FileParameter, Value } from "../api/types.js";
import { readNumber } from "../model/number.js";

// An argv from a line, by the quoting rules of a shell; no shell ever sees it.
export function splitCommand(line: string): string[] {
	const words: string[] = [];
	let word: string | null = null;
	let quote = "";

	for (let i = 0; i < line.length; i++) {
		const c = line[i]!;

		if (quote === "" && /\s/.test(c)) {
			if (word !== null) words.push(word);
			word = null;
		} else if (quote === "" && (c === "'" || c === '"')) {
			quote = c;
			word ??= "";
		} else if (c === quote) {
			quote = "";
		} else if (c === "\\" && quote !== "'" && i + 1 < line.length) {
			word = (word ?? "") + line[++i];
		} else {
			word = (word ?? "") + c;
		}
	}
	if (word !== null) words.push(word);
	return words;
}

export const joinCommand = (argv: readonly string[]): string =>
	argv.map((word) => (/^[^\s'"\\]+$/.test(word) ? word : `'${word.replace(/'/g, `'\\''`)}'`)).join(" ");

// "1" is a number and "true" a boolean; in quotes they are texts.
export function readValue(text: string): Exclude<Value, null> {
	const word = text.trim();

	if (/^".*"$/.test(word)) {
		try {
			return JSON.parse(word);
		} catch {
			return word;
		}
	}
	if (word === "true" || word === "false") return word === "true";
	return /^[-+.\d]/.test(word) ? readNumber(word) ?? word : word;
}

export function writeValue(value: Value | undefined): string {
	if (value === undefined || value === null) return "";
	if (typeof value !== "string") return String(value);
	return readValue(value) === value && !value.includes(",") ? value : JSON.stringify(value);
}

// A list with commas; one within quotes is part of a text.
export function readChoices(text: string): Exclude<Value, null>[] {
	const parts = text.match(/(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g) ?? [];

	return parts.map((part) => part.trim()).filter((part) => part !== "").map(readValue);
}

export const writeChoices = (choices: readonly Value[] | undefined): string =>
	(choices ?? []).map(writeValue).join(", ");

// optimizer=sgd,adam layers=2
export function readWhen(text: string): Record<string, Value[]> | undefined {
	const terms = text.split(/[;\s]+(?=[^\s;=]+=)/).map((term) => term.trim()).filter((term) => term !== "");
	const when: Record<string, Value[]> = {};

	for (const term of terms) {
		const at = term.indexOf("=");

		if (at > 0) when[term.slice(0, at)] = readChoices(term.slice(at + 1));
		else when[term] = [];
	}
	return terms.length === 0 ? undefined : when;
}

export const writeWhen = (when: FileParameter["when"]): string =>
	Object.entries(when ?? {}).map(([name, values]) => `${name}=${values.map(writeValue).join(",")}`).join("; ");

// Lines of NAME=VALUE.
export function readEnv(text: string): Record<string, string> | undefined {
	const lines = text.split("\n").map((line) => line.trim()).filter((line) => line !== "");

	if (lines.length === 0) return undefined;
	return Object.fromEntries(lines.map((line) => {
		const at = line.indexOf("=");

		return at < 0 ? [line, ""] : [line.slice(0, at), line.slice(at + 1)];
	}));
}

export const writeEnv = (env: unknown): string =>
	Object.entries((env ?? {}) as Record<string, string>).map(([name, value]) => `${name}=${value}`).join("\n");
