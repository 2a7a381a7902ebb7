// The limits of a study, which may change while it runs.
import { useState } from "preact/hooks";

import type { Limits, Whole } from "../api/types.js";
import { LIMITS, shown } from "../launch/limits.js";
import { changeLimits } from "../model/commands.js";
import { readNumber } from "../model/number.js";
import type { StudyModel } from "../model/study.js";
import { Dialog } from "../view/Dialog.js";

export function LimitsDialog({ model, onClose }: { model: StudyModel; onClose: () => void }) {
	const { limits } = model.study.value!;
	const [draft, setDraft] = useState<Record<string, string>>(
		Object.fromEntries(LIMITS.map((field) => [field.key, shown(field, limits[field.key])])));
	const keep = async () => {
		const changed: Limits = {};

		for (const { key, any } of LIMITS) {
			const none = any ? null : 0;
			const value = readNumber(draft[key] ?? "") ?? none;

			if (value !== (limits[key] ?? none)) changed[key] = value as Whole | null;
		}
		if (Object.keys(changed).length === 0 || await changeLimits(model, changed)) onClose();
	};

	return (
		<Dialog title="Limits" onClose={onClose}>
			<form onSubmit={(event) => (event.preventDefault(), void keep())}>
				<p class="faint">A running study takes them within a moment. An empty field is no limit.</p>
				<div class="fields">
					{LIMITS.map(({ key, label, hint, step, any }) => (
						<label key={key} class="field">
							<span>{label}</span>
							<input type="number" min={any ? undefined : 0} step={step} value={draft[key]} title={hint}
								onInput={(event) => setDraft({ ...draft, [key]: event.currentTarget.value })} />
						</label>
					))}
				</div>
				<footer><button type="submit" class="primary">Change</button></footer>
			</form>
		</Dialog>
	);
}
