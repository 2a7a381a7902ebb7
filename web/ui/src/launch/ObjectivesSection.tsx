import type { FileObjective } from "../api/types.js";
import { readNumber } from "../model/number.js";
import { change, draft, generation } from "./draft.js";
import { ChoiceField, TextField } from "./Field.js";
import { OwnText } from "./OwnText.js";

const GOALS: [string, string][] = [
	["min", "small, the last value"], ["max", "large, the last value"],
	["min_global", "small, the best value ever"], ["max_global", "large, the best value ever"],
	["bound", "within a bound"],
];

function ObjectiveRow({ objective, index, count }: { objective: FileObjective; index: number; count: number }) {
	const path = `objectives[${index}]`;
	const list = draft.value.objectives ?? [];
	const set = (changed: FileObjective | null) => change({
		objectives: list.flatMap((one, i) => (i !== index ? [one] : changed === null ? [] : [changed])),
	});
	// The rows after it move up, and with them what their fields show.
	const remove = () => {
		set(null);
		generation.value++;
	};
	const isBound = objective.bound !== undefined;
	const choose = (goal: string) => {
		const { goal: _, bound: __, ...rest } = objective;

		set(goal === "bound" ? { ...rest, bound: 0 } : { ...rest, goal });
	};

	return (
		<fieldset class="item">
			<legend class="hidden">Objective {index + 1}</legend>
			<TextField path={`${path}.title`} label="Metric title" placeholder="validation" value={objective.title ?? ""}
				set={(title) => set({ ...objective, title })} />
			<TextField path={`${path}.series`} label="Metric series" placeholder="accuracy" value={objective.series ?? ""}
				set={(series) => set({ ...objective, series })} />
			<ChoiceField path={`${path}.goal`} label="Trend" value={isBound ? "bound" : objective.goal ?? "min"} options={GOALS} set={choose} />
			{isBound && <OwnText path={`${path}.bound`} label="At most" numeric initial={String(objective.bound)}
				set={(text) => set({ ...objective, bound: readNumber(text) as number })} />}
			<button class="small quiet" disabled={count < 2} onClick={remove} title="Remove" aria-label={`Remove objective ${index + 1}`}>✕</button>
		</fieldset>
	);
}

export function ObjectivesSection() {
	const list = draft.value.objectives ?? [];

	return (
		<section class="panel form-section">
			<h2>Objectives</h2>
			<p class="faint">What the program reports and what is wanted of it: a line <code>accuracy=0.93</code>, or <code>validation/accuracy=0.93</code> with a title.</p>
			{list.map((objective, i) => <ObjectiveRow key={i} objective={objective} index={i} count={list.length} />)}
			<button onClick={() => change({ objectives: [...list, { series: "", goal: "min" }] })}>Add an objective</button>
		</section>
	);
}
