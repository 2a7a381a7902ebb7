// The launch form: a study file in fields, checked by the server as one types.
import { useEffect, useLayoutEffect, useState } from "preact/hooks";

import { canLaunch, info } from "../model/info.js";
import { query } from "../model/route.js";
import { Empty, Failure, Loading } from "../view/Empty.js";
import { change, draft, draftFrom, EMPTY, generation, replaceDraft, validateAsTyped } from "./draft.js";
import { TextField } from "./Field.js";
import { FileButtons } from "./FileButtons.js";
import { FileView } from "./FileView.js";
import { LaunchBar } from "./LaunchBar.js";
import { LimitsSection } from "./LimitsSection.js";
import { MethodSection } from "./MethodSection.js";
import { ObjectivesSection } from "./ObjectivesSection.js";
import { ParametersSection } from "./ParametersSection.js";
import { TaskSection } from "./TaskSection.js";

function Sections({ from }: { from: string }) {
	return (
		<>
			<section class="panel form-section">
				<h2>Study</h2>
				<TextField path="name" label="Name" placeholder="digits" value={draft.value.name ?? ""} set={(name) => change({ name })}
					hint={from === "" ? "What it is called in this store." : `A clone of ${from}: change what shall differ.`} />
			</section>
			<TaskSection key={`task ${generation.value} ${draft.value.task?.backend}`} />
			<ObjectivesSection />
			<ParametersSection />
			<MethodSection />
			<LimitsSection />
		</>
	);
}

export function LaunchPage() {
	const from = query("from");
	const [ready, setReady] = useState(from === "");
	const [failed, setFailed] = useState<Error | null>(null);
	const [asFile, setAsFile] = useState(false);

	// Before anybody can type: what they type is not to be emptied.
	useLayoutEffect(() => {
		if (from === "") replaceDraft(EMPTY);
		else draftFrom(from).then(() => setReady(true), setFailed);
	}, [from]);
	useEffect(() => validateAsTyped(), []);

	if (failed !== null) return <Failure error={failed} />;
	if (info.value === null) return <Loading what="the form" />;
	if (!ready) return <Loading what={from} />;
	return (
		<div class="narrow">
			<div class="head">
				<div class="row">
					<h1>{from === "" ? "New study" : `Clone of ${from}`}</h1>
					<span class="fill" />
					<FileButtons />
					<button aria-pressed={asFile} onClick={() => setAsFile(!asFile)}>{asFile ? "As a form" : "As a file"}</button>
				</div>
			</div>
			{!canLaunch() && (
				<Empty title="Nothing can be started from here">
					<p>{info.value.launch_hint ?? "The server does not allow it."} The form still checks and exports study files.</p>
				</Empty>
			)}
			<div class="launch">
				{asFile ? <FileView /> : <Sections from={from} />}
			</div>
			<LaunchBar from={from} />
		</div>
	);
}
