// The head of a study: its name and state, and what can be done with it.
import { useRef, useState } from "preact/hooks";

import { studyUrl } from "../api/client.js";
import { now } from "../model/clock.js";
import { archiveStudy, pauseStudy, startStudy, stopStudy } from "../model/commands.js";
import { importFile } from "../model/import.js";
import { canLaunch, info } from "../model/info.js";
import { attempt } from "../model/notices.js";
import { cloneLink, compareLink } from "../model/route.js";
import type { StudyModel } from "../model/study.js";
import type { StudyView } from "../model/view.js";
import { age, plural } from "../view/format.js";
import { Link } from "../view/Link.js";
import { State } from "../view/State.js";
import { DeleteDialog } from "./DeleteDialog.js";
import { EnqueueDialog } from "./EnqueueDialog.js";
import { JoinDialog } from "./JoinDialog.js";
import { LimitsDialog } from "./LimitsDialog.js";
import { OutputDialog } from "./OutputDialog.js";
import { StudyNote } from "./StudyNote.js";

type Open = "limits" | "enqueue" | "delete" | "output" | null;

function RunButtons({ model }: { model: StudyModel }) {
	const study = model.study.value!;
	const [busy, setBusy] = useState(false);
	const [asked, ask] = useState<string | null>(null);
	const act = (work: (model: StudyModel) => Promise<unknown>) => async () => {
		setBusy(true);
		await work(model);
		setBusy(false);
	};
	const runs = study.state === "running";
	const fresh = study.count === 0;

	if (!runs)
		return (
			<>
				<button class="primary" disabled={busy} onClick={act((m) => startStudy(m, false, ask))}>
					{fresh ? "Start" : "Resume"}
				</button>
				{asked !== null && <JoinDialog message={asked} onClose={() => ask(null)} onJoin={act((m) => startStudy(m, true, ask))} />}
			</>
		);
	return (
		<>
			<button disabled={busy} onClick={act(pauseStudy)}>Pause</button>
			<button class="danger" disabled={busy} onClick={act(stopStudy)}>Stop</button>
		</>
	);
}

// Finished trials from elsewhere: a file that "Export everything as JSON" wrote.
function ImportTrials({ model }: { model: StudyModel }) {
	const input = useRef<HTMLInputElement>(null);
	const take = async (event: Event & { currentTarget: HTMLInputElement }) => {
		const file = event.currentTarget.files?.[0];

		if (file) await attempt(() => importFile(model.name, file));
		if (input.current) input.current.value = "";
		await model.refresh();
	};

	return (
		<>
			<input ref={input} type="file" accept="application/json,.json" class="hidden" tabIndex={-1}
				aria-label="A file of trials to import" onChange={take} />
			<button onClick={() => input.current?.click()}>Import trials …</button>
		</>
	);
}

function Menu({ model, open }: { model: StudyModel; open: (what: Open) => void }) {
	const study = model.study.value!;
	const url = (format: string) => studyUrl(study.name, `/export?format=${format}`);
	const file = study.name.replace(/[^\w.-]+/g, "_");

	return (
		<details class="more">
			<summary class="button">More</summary>
			<div class="menu">
				<a href={url("study")} download={`${file}.json`}>Export the study file</a>
				<a href={url("csv")} download={`${file}.csv`}>Export trials as CSV</a>
				<a href={url("json")} download={`${file}-trials.json`}>Export everything as JSON</a>
				{canLaunch() && <ImportTrials model={model} />}
				<a href={studyUrl(study.name, "/report.html")} download={`${file}.html`}>Save a report page</a>
				<Link href={compareLink([study.name])}>Compare with other studies</Link>
				{study.run && <button onClick={() => open("output")}>What its run printed</button>}
				{canLaunch() && <button onClick={() => void archiveStudy(model, !study.archived)}>
					{study.archived ? "Take out of the archive" : "Archive"}</button>}
				{canLaunch() && <button class="danger" onClick={() => open("delete")}>Delete …</button>}
			</div>
		</details>
	);
}

function RunTrouble({ model, open }: { model: StudyModel; open: (what: Open) => void }) {
	const run = model.study.value!.run;

	if (run === null || run.state !== "ended" || run.exit === null || run.exit === 0 || run.exit >= 128) return null;
	return (
		<p class="warning" role="alert">
			Its last run ended with status {run.exit}{run.message ? `: ${run.message}` : ""}.{" "}
			<button class="small" onClick={() => open("output")}>What it printed</button>
		</p>
	);
}

export function StudyHead({ model, view }: { model: StudyModel; view: StudyView }) {
	const study = model.study.value!;
	const [dialog, open] = useState<Open>(null);
	const close = () => open(null);
	const { running } = study.trials;

	return (
		<div class="head">
			<div class="row">
				<h1 title={study.name}>{study.name}</h1>
				<State state={study.state} />
				<span class="fill" />
				{canLaunch() && <RunButtons model={model} />}
				{canLaunch() && <button onClick={() => open("limits")}>Limits</button>}
				{canLaunch() && <button onClick={() => open("enqueue")}>Try a point</button>}
				{canLaunch() && <Link href={cloneLink(study.name)} class="button">Clone</Link>}
				<Menu model={model} open={open} />
			</div>
			<p class="facts">
				{study.objectives.map((o) => `${o.goal === "bound" ? `bound ${o.bound} on` : o.goal.replace("_global", "imum of")} ${o.key}`).join(", ")}
				{" · "}{study.strategy}{study.pruner && study.pruner !== "none" ? ` with ${study.pruner}` : ""}
				{" · "}{plural(study.count, "trial")}{running > 0 ? `, ${running} running` : ""}
				{" · "}created {age(study.created_s, now.value)}
				{study.backend && ` · ${study.backend}`}
			</p>
			{!canLaunch() && info.value?.launch_hint && <p class="faint">{info.value.launch_hint}</p>}
			<RunTrouble model={model} open={open} />
			<StudyNote model={model} />
			{dialog === "limits" && <LimitsDialog model={model} onClose={close} />}
			{dialog === "enqueue" && <EnqueueDialog model={model} view={view} onClose={close} />}
			{dialog === "delete" && <DeleteDialog name={study.name} onClose={close} />}
			{dialog === "output" && <OutputDialog name={study.name} onClose={close} />}
		</div>
	);
}
