// The same study as the text of its file.
import { useState } from "preact/hooks";

import { readJson, writeJson } from "../api/json.js";
import { draft, replaceDraft, toFile } from "./draft.js";

export function FileView() {
	const [text, setText] = useState(() => writeJson(toFile(draft.value), 2));
	const [wrong, setWrong] = useState<string | null>(null);
	const typed = (next: string) => {
		setText(next);
		try {
			replaceDraft(readJson(next));
			setWrong(null);
		} catch (error) {
			setWrong((error as Error).message);
		}
	};

	return (
		<section class="panel form-section">
			<h2>Study file</h2>
			{wrong && <p class="wrong-line" role="alert">{wrong}</p>}
			<textarea class="file" aria-label="Study file" aria-invalid={wrong !== null} rows={28} spellcheck={false}
				value={text} onInput={(event) => typed(event.currentTarget.value)} />
		</section>
	);
}
