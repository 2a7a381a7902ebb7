// The list of studies.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { type ApiError, get } from "../api/client.js";
import { watch } from "../api/events.js";
import type { StudyRow } from "../api/types.js";
import { canLaunch } from "../model/info.js";
import { compareLink, query, setQuery } from "../model/route.js";
import { Empty, Failure, Loading } from "../view/Empty.js";
import { Link } from "../view/Link.js";
import { plural } from "../view/format.js";
import { StudiesTable } from "./StudiesTable.js";

const studies = signal<StudyRow[] | null>(null);
const failed = signal<ApiError | null>(null);
const chosen = signal<ReadonlySet<string>>(new Set());

async function load(): Promise<void> {
	try {
		studies.value = (await get<{ studies: StudyRow[] }>("/api/studies")).studies;
		failed.value = null;
	} catch (error) {
		failed.value = error as ApiError;
	}
}

function replace(row: StudyRow): void {
	const list = studies.value ?? [];

	if (!list.some((one) => one.name === row.name)) void load();
	else studies.value = list.map((one) => (one.name === row.name ? row : one));
}

function filtered(rows: StudyRow[]): StudyRow[] {
	const words = query("q").toLowerCase().split(/\s+/).filter((word) => word !== "");
	const state = query("state");

	return rows.filter((row) =>
		(query("archived") === "1" || !row.archived) && (state === "" || row.state === state) &&
		words.every((word) => `${row.name} ${row.state} ${row.note}`.toLowerCase().includes(word)));
}

function Tools({ shown, all }: { shown: number; all: number }) {
	const names = [...chosen.value].filter((name) => studies.value?.some((one) => one.name === name));

	return (
		<div class="tools">
			<input type="search" aria-label="Filter studies" placeholder="Filter by name or note"
				value={query("q")} onInput={(e) => setQuery({ q: e.currentTarget.value })} />
			<select aria-label="State" value={query("state")}
				onChange={(e) => setQuery({ state: e.currentTarget.value })}>
				<option value="">any state</option>
				{["running", "paused", "stopped", "done", "idle"].map((s) => <option key={s}>{s}</option>)}
			</select>
			<label class="check">
				<input type="checkbox" checked={query("archived") === "1"}
					onChange={(e) => setQuery({ archived: e.currentTarget.checked ? "1" : null })} />
				archived
			</label>
			<span class="count" role="status">{shown === all ? plural(all, "study", "studies") : `${shown} of ${all}`}</span>
			<span class="fill" />
			{names.length > 1
				? <Link href={compareLink(names)} class="button">Compare {names.length}</Link>
				: <span class="hint">Tick two or more to compare them</span>}
		</div>
	);
}

function NoStudies() {
	return (
		<Empty title="No studies yet">
			{canLaunch() && <p><Link href="/launch" class="button primary">Launch the first one</Link></p>}
			<p>Or from a shell, with the same store:</p>
			<pre>hpo search --param 'lr=float(1e-5,0.1,log)' --maximize accuracy -- ./train --lr {"{lr}"}</pre>
		</Empty>
	);
}

export function StudiesPage() {
	useEffect(() => watch(null, { onOpen: load, onStudy: replace, onList: load, onGone: () => void load() }), []);

	const all = studies.value;

	if (all === null)
		return failed.value ? <Failure error={failed.value} retry={load} /> : <Loading what="the studies" />;
	if (all.length === 0) return <NoStudies />;
	const rows = filtered(all);

	return (
		<section>
			<h1>Studies</h1>
			{failed.value && <p class="warning" role="alert">{failed.value.message}</p>}
			<Tools shown={rows.length} all={all.length} />
			{rows.length === 0
				? <Empty title="No study fits the filter">
					<p><button onClick={() => setQuery({ q: null, state: null })}>Clear the filter</button></p>
				</Empty>
				: <StudiesTable rows={rows} chosen={chosen} />}
		</section>
	);
}
