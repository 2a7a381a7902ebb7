// Import and export of the study file.
import { useRef } from "preact/hooks";

import { readJson, writeJson } from "../api/json.js";
import { attempt } from "../model/notices.js";
import { download } from "../view/download.js";
import { draft, replaceDraft, toFile } from "./draft.js";

async function read(file: File): Promise<void> {
	let study: unknown;

	try {
		study = readJson(await file.text());
	} catch {
		throw new Error(`${file.name} is no JSON file.`);
	}
	if (typeof study !== "object" || study === null || Array.isArray(study))
		throw new Error(`${file.name} holds no study: that is an object with parameters and objectives.`);
	if ("trials" in study && !("parameters" in study))
		throw new Error(`${file.name} holds the trials of a study: import them on the page of a study, under More.`);
	replaceDraft(study);
}

export function FileButtons() {
	const input = useRef<HTMLInputElement>(null);
	const take = async (event: Event & { currentTarget: HTMLInputElement }) => {
		const file = event.currentTarget.files?.[0];

		if (file) await attempt(() => read(file), `${file.name} is imported.`);
		if (input.current) input.current.value = "";
	};

	return (
		<>
			<input ref={input} type="file" accept="application/json,.json" class="hidden" tabIndex={-1}
				aria-label="A study file to import" onChange={take} />
			<button onClick={() => input.current?.click()}>Import</button>
			<button onClick={() => download(`${draft.value.name || "study"}.json`, `${writeJson(toFile(draft.value), 2)}\n`, "application/json")}>Export</button>
		</>
	);
}
