// The study file that the form edits, and what the server says of it while it is typed.
import { effect, signal } from "@preact/signals";

import { get, send, studyUrl } from "../api/client.js";
import type { Study, StudyFile, Validation } from "../api/types.js";
import { validation } from "./complaint.js";
import { shaped } from "./shape.js";

export const EMPTY: StudyFile = {
	name: "",
	objectives: [{ series: "", goal: "max" }],
	parameters: [{ name: "", type: "float" }],
	strategy: { name: "auto", seed: 1 },
	limits: { trials: 50, concurrent: 2 },
	task: { backend: "process", command: [] },
};

export const draft = signal<StudyFile>(EMPTY);
export const validationFailed = signal<string | null>(null);
// Grows when a whole file is put in: fields that hold a text of their own begin anew.
export const generation = signal(0);

export function replaceDraft(content: unknown): void {
	const { store: _, ...rest } = shaped(content); // the server has its store

	draft.value = rest;
	generation.value++;
}

// Changes some of the top; what is undefined goes.
export function change(changes: Partial<StudyFile>): void {
	const next: Record<string, unknown> = { ...draft.value, ...changes };

	for (const [key, value] of Object.entries(next)) if (value === undefined) delete next[key];
	draft.value = next as StudyFile;
}

// The same for one of its sections.
export function changeIn(section: "limits" | "task" | "strategy" | "pruner", changes: Record<string, unknown>): void {
	const next: Record<string, unknown> = { ...draft.value[section], ...changes };

	for (const [key, value] of Object.entries(next)) if (value === undefined) delete next[key];
	change({ [section]: next });
}

// What is empty is left out: the server's defaults hold.
export function toFile(file: StudyFile): StudyFile {
	const result: Record<string, unknown> = {};

	for (const [key, value] of Object.entries(file)) {
		if (value === undefined || value === "") continue;
		if (key === "constraints" && Array.isArray(value) && value.length === 0) continue;
		if (key === "pruner" && (value as { name?: string }).name === undefined) continue;
		result[key] = value;
	}
	result.objectives = (file.objectives ?? []).map(({ title, ...rest }) => (title ? { title, ...rest } : rest));
	return result as StudyFile;
}

const PAUSE_MS = 250;

// Asks the server about each state of the form, a moment after the last key; the newest answer
// counts.
export function validateAsTyped(): () => void {
	let asked = 0;
	let timer: ReturnType<typeof setTimeout> | undefined;

	const stop = effect(() => {
		const file = toFile(draft.value);
		const mine = ++asked;

		clearTimeout(timer);
		timer = setTimeout(async () => {
			try {
				const answer = await send<Validation>("POST", "/api/validate", file);

				if (mine !== asked) return;
				validation.value = answer;
				validationFailed.value = null;
			} catch (error) {
				if (mine === asked) validationFailed.value = (error as Error).message;
			}
		}, PAUSE_MS);
	});

	return () => {
		stop();
		clearTimeout(timer);
		asked++;
	};
}

export async function draftFrom(study: string): Promise<void> {
	const { definition } = await get<Study>(studyUrl(study));

	replaceDraft({ ...definition, name: `${study}-2` });
}
