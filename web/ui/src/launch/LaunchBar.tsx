// At the foot of the form: what the server says of the study, and the buttons that make it.
import { useState } from "preact/hooks";

import { send, studyUrl } from "../api/client.js";
import { startElsewhere } from "../model/commands.js";
import { importStudy } from "../model/import.js";
import { canLaunch } from "../model/info.js";
import { attempt, tell } from "../model/notices.js";
import { go, studyLink } from "../model/route.js";
import { JoinDialog } from "../page/JoinDialog.js";
import { goTo, home, sentence, validation } from "./complaint.js";
import { draft, toFile, validationFailed } from "./draft.js";

function Verdict() {
	const answer = validation.value;

	if (validationFailed.value !== null) return <p class="verdict wrong">{validationFailed.value}</p>;
	if (answer === null) return <p class="verdict">Checking …</p>;
	const place = home.value;

	if (!answer.valid && place !== null)
		return (
			<p class="verdict wrong">
				<button class="small" onClick={() => goTo(place)}>{place}</button> is not right yet.
			</p>
		);
	if (!answer.valid) return <p class="verdict wrong">{sentence(answer, null)}</p>;
	return <p class="verdict right">{answer.exists ? "A study of this name is there already: starting resumes it." : "Ready to start."}</p>;
}

export function LaunchBar({ from }: { from: string }) {
	const [busy, setBusy] = useState(false);
	const [trials, setTrials] = useState(false);
	const [asked, ask] = useState<string | null>(null);
	const valid = validation.value?.valid ?? false;
	const make = async (start: boolean, join = false) => {
		const study = toFile(draft.value);
		const split = from !== "" && trials;

		setBusy(true);
		const made = await attempt(() => startElsewhere(async () => {
			const { name } = await send<{ name: string }>("POST", "/api/studies", { study, start: start && !split, join });

			if (split) await importStudy(name, from);
			if (split && start) await send("POST", studyUrl(name, "/start"), { join });
			return name;
		}, ask));

		setBusy(false);
		if (made === undefined) return;
		tell(start ? `The study ${made} runs.` : `The study ${made} is made.`);
		go(studyLink(made));
	};

	return (
		<div class="launch-bar">
			<div class="verdict-box" role="status" aria-live="polite"><Verdict /></div>
			{from !== "" && (
				<label class="check">
					<input type="checkbox" checked={trials} onChange={(event) => setTrials(event.currentTarget.checked)} /> with its finished trials
				</label>
			)}
			<button disabled={!valid || busy || !canLaunch()} onClick={() => void make(false)}>Create only</button>
			<button class="primary" disabled={!valid || busy || !canLaunch()} onClick={() => void make(true)}>Start</button>
			{asked !== null && <JoinDialog message={asked} onClose={() => ask(null)} onJoin={() => void make(true, true)} />}
		</div>
	);
}
