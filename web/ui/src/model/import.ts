// Finished trials of another study, or of a file that an export wrote, put into a study.
import { get, send, studyUrl } from "../api/client.js";
import { readJson, writeJson } from "../api/json.js";
import type { Trial } from "../api/types.js";
import { plural } from "../view/format.js";
import { tell } from "./notices.js";

const ENDED = new Set(["completed", "pruned", "failed"]);
const MOST_AT_ONCE = 200;
const MOST_BYTES = 2_000_000; // of one call, about

// In as many calls as they need; how many there were.
export async function importTrials(study: string, trials: Trial[]): Promise<number> {
	const ended = trials.filter((trial) => ENDED.has(trial.state ?? "completed") && trial.params);
	let part: Trial[] = [];
	let bytes = 0;
	const flush = async () => {
		if (part.length > 0) await send("POST", studyUrl(study, "/import"), { trials: part });
		part = [];
		bytes = 0;
	};

	for (const trial of ended) {
		const size = writeJson(trial).length;

		if (part.length === MOST_AT_ONCE || bytes + size > MOST_BYTES) await flush();
		part.push(trial);
		bytes += size;
	}
	await flush();
	return ended.length;
}

export async function importStudy(study: string, from: string): Promise<number> {
	const { trials } = await get<{ trials: Trial[] }>(studyUrl(from, "/export?format=json"));

	return importTrials(study, trials);
}

// {"trials":[…]}, or the list alone.
export function trialsOf(text: string, name: string): Trial[] {
	let content: any;

	try {
		content = readJson(text);
	} catch {
		throw new Error(`${name} is no JSON file. Trials in CSV are imported by hpo import.`);
	}
	const list = Array.isArray(content) ? content : content?.trials;

	if (!Array.isArray(list)) throw new Error(`${name} holds no trials: export a study as JSON to have some.`);
	return list;
}

export async function importFile(study: string, file: File): Promise<void> {
	const count = await importTrials(study, trialsOf(await file.text(), file.name));

	if (count === 0) throw new Error(`${file.name} holds no trials that ended.`);
	tell(`${plural(count, "trial")} of ${file.name} ${count === 1 ? "is" : "are"} imported.`);
}
