// A note, written in place: kept on Enter or when the focus leaves, dropped on Escape.
import { useState } from "preact/hooks";

import { canLaunch } from "../model/info.js";
import { noteTrial } from "../model/commands.js";
import type { Row } from "../model/table.js";

export function NoteCell({ study, row }: { study: string; row: Row }) {
	const [draft, setDraft] = useState<string | null>(null);
	const keep = () => {
		if (draft !== null && draft !== row.note) void noteTrial(study, row.number, draft);
		setDraft(null);
	};

	if (!canLaunch()) return <span title={row.note}>{row.note}</span>;
	return (
		<input class="note" aria-label={`Note on trial ${row.number}`} placeholder="add a note" maxLength={2000}
			value={draft ?? row.note} onInput={(event) => setDraft(event.currentTarget.value)} onBlur={keep}
			onKeyDown={(event) => {
				if (event.key === "Enter") event.currentTarget.blur();
				if (event.key === "Escape") setDraft(null);
			}} />
	);
}
