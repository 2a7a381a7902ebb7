// The note of a study, edited in place.
import { useState } from "preact/hooks";

import { noteStudy } from "../model/commands.js";
import { canLaunch } from "../model/info.js";
import type { StudyModel } from "../model/study.js";

export function StudyNote({ model }: { model: StudyModel }) {
	const { note } = model.study.value!;
	const [draft, setDraft] = useState<string | null>(null);
	const keep = async () => {
		if (draft !== null && draft !== note) await noteStudy(model, draft);
		setDraft(null);
	};

	if (draft === null)
		return (
			<p class="study-note">
				{note !== "" && <span class="text">{note}</span>}
				{canLaunch() && <button class="small quiet" onClick={() => setDraft(note)}>{note === "" ? "Add a note" : "Edit the note"}</button>}
			</p>
		);
	return (
		<form class="study-note" onSubmit={(event) => (event.preventDefault(), void keep())}>
			<textarea aria-label="Note on this study" rows={3} maxLength={20000} value={draft}
				ref={(element) => element?.focus()} onInput={(event) => setDraft(event.currentTarget.value)} />
			<div class="row">
				<button type="submit" class="primary">Keep</button>
				<button type="button" onClick={() => setDraft(null)}>Drop</button>
			</div>
		</form>
	);
}
