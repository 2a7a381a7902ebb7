// Above the table: filters, columns, and what can be done with the chosen rows.
import { TRIAL_STATES } from "../model/states.js";
import { go, query, setQuery, trialsLink } from "../model/route.js";
import type { StudyModel } from "../model/study.js";
import type { StudyView } from "../model/view.js";
import { plural } from "../view/format.js";
import { Columns } from "./Columns.js";

const HELP = "Words find parameters' values, notes and states. Comparisons: lr<0.01  optimizer=adam  iteration>=9";

function Chosen({ model, view }: { model: StudyModel; view: StudyView }) {
	const numbers = [...view.chosen.value].sort((a, b) => a - b);

	if (numbers.length === 0) return null;
	return (
		<>
			<button disabled={numbers.length < 2} title={numbers.length < 2 ? "Choose two or more" : ""}
				onClick={() => go(trialsLink(model.name, numbers))}>Compare {numbers.length}</button>
			<button class="quiet" onClick={() => (view.chosen.value = new Set())}>Choose none</button>
		</>
	);
}

export function TableTools({ model, view }: { model: StudyModel; view: StudyView }) {
	const shown = view.passing.value.length;
	const all = model.rows.value.length;
	const brushed = Object.keys(view.brush.value);

	return (
		<header>
			<h2>Trials</h2>
			<input type="search" aria-label="Filter trials" placeholder="Filter, as in lr<0.01 optimizer=adam" title={HELP}
				value={query("q")} onInput={(event) => setQuery({ q: event.currentTarget.value })} />
			<select aria-label="State of the trials" value={query("state")}
				onChange={(event) => setQuery({ state: event.currentTarget.value })}>
				<option value="">any state</option>
				{TRIAL_STATES.map((state) => <option key={state}>{state}</option>)}
			</select>
			<label class="check">
				<input type="checkbox" checked={query("archived") === "1"}
					onChange={(event) => setQuery({ archived: event.currentTarget.checked ? "1" : null })} />
				archived
			</label>
			{brushed.length > 0 && (
				<button class="small" onClick={() => setQuery({ brush: null })}>✕ brush: {brushed.join(", ")}</button>
			)}
			<span class="count" role="status">{shown === all ? plural(all, "trial") : `${shown.toLocaleString("en")} of ${plural(all, "trial")}`}</span>
			<span class="fill" />
			<Chosen model={model} view={view} />
			<Columns view={view} />
		</header>
	);
}
